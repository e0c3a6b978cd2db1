import type { Instant } from '../../core/time.js';
import type { FromPhoneName } from '../messages/catalogue.js';
import type { BoundLink, Station } from '../station.js';

/** A phone wants to make or take a call on a line. */
export interface CallRequest {
  readonly line: number;
  /** The message that the phone sent. */
  readonly by: FromPhoneName;
}

/** The port to call control: what handlers of keys and handset ask of it. */
export interface Calls {
  start(station: Station, bound: BoundLink, request: CallRequest, now: Instant): void;
  /** The phone hangs up, or its user ends the call by a key. */
  end(station: Station, bound: BoundLink, now: Instant): void;
}
