// The clock of another machine: it runs as fast as the test's, and shows another time.

import {
  type Clock,
  type Instant,
  instant,
  type StandstillListener,
  type Timer,
  type WallTime,
  wallTime,
} from '../../src/core/time.js';
import type { ManualClock } from '../support/manual-clock.js';

export class SkewedClock implements Clock {
  readonly #clock: ManualClock;
  readonly #started: number;
  readonly #wallSkew: number;

  /** `started`: what its monotonic clock is ahead; `wallSkew`: what its wall clock is ahead, both in milliseconds. */
  constructor(clock: ManualClock, started: number, wallSkew: number) {
    this.#clock = clock;
    this.#started = started;
    this.#wallSkew = wallSkew;
  }

  now(): Instant {
    return instant(this.#clock.now() + this.#started);
  }

  callAt(at: Instant, callback: () => void): Timer {
    return this.#clock.callAt(instant(at - this.#started), callback);
  }

  wallTime(at: Instant): WallTime {
    return wallTime(at - this.#started + this.#wallSkew);
  }

  onStandstill(_listener: StandstillListener): () => void {
    return () => {};
  }
}
