// What the clock of a phone shows, by the Date header of its REGISTER.

import { type Instant, parseWallTime, type WallClock } from '../../core/time.js';
import { ID } from '../message/headers.js';
import type { SipMessage } from '../message/message.js';

/** `Date: Sun, 00 Jan 1900 00:00:00 GMT`: what Cisco's phones send until they have the time. */
const NO_TIME = / 1900 /;

/**
 * Milliseconds by which the phone is ahead of this machine, negative if it is behind. `none`: it says that it has no
 * time. `undefined`: it has no Date, or one that cannot be read.
 */
export const clockSkewOf = (message: SipMessage, clock: WallClock, now: Instant): number | 'none' | undefined => {
  const date = message.text(ID.Date);
  if (date === undefined) return undefined;
  if (NO_TIME.test(date)) return 'none';
  const shown = parseWallTime(date);
  return shown === undefined ? undefined : shown - clock.wallTime(now);
};
