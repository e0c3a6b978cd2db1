// How long things took, counted in buckets that are two per cent wide: a few hundred numbers, however many were counted.

const WIDTH = Math.log(1.02);
const BUCKETS = 1_000;

export class Histogram {
  readonly #buckets = new Uint32Array(BUCKETS);
  #count = 0;
  #most = 0;

  get count(): number {
    return this.#count;
  }

  get most(): number {
    return this.#most;
  }

  /** Milliseconds. */
  add(took: number): void {
    this.#count += 1;
    if (took > this.#most) this.#most = took;
    const bucket = took < 1 ? 0 : Math.min(BUCKETS - 1, 1 + Math.floor(Math.log(took) / WIDTH));
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
  }

  /** The time within which that share of them was done, from 0 to 1; 0 where nothing was counted. */
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
