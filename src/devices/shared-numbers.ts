// What auto-registration needs of the other nodes of a cluster, which give numbers of the same range. Without them this
// node is alone with its range.

import type { DeviceName, DirectoryNumber } from '../core/identifiers.js';
import type { AutoRegistered } from './auto-registration-state.js';
import type { RefusalReason } from './reasons.js';

/** Why this node has no number to give at present. */
export type NoNumber = Extract<
  RefusalReason,
  'auto-registration-exhausted' | 'auto-registration-busy' | 'auto-registration-cut-off'
>;

/** The numbers of all nodes. Nothing here waits. */
export interface SharedNumbers {
  /** The number that a phone has already, whichever node gave it. */
  numberOf(name: DeviceName): DirectoryNumber | undefined;
  /** The lowest number of the range that this node alone may give. It stays so until `given`. */
  lowest(range: { readonly first: number; readonly last: number }): DirectoryNumber | NoNumber;
  /** Notes that a phone was given a number: the other nodes are told. */
  given(entry: AutoRegistered): void;
  /** Notes that no device of this node has the number any more. */
  released(dn: DirectoryNumber): void;
}
