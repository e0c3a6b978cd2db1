// The program's system clock over a machine that the test controls: its wall clock can be set, as by NTP or an
// operator, and the process can stand still.

import { type Instant, instant, type StandstillListener, type Timer, type WallTime } from '../../src/core/time.js';
import { SystemClock } from '../../src/net/system-clock.js';
import { ManualClock } from './manual-clock.js';

export const HOUR = 3_600_000;

export class SteppingClock extends ManualClock {
  #ahead = 0;
  readonly #clock = new SystemClock({
    monotonic: () => super.now(),
    wall: () => super.now() + this.#ahead,
    timer: (delay, callback) => super.callAt(instant(super.now() + delay), callback),
  });

  /** Sets the wall clock forward, or back by a negative number of milliseconds. */
  step(milliseconds: number): void {
    this.#ahead += milliseconds;
  }

  override now(): Instant {
    return this.#clock.now();
  }

  override callAt(at: Instant, callback: () => void): Timer {
    return this.#clock.callAt(at, callback);
  }

  override onStandstill(listener?: StandstillListener): () => void {
    return this.#clock.onStandstill(listener ?? (() => {}));
  }

  override wallTime(at: Instant): WallTime {
    return this.#clock.wallTime(at);
  }
}
