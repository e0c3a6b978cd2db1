// The type of a row of the SDL table: how one type of event is told in the SDL form.

import type { LabcmEvent } from '../../events.js';
import type { EventOf } from '../row.js';
import type { SdlLine } from './line.js';
import type { KnownStations } from './stations.js';

/** The node that the trace is of. */
export interface SdlHost {
  /** Its name and address. */
  readonly name: string;
  readonly address: string;
  readonly number: number;
  readonly cluster: string;
}

/** What a row knows besides its event. */
export interface SdlContext {
  readonly host: SdlHost;
  readonly stations: KnownStations;
}

/** The lines of one type of event, in their order. */
export type SdlRow<E> = (event: E, context: SdlContext) => readonly SdlLine[];

/** A row for each of these event types. */
export type SdlRows<T extends LabcmEvent['type']> = { readonly [K in T]: SdlRow<EventOf<K>> };

/** Lines of text alone. */
export const infos = (text: string | readonly string[]): readonly SdlLine[] =>
  (typeof text === 'string' ? [text] : text).map((line) => ({ kind: 'info', text: line }));

/** The end of a line in the SDI form. The SDL form has none. */
export const NO_TAIL = (): string => '';
