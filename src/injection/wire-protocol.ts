// What the injection of faults must know of a protocol: the names of its messages and fields, and its word for no.

import type { SeededRandom } from './seeded-random.js';
import type { FaultValue } from './settings.js';
import type { SubjectHint } from './subjects.js';

/** What a message is, as far as rules ask for it. */
export interface WireMessage {
  /** The usual name first; empty: it has none. */
  readonly names: readonly string[];
  readonly hint?: SubjectHint | undefined;
}

/** How a field is changed: to a random value of the same length, or to this value. */
export type FieldChange =
  | { readonly kind: 'garble'; readonly random: SeededRandom }
  | { readonly kind: 'set'; readonly value: FaultValue };

/** The names that a rule may use. */
export interface FaultNameList {
  readonly known: readonly string[];
  /** Whether a name that is not in the list exists all the same. */
  readonly isKnown: (name: string) => boolean;
}

/** One protocol. */
export interface WireProtocol {
  /** Octets of the message at the start of a stream. 0: more are needed; -1: no message can start so. Absent: datagrams. */
  readonly messageLength?: (bytes: Buffer) => number;
  /** Never throws. */
  read(bytes: Buffer): WireMessage;
  /** The message with a field changed; `undefined`: it has no such field, or the field cannot have such a value. */
  change(bytes: Buffer, field: string, change: FieldChange): Buffer | undefined;
  /** The answer that refuses a request; `undefined`: it is no request that can be refused. */
  refuse(bytes: Buffer, reason: string | number | undefined): Buffer | undefined;
}

/** Another number of so many bits. */
export const changedNumber = (change: FieldChange, old: number, bits: 8 | 16 | 32): number | undefined => {
  const limit = 2 ** bits;
  if (change.kind === 'garble') return (old + 1 + change.random.below(limit - 1)) % limit;
  const value = Number(change.value);
  return Number.isInteger(value) && value >= 0 && value < limit ? value : undefined;
};

/** Another text. */
export const changedText = (change: FieldChange, old: string): string | undefined => {
  if (change.kind === 'garble') return change.random.garbledText(old);
  return typeof change.value === 'object' ? undefined : String(change.value);
};
