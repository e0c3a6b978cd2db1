// Keeps one alarm armed for an engine that has deadlines. Spurious wake-ups are harmless by contract.

import { type Clock, type Duration, type Instant, milliseconds, type Timer } from './time.js';

/** An engine with deadlines of its own and no clock. */
export interface HasDeadlines {
  nextDeadline(): Instant | undefined;
  expire(now: Instant): void;
  /**
   * The process stood still, and what peers sent meanwhile may still wait in the kernel: every deadline by which a peer must
   * be heard moves by `span`. Absent: there are none.
   */
  postpone?(span: Duration): void;
}

/** The earlier of two deadlines, each of which may be none. */
export const earlier = (one: Instant | undefined, other: Instant | undefined): Instant | undefined =>
  one === undefined || (other !== undefined && other < one) ? other : one;

/** What waits in the kernel is heard within this, in turns that alarms come between. */
const TIME_TO_RECEIVE = 2_000;

/** Call `touch()` after anything that may have brought the next deadline nearer. */
export class DeadlineTimer {
  readonly #engine: HasDeadlines;
  readonly #clock: Clock;
  #timer: Timer | undefined;
  #armedFor: Instant | undefined;
  #stopped = false;
  #unwatch: (() => void) | undefined;

  constructor(engine: HasDeadlines, clock: Clock) {
    this.#engine = engine;
    this.#clock = clock;
  }

  rearm(): void {
    if (this.#stopped) return;
    const next = this.#engine.nextDeadline();
    if (next === undefined || (this.#armedFor !== undefined && this.#armedFor <= next)) return;
    this.#timer?.cancel();
    this.#armedFor = next;
    this.#watch();
    this.#timer = this.#clock.callAt(next, () => {
      this.#timer = undefined;
      this.#armedFor = undefined;
      this.#engine.expire(this.#clock.now());
      this.rearm();
      if (this.#timer === undefined) this.#rest();
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#rest();
  }

  /** While something is awaited, and only then: watching costs an alarm now and then. */
  #watch(): void {
    if (this.#engine.postpone === undefined) return;
    this.#unwatch ??= this.#clock.onStandstill((slept) =>
      this.#engine.postpone?.(milliseconds(slept + TIME_TO_RECEIVE)),
    );
  }

  #rest(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#unwatch?.();
    this.#unwatch = undefined;
  }
}
