const WIDTH = Math.log(1.02);
const BUCKETS = 1_000;

/**
 * Counts durations in 1,000 buckets, each two per cent wider than the one before: its size does not depend on the
 * count.
 */
export class Histogram {
  readonly #buckets = new Uint32Array(BUCKETS);
  #count = 0;
  #most = 0;

  get count(): number {
    return this.#count;
  }

  /** The longest one, in milliseconds. */
  get most(): number {
    return this.#most;
  }

  /** `took`: milliseconds. */
  add(took: number): void {
    this.#count += 1;
    if (took > this.#most) this.#most = took;
    const bucket = took < 1 ? 0 : Math.min(BUCKETS - 1, 1 + Math.floor(Math.log(took) / WIDTH));
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
  }

  /** The milliseconds within which that share of them (0 to 1) was done; 0 if nothing was counted. */
  quantile(share: number): number {
    let left = Math.ceil(share * this.#count);
    if (left === 0) return 0;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      left -= this.#buckets[bucket] ?? 0;
      if (left <= 0) return bucket === 0 ? 0 : Math.min(this.#most, Math.round(Math.exp((bucket - 1) * WIDTH)));
    }
    return this.#most;
  }
}
