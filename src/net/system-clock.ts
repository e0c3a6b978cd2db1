// The clock of this machine. The only file that reads the time of day or starts a timer for an engine.

import {
  after,
  between,
  type Clock,
  type Duration,
  type Instant,
  instant,
  milliseconds,
  NEVER,
  type StandstillListener,
  seconds,
  type Timer,
  type WallTime,
  wallTime,
} from '../core/time.js';

/** The time sources of a clock, each in milliseconds. */
export interface Machine {
  /** Since the Unix epoch, as the wall clock showed it when the process began. Never steps. */
  monotonic(): number;
  /** Since the Unix epoch. Steps when somebody sets the clock. */
  wall(): number;
  timer(delay: number, callback: () => void): Timer;
}

const LONGEST_TIMER = 2_147_483_647; // setTimeout takes 31 bits

/**
 * A smaller difference comes from reading two clocks one after the other and is ignored, so that times do not
 * jitter.
 */
const NO_STEP_MS = 10;
/** Two readings that are further apart are not compared: something else may have run between them. */
const AT_ONCE_MS = 1;

/** While there are standstill listeners, a timer fires this often. */
const BEAT = seconds(1);
/** A timer that is later than this shows a standstill, not a busy moment. */
const STANDSTILL = seconds(5);

/** A `Clock` over the time sources of a machine. */
export class SystemClock implements Clock {
  readonly #machine: Machine;
  /** Milliseconds by which the wall clock was set forward since the process began. */
  #ahead = 0;
  readonly #listeners = new Set<StandstillListener>();
  #beat: Timer | undefined;
  #beatDueAt = NEVER;
  /** A `now` after this shows a standstill. */
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

/** The time of `systemClock.now` with its fraction, in milliseconds: for packets, of which many come in one of them. */
export const preciseNow = (): number => timeOrigin + performance.now();

let ahead = milliseconds(0);

/**
 * How far the wall clock of this process is ahead of that of the machine; below 0: behind. Drills set it. It is of the whole
 * process, and what is measured does not know of it.
 */
export const wallClockShift = {
  get ahead(): Duration {
    return ahead;
  },
  set(span: Duration): void {
    ahead = span;
  },
};

/** The clock of this process. */
export const systemClock: Clock = new SystemClock({
  monotonic: () => timeOrigin + performance.now(),
  wall: () => Date.now() + ahead,
  timer: (delay, callback) => {
    const timer = setTimeout(callback, delay);
    return { cancel: () => clearTimeout(timer) };
  },
});
