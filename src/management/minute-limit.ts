import { after, type Instant, minutes } from '../core/time.js';

const MINUTE = minutes(1);

/** Allows so many requests within any minute. What it refuses does not count (`docs/protocols/apis.md` §4.7). */
export class MinuteLimit {
  readonly #most: number;
  #admitted: Instant[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /** Counts a request; `false` if there were `most` within the last minute. */
  admit(now: Instant): boolean {
    this.#admitted = this.#admitted.filter((at) => after(at, MINUTE) > now);
    if (this.#admitted.length >= this.#most) return false;
    this.#admitted.push(now);
    return true;
  }
}
