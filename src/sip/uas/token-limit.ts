import { PerSecondCounts, TokenBucket } from '../../core/rate-limit.js';
import type { Instant } from '../../core/time.js';

/**
 * The lower half of the bucket is kept for known phones: named in the configuration, and at an address that receives what
 * we send. Of that half, one address gets half of a second's rate, so that no address keeps others away.
 */
const KEPT_SHARE = 0.5;
const SOURCE_SHARE = 0.5;

/**
 * Limits how many phones a second may leave another node for this one, so that a fleet which comes back does not arrive in
 * one second (`docs/protocols/sip.md` §5.5).
 */
export class TokenLimit {
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
