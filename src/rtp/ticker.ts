// One alarm each 20 ms for all streams, by a schedule of absolute instants; none while no stream runs.

import { after, between, type Clock, type Instant, milliseconds, type Timer } from '../core/time.js';

/** Between two packets of a stream. */
export const TICK = milliseconds(20);

/** `skipped`: whole ticks that passed since the last one without a call. */
export type TickListener = (skipped: number, now: Instant) => void;

export class Ticker {
  readonly #clock: Clock;
  readonly #onTick: TickListener;
  #alarm: Timer | undefined;
  #dueAt: Instant;

  constructor(clock: Clock, onTick: TickListener) {
    this.#clock = clock;
    this.#onTick = onTick;
    this.#dueAt = clock.now();
  }

  /** The first tick comes at once. While it runs nothing changes. */
  start(): void {
    if (this.#alarm !== undefined) return;
    this.#dueAt = this.#clock.now();
    this.#arm();
  }

  stop(): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
  }

  #arm(): void {
    this.#alarm = this.#clock.callAt(this.#dueAt, () => {
      const now = this.#clock.now();
      // A tick that comes late moves none of those after it, and those whose time has passed do not come.
      const skipped = Math.max(0, Math.floor(between(this.#dueAt, now) / TICK));
      this.#dueAt = after(this.#dueAt, milliseconds((skipped + 1) * TICK));
      this.#arm(); // before the call, which may stop it
      this.#onTick(skipped, now);
    });
  }
}
