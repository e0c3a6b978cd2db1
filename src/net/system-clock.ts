// The machine's clock: the only file that reads the time of day or arms a timer for an engine.

import {
  after,
  between,
  type Clock,
  type Instant,
  instant,
  NEVER,
  type StandstillListener,
  seconds,
  type Timer,
  type WallTime,
  wallTime,
} from '../core/time.js';

/** What a clock is made of, each in milliseconds. */
export interface Machine {
  /** Since the Unix epoch as the wall clock showed it when the process began; never steps. */
  monotonic(): number;
  /** Since the Unix epoch; steps when somebody sets it. */
  wall(): number;
  timer(delay: number, callback: () => void): Timer;
}

const LONGEST_TIMER = 2_147_483_647; // setTimeout takes 31 bits

/** Less than this the two clocks differ by their reading alone, and stamps are not to run to and fro by it. */
const NO_STEP_MS = 10;
/** Between two readings that are further apart something else may have run. */
const AT_ONCE_MS = 1;

/** While somebody would hear of a standstill, an alarm rings this often to show that there is none. */
const BEAT = seconds(1);
/** So late it is one, and no busy moment. */
const STANDSTILL = seconds(5);

export class SystemClock implements Clock {
  readonly #machine: Machine;
  /** What the wall clock was set forward by since the process began. */
  #ahead = 0;
  readonly #listeners = new Set<StandstillListener>();
  #beat: Timer | undefined;
  #beatDueAt = NEVER;
  /** A time after this shows a standstill. */
  #standstillAfter = NEVER;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  now(): Instant {
    const now = instant(Math.floor(this.#machine.monotonic()));
    if (now > this.#standstillAfter) this.#stoodStill(now);
    return now;
  }

  callAt(at: Instant, callback: () => void): Timer {
    return this.#machine.timer(Math.min(LONGEST_TIMER, Math.max(0, at - this.now())), callback);
  }

  wallTime(at: Instant): WallTime {
    const now = this.now();
    const step = this.#machine.wall() - now - this.#ahead;
    if (Math.abs(step) >= NO_STEP_MS && this.now() - now <= AT_ONCE_MS) this.#ahead += step;
    return wallTime(at + this.#ahead);
  }

  onStandstill(listener: StandstillListener): () => void {
    if (this.#listeners.size === 0) this.#beatLater(this.now());
    this.#listeners.add(listener);
    return () => {
      if (!this.#listeners.delete(listener) || this.#listeners.size > 0) return;
      this.#beat?.cancel();
      this.#standstillAfter = NEVER;
    };
  }

  #beatLater(now: Instant): void {
    this.#beatDueAt = after(now, BEAT);
    this.#standstillAfter = after(this.#beatDueAt, STANDSTILL);
    this.#beat?.cancel();
    this.#beat = this.#machine.timer(BEAT, () => this.#beatLater(this.now()));
  }

  #stoodStill(now: Instant): void {
    const slept = between(this.#beatDueAt, now);
    this.#beatLater(now);
    for (const listener of [...this.#listeners]) listener(slept, now);
  }
}

const { timeOrigin } = performance;

export const systemClock: Clock = new SystemClock({
  monotonic: () => timeOrigin + performance.now(),
  wall: () => Date.now(),
  timer: (delay, callback) => {
    const timer = setTimeout(callback, delay);
    return { cancel: () => clearTimeout(timer) };
  },
});
