import { type Clock, type Duration, type Instant, milliseconds, type Timer } from './time.js';

/** An engine that has deadlines and no clock of its own. */
export interface HasDeadlines {
  /** `undefined`: no deadline is set. */
  nextDeadline(): Instant | undefined;
  /** Handles every deadline up to `now`. */
  expire(now: Instant): void;
  /**
   * Moves every deadline by which a peer must send something by `span`. Called when the process stood still: what
   * peers sent meanwhile may still wait in the kernel. Absent: the engine has no such deadlines.
   */
  postpone?(span: Duration): void;
}

/** The earlier of two deadlines; `undefined` stands for no deadline. */
export const earlier = (one: Instant | undefined, other: Instant | undefined): Instant | undefined =>
  one === undefined || (other !== undefined && other < one) ? other : one;

/** After a standstill: milliseconds in which everything that waits in the kernel has been read. */
const TIME_TO_RECEIVE = 2_000;

/**
 * Keeps one timer of the clock set to the next deadline of an engine. Call `rearm` after anything that may have
 * brought the next deadline nearer. A call of `expire` with nothing due is harmless.
 */
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

  /** Cancels the timer. `rearm` does nothing from now on. */
  stop(): void {
    this.#stopped = true;
    this.#rest();
  }

  /** Watches for standstills only while a deadline is set, since watching needs a timer every second. */
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
