// The valve against a stampede home: how many phones a second may leave another node for this one (`sip.md` §5.5).

import { PerSecondCounts, TokenBucket } from '../core/rate-limit.js';
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
  readonly #tokens: TokenBucket;
  /** Granted in this second, by address. */
  readonly #granted = new PerSecondCounts();

  constructor({ perSecond, burst }: { readonly perSecond: number; readonly burst: number }) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = new TokenBucket(perSecond, burst);
  }

  /** Grants a token to `address`; `false` if it is to wait. */
  grant(address: string, isKnown: boolean, now: Instant): boolean {
    const isScarce = this.#tokens.fill(now) < this.#burst * KEPT_SHARE;
    if (isScarce && (!isKnown || this.#granted.count(address, now) >= this.#perSecond * SOURCE_SHARE)) return false;
    if (!this.#tokens.take(now)) return false;
    this.#granted.add(address, now);
    return true;
  }
}
