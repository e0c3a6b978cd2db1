// The events of the management interface.

import type { Instant } from '../core/time.js';

/** A script asked the management interface something, and was answered. */
export interface ManagementAsked {
  readonly type: 'management.asked';
  readonly at: Instant;
  readonly address: string;
  /** Empty: nobody signed in, as some resources of UDS allow. */
  readonly user: string;
  /** `RISService70`, `UDS`. */
  readonly service: string;
  /** As the request names it; `wsdl`: the description of the service was fetched. Of UDS the resource. */
  readonly operation: string;
  readonly status: number;
  /** The words of the fault; absent: it was no fault. */
  readonly fault?: string;
  /** How much is in the answer: devices, other objects of AXL, rows, counters, services, files. */
  readonly devices: number;
  /** What the request has written: `line 1001`. Absent: nothing. */
  readonly wrote?: string;
  readonly milliseconds: number;
}

/** The management interface did not serve a request: because of its sender, of what it is, or because it failed itself. */
export interface ManagementRefused {
  readonly type: 'management.refused';
  readonly at: Instant;
  readonly address: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly reason: string;
}

/** The thread that answers SQL was ended, because of a statement or because it failed. The next statement begins another. */
export interface ManagementSqlEnded {
  readonly type: 'management.sql-ended';
  readonly at: Instant;
  /** `too-long`: the statement took more than five seconds. */
  readonly reason: 'too-long' | 'failed';
  /** `too-long`: the statement; `failed`: what went wrong. */
  readonly detail: string;
}

/** Any event of the management interface. */
export type ManagementEvent = ManagementAsked | ManagementRefused | ManagementSqlEnded;
