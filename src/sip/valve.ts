// The valve against a stampede home: how many phones a second may leave another node for this one (`sip.md` §5.5).

import type { Instant } from '../core/time.js';

export class Valve {
  readonly #perSecond: number;
  readonly #burst: number;
  #level: number;
  #at: Instant | undefined;

  constructor({ perSecond, burst }: { readonly perSecond: number; readonly burst: number }) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#level = burst;
  }

  /** Whether one more may come now. */
  grant(now: Instant): boolean {
    if (this.#at !== undefined)
      this.#level = Math.min(this.#burst, this.#level + (Math.max(0, now - this.#at) / 1000) * this.#perSecond);
    this.#at = now;
    if (this.#level < 1) return false;
    this.#level -= 1;
    return true;
  }
}
