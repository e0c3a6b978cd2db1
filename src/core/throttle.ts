// Counts per source and second, bounded in memory whatever the number of sources, and tells each excess once a second.

import type { Instant } from './time.js';

const WINDOW_MS = 1000;
const MAX_SOURCES = 16_384; // beyond it all new sources share one count
const MAX_TOLD = 256; // sources by name in one second: a flood must not become one of facts

export interface Excess {
  readonly address: string | undefined;
  readonly limit: string;
  readonly count: number;
}

export class Throttle {
  readonly #counts = new Map<string, number>();
  readonly #excesses = new Map<string, { address: string | undefined; limit: string; count: number }>();
  readonly #tell: (excess: Excess, at: Instant) => void;
  #since = 0;

  /** `tell` is called for each source and limit that was exceeded, when its second is over. */
  constructor(tell: (excess: Excess, at: Instant) => void) {
    this.#tell = tell;
  }

  /** Counts one event of `source`; `false` where there were `limit` of them in this second already. */
  admit(source: string, limit: number, now: Instant): boolean {
    this.turn(now);
    const known = this.#counts.get(source);
    const key = known === undefined && this.#counts.size >= MAX_SOURCES ? '' : source;
    const count = (key === source ? known : this.#counts.get(key)) ?? 0;
    if (count >= limit) return false;
    this.#counts.set(key, count + 1);
    return true;
  }

  /** Begins a new second where the last is over. `admit` does so, too. */
  turn(now: Instant): void {
    if (now - this.#since >= WINDOW_MS || now < this.#since) this.flush(now);
  }

  /** Something of `address` was refused for this limit. `undefined`: of all together, as of sources beyond those told by name. */
  exceeded(address: string | undefined, limit: string): void {
    const key = `${limit} ${address ?? ''}`;
    const excess = this.#excesses.get(key);
    if (excess !== undefined) excess.count += 1;
    else if (address === undefined || this.#excesses.size < MAX_TOLD)
      this.#excesses.set(key, { address, limit, count: 1 });
    else this.exceeded(undefined, limit);
  }

  /** When what was refused is to be told: a second after the window began. */
  get tellAt(): Instant | undefined {
    return this.#excesses.size === 0 ? undefined : ((this.#since + WINDOW_MS) as Instant);
  }

  /** Begins a new second. */
  flush(now: Instant): void {
    for (const excess of this.#excesses.values()) this.#tell(excess, now);
    this.#excesses.clear();
    this.#counts.clear();
    this.#since = now;
  }
}
