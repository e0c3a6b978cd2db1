// Who may come home now: tokens granted at a bounded rate, so that ten thousand phones do not return to a restarted
// call manager in one second. A bucket that fills with time; knows no message.

import type { Instant } from '../core/time.js';
import type { TokenSettings } from './settings.js';

export class TokenBucket {
  #settings: TokenSettings;
  #level: number;
  #filledAt: Instant | undefined;

  constructor(settings: TokenSettings) {
    this.#settings = settings;
    this.#level = settings.burst;
  }

  apply(settings: TokenSettings): void {
    this.#settings = settings;
    this.#level = Math.min(this.#level, settings.burst);
  }

  /** Whether one is granted now. */
  take(now: Instant): boolean {
    const { perSecond, burst } = this.#settings;
    const elapsed = this.#filledAt === undefined ? 0 : Math.max(0, now - this.#filledAt);
    this.#filledAt = now;
    this.#level = Math.min(burst, this.#level + (elapsed * perSecond) / 1000);
    if (this.#level < 1) return false;
    this.#level -= 1;
    return true;
  }
}
