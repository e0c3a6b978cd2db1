// The JSON of the files that phones asked for. What holds for `shapes.ts` holds here.

import type { IsoTime, PageJson } from './shapes.js';

/** How a request for a file ended; `asked`: it is being sent. */
export type AskedFileOutcome = 'served' | 'refused' | 'failed' | 'asked';

/** A file, by what is known of all that asked for it. */
export interface AskedFileJson {
  /** Its name as it was asked for. `{device}` stands for the name of whoever asked, `{mac}` for its hardware address. */
  readonly file: string;
  /** How many devices asked for it, and how many phones that nobody configured. */
  readonly devices: number;
  readonly strangers: number;
  /** How many of both have each outcome, by their last request. */
  readonly outcomes: Readonly<Record<AskedFileOutcome, number>>;
  /** Refused or failed: the sum. */
  readonly missed: number;
  /** Every miss is one that each phone of a cluster without security has, such as that of a trust list. */
  readonly harmless: boolean;
  /** Why it was refused or failed last. */
  readonly reason: string | null;
  readonly transports: readonly ('TFTP' | 'HTTP')[];
  /** Octets as they were served last; `null`: never. */
  readonly octets: number | null;
  /** How long it took where it was served: in the middle of all devices, and at most. */
  readonly milliseconds: { readonly median: number; readonly most: number } | null;
  /** Of the last request, and who that was. */
  readonly at: IsoTime;
  readonly lastDevice: string;
  /** The first of those that missed it. */
  readonly missedBy: readonly string[];
}

/** `GET /api/files`. */
export interface AskedFilesJson extends PageJson {
  readonly files: readonly AskedFileJson[];
  /** Names beyond those that are told apart: nobody needs so many, but anybody can ask for them. */
  readonly others: number;
}
