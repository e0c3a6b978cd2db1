// What the owner of the lab may choose of call logs and records, with every default in one place.

import { type Duration, minutes } from '../core/time.js';

/** How CDR and CMR files are divided. */
export interface CdrSettings {
  /** How long a file takes rows. */
  readonly every: Duration;
  /** How many files of each kind there may be. */
  readonly files: number;
  /** Also calls that lasted less than a second and ended normally have a row. CUCM: CdrLogCallsWithZeroDurationFlag. */
  readonly emptyCalls?: boolean;
}

/** What is recorded, and where to (`docs/protocols/calls.md` §5.7). */
export interface RecordSettings {
  /** The trace's folder; `undefined`: nothing is written. Made where it is missing. */
  readonly directory: string | undefined;
  /** Octets of a call log file, and how many there may be: as the trace's files. */
  readonly rotate: { readonly size: number; readonly files: number };
  readonly cluster: string;
  /** This node's number, 1 to 255. */
  readonly node: number;
  readonly callLogs: boolean;
  readonly cdr: CdrSettings | 'off';
}

/** What is in force where nothing is said. */
export const DEFAULT_RECORDS = {
  callLogs: true,
  cdr: { every: minutes(1), files: 1440 },
} as const satisfies Pick<RecordSettings, 'callLogs' | 'cdr'>;
