// The room for calls: what a service of calls is asked for. Registration knows nothing more of it.

import type { Instant } from '../../core/time.js';
import type { FromPhoneName } from '../messages/catalogue.js';
import type { BoundLink, Station } from '../station.js';

/** A phone wants to make or take a call on a line. */
export interface CallRequest {
  readonly line: number;
  /** The message by which it said so. */
  readonly by: FromPhoneName;
}

export interface Calls {
  start(station: Station, bound: BoundLink, request: CallRequest, now: Instant): void;
  /** The phone hangs up, or its user ends the call by a key. */
  end(station: Station, bound: BoundLink, now: Instant): void;
}
