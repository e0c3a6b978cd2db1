// Times in the form of the API.

import { dateOf, type Instant, type WallClock } from '../../core/time.js';
import type { IsoTime } from './shapes.js';

/** The time of day at which the wall clock, as it is set now, showed or will show `at`. */
export const isoTime = (clock: WallClock, at: Instant): IsoTime => dateOf(clock.wallTime(at)).toISOString();

/** The same; `null`: there is no such instant. */
export const isoOrNull = (clock: WallClock, at: Instant | undefined): IsoTime | null =>
  at === undefined ? null : isoTime(clock, at);
