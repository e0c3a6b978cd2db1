// How fast phones that nobody configured may be given numbers, from each address and in all: whoever makes up names takes
// no range in a moment. A thousand phones behind one address are in within three minutes; those that are told to wait
// come again by themselves.

import type { Instant } from '../core/time.js';

/** So many at once, and so many a second from then on. */
const OF_ONE_SOURCE = { burst: 200, perSecond: 5 } as const;
const OF_ALL = { burst: 500, perSecond: 50 } as const;
/** Addresses that are told apart; beyond them the one that asked least recently begins anew. */
const MOST_SOURCES = 4096;

interface Share {
  readonly burst: number;
  readonly perSecond: number;
}

interface Bucket {
  level: number;
  filledAt: Instant;
}

const filled = (bucket: Bucket | undefined, { burst, perSecond }: Share, now: Instant): Bucket => {
  if (bucket === undefined) return { level: burst, filledAt: now };
  bucket.level = Math.min(burst, bucket.level + ((now - bucket.filledAt) * perSecond) / 1000);
  bucket.filledAt = now;
  return bucket;
};

export class NewcomerLimit {
  /** The least recently asking first. */
  readonly #sources = new Map<string, Bucket>();
  #all: Bucket | undefined;

  /** Whether one more from there may be given a number now. */
  admit(source: string, now: Instant): boolean {
    this.#all = filled(this.#all, OF_ALL, now);
    const own = filled(this.#sources.get(source), OF_ONE_SOURCE, now);
    this.#sources.delete(source);
    this.#sources.set(source, own);
    if (this.#sources.size > MOST_SOURCES) {
      const [oldest] = this.#sources.keys();
      if (oldest !== undefined) this.#sources.delete(oldest);
    }
    if (own.level < 1 || this.#all.level < 1) return false;
    own.level -= 1;
    this.#all.level -= 1;
    return true;
  }
}
