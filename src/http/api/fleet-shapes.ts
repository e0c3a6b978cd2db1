// The JSON of the fleet as the page reads it: rows without field names, since there may be forty thousand. What holds for
// `shapes.ts` holds here.

import type { IsoTime } from './shapes.js';

/**
 * A column of the fleet. `why`: one sentence, as `whyNot` of a device, but empty where nothing was heard of it; `code` and `severity`: of its verdict; `dn`: its
 * directory numbers, parted by blanks; `since`: how long its status is so, in milliseconds since the Unix epoch.
 */
export type FleetColumn =
  | 'name'
  | 'status'
  | 'why'
  | 'code'
  | 'severity'
  | 'address'
  | 'model'
  | 'protocol'
  | 'load'
  | 'dn'
  | 'description'
  | 'since';

/** A value of a row; what is not known is the empty string, of `since` `null`. */
export type FleetCell = string | number | null;

/** The values of a device, in the order of the columns. The first one is its name. */
export type FleetRow = readonly FleetCell[];

/** `GET /api/fleet`: all devices, in the order of configuration. */
export interface FleetJson {
  readonly columns: readonly FleetColumn[];
  readonly at: IsoTime;
  readonly rows: readonly FleetRow[];
}

/**
 * The event `rows` of `GET /api/fleet/changes`: rows as they are now, and the names of devices that are gone. After an event
 * `missed` the reader must fetch the fleet anew.
 */
export interface FleetBatch {
  readonly rows: readonly FleetRow[];
  readonly gone: readonly string[];
}

/** A line of the log, in the words of the trace's summary. */
export interface LogLineJson {
  readonly at: IsoTime;
  /** The type of the event. */
  readonly type: string;
  readonly tone: 'good' | 'bad' | 'plain' | 'quiet';
  /** The device or address that it is about; empty: the daemon. */
  readonly about: string;
  readonly text: string;
}

/** The event `lines` of `GET /api/log`. `dropped`: lines that were more than fit into this batch. */
export interface LogBatch {
  readonly lines: readonly LogLineJson[];
  readonly dropped: number;
}

/**
 * `GET /api/session`: whether this reader may change something. `token`: once it has sent the token to `POST /api/session`;
 * `refused`: the API is bound beyond loopback and has no token.
 */
export interface SessionJson {
  readonly changes: 'allowed' | 'token' | 'refused';
}
