// What a row of the line table is: how one type of event is told. A mapped type over the event bus's event types, so that
// an event without its row does not compile.

import type { LabcmEvent } from '../events.js';
import type { Level } from './levels.js';

/** The event that has this type, also where one interface serves several types. */
export type EventOf<T extends LabcmEvent['type']> = LabcmEvent extends infer E
  ? E extends { readonly type: string }
    ? T extends E['type']
      ? Omit<E, 'type'> & { readonly type: T }
      : never
    : never
  : never;

/** The trace component, and the file (`<name>.txt`) that its lines go to. */
export const COMPONENTS = { CCM: 'ccm', TFTP: 'tftp', DHCP: 'dhcp' } as const;
export type Component = keyof typeof COMPONENTS;

/**
 * The tail that some lines carry: `|<CLID::…><NID::…><CT::…><IP::…><DEV::…><LVL::…><MASK::…>`. `mask` is CUCM's trace
 * mask of the line, shown as four hexadecimal digits.
 */
export type Tail = (about: { readonly address: string; readonly device: string }, level: Level, mask: number) => string;

/** One line for people. The tone is a colour on a terminal and nothing elsewhere. */
export interface SummaryLine {
  readonly tone: 'good' | 'bad' | 'plain' | 'quiet';
  /** The device or address that it is about; empty for the daemon itself. */
  readonly about: string;
  readonly text: string;
}

export interface Row<E> {
  readonly component: Component;
  readonly level: Level;
  /** The text after `COMPONENT|`: one line, several, or none. Control characters in it are escaped by the writer. */
  readonly text: (event: E, tail: Tail) => string | readonly string[];
  /** Line breaks in the text stand: it holds a message as it came, such as SIP's. */
  readonly body?: true;
  /** Left out in a stampede: with the rest of an `untraced` request, or when a second has had its `detailsPerSecond`. */
  readonly rationed?: 'by-request' | 'by-second';
  /** Absent, or `undefined` for an event that is of no importance to a person. */
  readonly summary?: (event: E) => SummaryLine | undefined;
}

/** A row for each of these event types. */
export type Rows<T extends LabcmEvent['type']> = { readonly [K in T]: Row<EventOf<K>> };
