import { dateOf, type WallTime, wallTime } from '../core/time.js';
import { zoneOffset } from '../core/zone-offset.js';
import type { Fields } from './messages/catalogue.js';

const MINUTE_MS = 60_000;
/** Every zone changes its clocks on a quarter of an hour. */
const QUARTER_MS = 15 * MINUTE_MS;

/**
 * What a phone's clock is set to (`sccp.md` §5.3 0x0094): the time of the configured zone, or of this machine if none
 * is configured.
 */
export class LocalTime {
  readonly #offsetAt: (wall: WallTime) => number;
  #quarter = -1;
  #offset = 0;

  /** `zone`: an IANA time zone. */
  constructor(zone: string | undefined) {
    this.#offsetAt = zone === undefined ? (wall) => -dateOf(wall).getTimezoneOffset() : zoneOffset(zone);
  }

  /** The fields of a time message: `systemTime` is UTC, the others are local. */
  timeAndDate(now: WallTime): Fields<'DefineTimeDateMessage'> {
    const local = dateOf(wallTime(now + this.#offsetNear(now) * MINUTE_MS));
    return {
      wYear: local.getUTCFullYear(),
      wMonth: local.getUTCMonth() + 1,
      wDayOfWeek: local.getUTCDay(),
      wDay: local.getUTCDate(),
      wHour: local.getUTCHours(),
      wMinute: local.getUTCMinutes(),
      wSecond: local.getUTCSeconds(),
      wMilliseconds: local.getUTCMilliseconds(),
      systemTime: Math.floor(now / 1000),
    };
  }

  /** The zone's offset in minutes. Kept for a quarter of an hour, in which thousands of phones may boot. */
  #offsetNear(now: WallTime): number {
    const quarter = Math.floor(now / QUARTER_MS);
    if (quarter !== this.#quarter) {
      this.#quarter = quarter;
      this.#offset = this.#offsetAt(now);
    }
    return this.#offset;
  }
}
