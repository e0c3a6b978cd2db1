// The valve against a stampede home: how many phones a second may leave another node for this one (`sip.md` §5.5).

import type { Instant } from '../core/time.js';

/**
 * The lower half of what may come at once is kept for phones that are known: named in the configuration, and at an address
 * that hears us. Of it one address has half of a second's share, so that no address keeps others away.
 */
const KEPT_SHARE = 0.5;
const SOURCE_SHARE = 0.5;

export class Valve {
  readonly #perSecond: number;
  readonly #burst: number;
  #level: number;
  #at: Instant | undefined;
  /** Granted in this second, by address. */
  readonly #granted = new Map<string, number>();
  #second = Number.NaN;

  constructor({ perSecond, burst }: { readonly perSecond: number; readonly burst: number }) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#level = burst;
  }

  /** Whether one more may come now, from `address`. */
  grant(address: string, isKnown: boolean, now: Instant): boolean {
    if (this.#at !== undefined)
      this.#level = Math.min(this.#burst, this.#level + (Math.max(0, now - this.#at) / 1000) * this.#perSecond);
    this.#at = now;
    const granted = this.#grantedTo(address, now);
    const isScarce = this.#level < this.#burst * KEPT_SHARE;
    if (this.#level < 1 || (isScarce && (!isKnown || granted >= this.#perSecond * SOURCE_SHARE))) return false;
    this.#level -= 1;
    this.#granted.set(address, granted + 1);
    return true;
  }

  #grantedTo(address: string, now: Instant): number {
    const second = Math.floor(now / 1000);
    if (second !== this.#second) this.#granted.clear();
    this.#second = second;
    return this.#granted.get(address) ?? 0;
  }
}
