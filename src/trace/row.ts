// The type of a row of the line table: how one type of event is traced. It is a mapped type over the event types, so
// that an event without a row does not compile.

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
/** The name of a trace component. */
export type Component = keyof typeof COMPONENTS;

/**
 * The tail that some lines carry: `|<CLID::…><NID::…><CT::…><IP::…><DEV::…><LVL::…><MASK::…>`. `mask` is CUCM's trace
 * mask of the line, shown as four hexadecimal digits.
 */
export type Tail = (about: { readonly address: string; readonly device: string }, level: Level, mask: number) => string;

/** One line for people. The tone is a colour on a terminal, and has no effect elsewhere. */
export interface SummaryLine {
  readonly tone: 'good' | 'bad' | 'plain' | 'quiet';
  /** The device or address that it is about; empty for the daemon itself. */
  readonly about: string;
  readonly text: string;
}

/** How one type of event is traced. */
export interface Row<E> {
  readonly component: Component;
  readonly level: Level;
  /** The text after `COMPONENT|`: one line, several, or none. The writer escapes control characters. */
  readonly text: (event: E, tail: Tail) => string | readonly string[];
  /** Line breaks in the text are kept: it contains a message as it was received, such as SIP's. */
  readonly body?: true;
  /** Left out under load: if the request is `untraced`, or after the `detailsPerSecond` of this second. */
  readonly limited?: 'by-request' | 'by-second';
  /** Absent, or returns `undefined`, for events that do not matter to people. */
  readonly summary?: (event: E) => SummaryLine | undefined;
}

/** A row for each of these event types. */
export type Rows<T extends LabcmEvent['type']> = { readonly [K in T]: Row<EventOf<K>> };
