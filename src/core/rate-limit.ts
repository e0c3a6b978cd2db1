// Rate limits, and ways to report events that are more frequent than anybody reads. Each is given the time, owns no
// timer, and costs a few numbers.

import { after, type Duration, type Instant, instant, seconds } from './time.js';

const SECOND = seconds(1);

/** Fills at `perSecond` up to `burst`, where it starts. Fractions of a token count. */
export class TokenBucket {
  #perSecond: number;
  #burst: number;
  #level: number;
  #filledAt: Instant | undefined;

  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#level = burst;
  }

  /** The time since the last `fill` or `take` counts at the new rate, too. What is above the new `burst` is lost. */
  setRate(perSecond: number, burst: number): void {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#level = Math.min(this.#level, burst);
  }

  /** Adds the tokens of the time since it was filled last; returns how many there are now. */
  fill(now: Instant): number {
    const elapsed = this.#filledAt === undefined ? 0 : Math.max(0, now - this.#filledAt);
    this.#filledAt = now;
    this.#level = Math.min(this.#burst, this.#level + (elapsed * this.#perSecond) / 1000);
    return this.#level;
  }

  /** Takes one token; `false` if there is none. */
  take(now: Instant): boolean {
    if (this.fill(now) < 1) return false;
    this.#level -= 1;
    return true;
  }

  /** Undoes a `take`. */
  giveBack(): void {
    this.#level += 1;
  }
}

/** How many a `TokenBucket` gets in a second, and how many it holds. */
export interface TokenRate {
  readonly perSecond: number;
  readonly burst: number;
}

/** Sources whose tokens are counted. */
const MOST_SOURCES = 16_384;

/** A bucket for each source. Beyond `MOST_SOURCES` the one that came first is forgotten, and begins anew. */
export class SourceBuckets {
  readonly #rate: TokenRate;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(rate: TokenRate) {
    this.#rate = rate;
  }

  /** Takes a token of `source`; `false` if it has none. */
  take(source: string, now: Instant): boolean {
    return this.#bucketOf(source).take(now);
  }

  /** Undoes a `take`. */
  giveBack(source: string): void {
    this.#buckets.get(source)?.giveBack();
  }

  #bucketOf(source: string): TokenBucket {
    const known = this.#buckets.get(source);
    if (known !== undefined) return known;
    const [first] = this.#buckets.keys();
    if (this.#buckets.size >= MOST_SOURCES && first !== undefined) this.#buckets.delete(first);
    const bucket = new TokenBucket(this.#rate.perSecond, this.#rate.burst);
    this.#buckets.set(source, bucket);
    return bucket;
  }
}

/**
 * Counts what happened within the last so many milliseconds, with two counters instead of a list of instants: this
 * window's and the one before it, which is weighed by the share of it that still lies within the span.
 */
export class SlidingWindow {
  #start: Instant = instant(0);
  #count = 0;
  #previous = 0;

  /** Counts `count` more; returns how many there were within `span` until now. */
  add(count: number, span: Duration, now: Instant): number {
    if (now >= this.#start + span) {
      const next = after(this.#start, span);
      this.#previous = now < next + span ? this.#count : 0;
      this.#start = this.#previous > 0 ? next : now;
      this.#count = 0;
    }
    this.#count += count;
    const remains = 1 - (now - this.#start) / span;
    return this.#count + this.#previous * remains;
  }
}

/**
 * Allows so many events in each second of the clock, and counts those above the limit. Used for events that cost more
 * to report than to handle.
 */
export class PerSecondBudget {
  readonly #perSecond: () => number;
  readonly #onRefused: ((count: number, at: Instant) => void) | undefined;
  #second = Number.NaN;
  #taken = 0;
  #refused = 0;

  /**
   * `perSecond` is asked at each `take`, so that a change counts at once. `onRefused` is called with the number of
   * those that a second refused, at the first `take` of a later second.
   */
  constructor(perSecond: () => number, onRefused?: (count: number, at: Instant) => void) {
    this.#perSecond = perSecond;
    this.#onRefused = onRefused;
  }

  /** Takes one of this second's events; `false` if they are used up. */
  take(at: Instant): boolean {
    const second = Math.floor(at / 1000);
    if (second !== this.#second) {
      const refused = this.#refused;
      this.#second = second;
      this.#taken = 0;
      this.#refused = 0;
      if (refused > 0) this.#onRefused?.(refused, at);
    }
    if (this.#taken >= this.#perSecond()) {
      this.#refused += 1;
      return false;
    }
    this.#taken += 1;
    return true;
  }
}

/** Counts by key in the present second of the clock. For shares of a limit that one source may use up. */
export class PerSecondCounts {
  readonly #counts = new Map<string, number>();
  #second = Number.NaN;

  /** How many of `key` were added in this second. */
  count(key: string, now: Instant): number {
    this.#begin(now);
    return this.#counts.get(key) ?? 0;
  }

  add(key: string, now: Instant): void {
    this.#counts.set(key, this.count(key, now) + 1);
  }

  #begin(now: Instant): void {
    const second = Math.floor(now / 1000);
    if (second !== this.#second) this.#counts.clear();
    this.#second = second;
  }
}

/** Has the first of many events reported at once, and the others once a second with their number. */
export class ReportOncePerSecond {
  #count = 0;
  #reportedAt: Instant | undefined;

  /**
   * Counts one event. Returns how many there were since the last report if one is due now, this one included; else
   * 0.
   */
  add(now: Instant): number {
    this.#count += 1;
    if (this.#reportedAt !== undefined && now < after(this.#reportedAt, SECOND)) return 0;
    const count = this.#count;
    this.#count = 0;
    this.#reportedAt = now;
    return count;
  }
}

/** What a second has brought of one key, with the detail that came last. */
interface Total<Detail> {
  count: number;
  detail: Detail;
}

/** Counts events by key, to have all of them reported together a second after the first. */
export class SummaryOncePerSecond<Key, Detail> {
  readonly #totals = new Map<Key, Total<Detail>>();
  #since: Instant | undefined;

  /** Keys that wait to be reported. */
  get size(): number {
    return this.#totals.size;
  }

  /** When the totals are to be reported; `undefined` while there are none. */
  get dueAt(): Instant | undefined {
    return this.#since === undefined ? undefined : after(this.#since, SECOND);
  }

  has(key: Key): boolean {
    return this.#totals.has(key);
  }

  /** `detail` takes the place of the one before. */
  add(key: Key, detail: Detail, now: Instant, count = 1): void {
    this.#since ??= now;
    const total = this.#totals.get(key);
    if (total === undefined) this.#totals.set(key, { count, detail });
    else {
      total.count += count;
      total.detail = detail;
    }
  }

  /** Hands out all totals in the order of their first events, and begins anew. */
  take(): readonly (readonly [Key, Readonly<Total<Detail>>])[] {
    const totals = [...this.#totals];
    this.#totals.clear();
    this.#since = undefined;
    return totals;
  }
}
