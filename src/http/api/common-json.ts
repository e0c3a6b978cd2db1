// Times and reasons in the shapes of the API (`shapes.ts`).

import { dateOf, type Instant, type WallClock } from '../../core/time.js';
import type { LastReason } from '../../devices/device.js';
import { describeReason } from '../../devices/reasons.js';
import type { IsoTime, ReasonJson } from './shapes.js';

/** The time of day at which the wall clock, as it is set now, showed or will show `at`. */
export const isoTime = (clock: WallClock, at: Instant): IsoTime => dateOf(clock.wallTime(at)).toISOString();
/** `null` for no time. */
export const isoOrNull = (clock: WallClock, at: Instant | undefined): IsoTime | null =>
  at === undefined ? null : isoTime(clock, at);

/** A refusal or an ending with CUCM's number and name; `null` where there was none. */
export const reasonJson = (clock: WallClock, reason: LastReason | undefined): ReasonJson | null => {
  if (reason === undefined) return null;
  const { name, number, text } = describeReason(reason.reason, reason);
  return {
    number,
    name,
    text,
    at: isoTime(clock, reason.at),
    given: reason.given ?? null,
    configured: reason.configured ?? null,
  };
};
