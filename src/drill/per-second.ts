import type { Instant } from '../core/time.js';

/** What is counted in each second. */
export type Counted = 'attempts' | 'back' | 'lost' | 'refused' | 'callsLost' | 'keepAlivesMissed';

const SECOND = 1_000;
/** A day. What comes later counts for the last second. */
const MOST_SECONDS = 86_400;

/** Counts of events by the second, from an instant on. What was before it is not counted. */
export class PerSecond {
  readonly #counts = new Map<Counted, number[]>();
  readonly #from: Instant;

  constructor(from: Instant) {
    this.#from = from;
  }

  add(what: Counted, at: Instant): void {
    if (at < this.#from) return;
    const second = Math.min(MOST_SECONDS, Math.floor((at - this.#from) / SECOND));
    let list = this.#counts.get(what);
    if (list === undefined) {
      list = [];
      this.#counts.set(what, list);
    }
    while (list.length <= second) list.push(0);
    list[second] = (list[second] ?? 0) + 1;
  }

  /** How many in a period, to the second in which it begins and ends. */
  sum(what: Counted, period: { readonly from: Instant; readonly to: Instant }): number {
    return this.#in(what, period).reduce((sum, count) => sum + count, 0);
  }

  /** The most in one second of a period. */
  most(what: Counted, period: { readonly from: Instant; readonly to: Instant }): number {
    return this.#in(what, period).reduce((most, count) => Math.max(most, count), 0);
  }

  /** Sums of pieces of `every` milliseconds, a whole number of seconds. */
  series(what: Counted, from: Instant, every: number, pieces: number): readonly number[] {
    const sums = new Array<number>(pieces).fill(0);
    const list = this.#counts.get(what) ?? [];
    const shift = Math.round((from - this.#from) / SECOND);
    for (const [second, count] of list.entries()) {
      const piece = Math.floor(((second - shift) * SECOND) / every);
      if (piece >= 0 && piece < pieces) sums[piece] = (sums[piece] ?? 0) + count;
    }
    return sums;
  }

  #in(what: Counted, { from, to }: { readonly from: Instant; readonly to: Instant }): readonly number[] {
    const first = Math.max(0, Math.floor((from - this.#from) / SECOND));
    const last = Math.max(first, Math.floor((to - this.#from) / SECOND));
    return (this.#counts.get(what) ?? []).slice(first, last);
  }
}
