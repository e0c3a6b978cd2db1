// The machine's clock: the only file that reads the time of day or arms a timer for an engine.

import { type Alarm, type Clock, type Instant, instant, type WallTime, wallTime } from '../core/time.js';

/** What a clock is made of, each in milliseconds. */
export interface Machine {
  /** Since the Unix epoch as the wall clock showed it when the process began; never steps. */
  monotonic(): number;
  /** Since the Unix epoch; steps when somebody sets it. */
  wall(): number;
  timer(delay: number, callback: () => void): Alarm;
}

const LONGEST_TIMER = 2_147_483_647; // setTimeout takes 31 bits

/** Less than this the two clocks differ by their reading alone, and stamps are not to run to and fro by it. */
const NO_STEP_MS = 10;
/** Between two readings that are further apart something else may have run. */
const AT_ONCE_MS = 1;

export class SystemClock implements Clock {
  readonly #machine: Machine;
  /** What the wall clock was set forward by since the process began. */
  #ahead = 0;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  now(): Instant {
    return instant(Math.floor(this.#machine.monotonic()));
  }

  wake(at: Instant, callback: () => void): Alarm {
    return this.#machine.timer(Math.min(LONGEST_TIMER, Math.max(0, at - this.now())), callback);
  }

  wallTime(at: Instant): WallTime {
    const now = this.now();
    const step = this.#machine.wall() - now - this.#ahead;
    if (Math.abs(step) >= NO_STEP_MS && this.now() - now <= AT_ONCE_MS) this.#ahead += step;
    return wallTime(at + this.#ahead);
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
