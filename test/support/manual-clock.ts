// A clock that a test advances: an hour passes at once, and timers fire in their order.

import { type Clock, type Instant, instant, type Timer, type WallTime, wallTime } from '../../src/core/time.js';

interface Pending {
  readonly at: Instant;
  readonly order: number;
  readonly callback: () => void;
}

export class ManualClock implements Clock {
  #now: Instant;
  #order = 0;
  readonly #pending = new Set<Pending>();

  constructor(start = Date.UTC(2011, 0, 14, 16, 17, 11, 806)) {
    this.#now = instant(start);
  }

  now(): Instant {
    return this.#now;
  }

  callAt(at: Instant, callback: () => void): Timer {
    const pending = { at, order: this.#order++, callback };
    this.#pending.add(pending);
    return { cancel: () => void this.#pending.delete(pending) };
  }

  wallTime(at: Instant): WallTime {
    return wallTime(at);
  }

  onStandstill(): () => void {
    return () => {};
  }

  /** How many alarms are armed. */
  get armed(): number {
    return this.#pending.size;
  }

  /** Time goes on while nobody looks: the alarms of that time ring with the next `advance`, late. */
  standStill(milliseconds: number): void {
    this.#now = instant(this.#now + milliseconds);
  }

  /** Moves time on, ringing every alarm on the way at its own instant. */
  advance(milliseconds: number): void {
    const end = instant(this.#now + milliseconds);
    for (;;) {
      const [next] = [...this.#pending].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at || a.order - b.order);
      if (next === undefined) break;
      this.#pending.delete(next);
      if (next.at > this.#now) this.#now = next.at;
      next.callback();
    }
    this.#now = end;
  }
}
