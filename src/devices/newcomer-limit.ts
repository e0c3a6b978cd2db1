import { TokenBucket } from '../core/rate-limit.js';
import type { Instant } from '../core/time.js';

/** So many at once, and so many a second from then on. */
const PER_SOURCE = { perSecond: 5, burst: 200 } as const;
const ALL_SOURCES = { perSecond: 50, burst: 500 } as const;
/** Addresses that have a limit of their own; beyond them the one that asked least recently begins anew. */
const MOST_SOURCES = 4096;

/**
 * Limits how fast phones that nobody configured get directory numbers, from each address and in all, so that made-up
 * names cannot use up the range in a moment. A thousand phones behind one address are in within three minutes: those
 * that must wait come again by themselves.
 */
export class NewcomerLimit {
  /** The least recently asking one first. */
  readonly #sources = new Map<string, TokenBucket>();
  readonly #all = new TokenBucket(ALL_SOURCES.perSecond, ALL_SOURCES.burst);

  /** Counts a newcomer from `source`; `false` if it is to wait. */
  admit(source: string, now: Instant): boolean {
    const ofSource = this.#sources.get(source) ?? new TokenBucket(PER_SOURCE.perSecond, PER_SOURCE.burst);
    this.#sources.delete(source);
    this.#sources.set(source, ofSource);
    if (this.#sources.size > MOST_SOURCES) {
      const [oldest] = this.#sources.keys();
      if (oldest !== undefined) this.#sources.delete(oldest);
    }
    if (this.#all.fill(now) < 1 || !ofSource.take(now)) return false;
    return this.#all.take(now);
  }
}
