// So many a second and no more: what is over it is refused, counted, and told once the second has passed. For facts whose
// telling costs more than what they tell of.

import type { Instant } from './time.js';

export class PerSecondBudget {
  readonly #perSecond: () => number;
  readonly #onRefused: (count: number, at: Instant) => void;
  #second = Number.NaN;
  #taken = 0;
  #refused = 0;

  /** `onRefused` hears of the refusals of a second when the next one that is asked for comes. */
  constructor(perSecond: () => number, onRefused: (count: number, at: Instant) => void) {
    this.#perSecond = perSecond;
    this.#onRefused = onRefused;
  }

  /** Whether one more may be had. */
  take(at: Instant): boolean {
    const second = Math.floor(at / 1000);
    if (second !== this.#second) {
      const refused = this.#refused;
      this.#second = second;
      this.#taken = 0;
      this.#refused = 0;
      if (refused > 0) this.#onRefused(refused, at);
    }
    if (this.#taken >= this.#perSecond()) {
      this.#refused += 1;
      return false;
    }
    this.#taken += 1;
    return true;
  }
}
