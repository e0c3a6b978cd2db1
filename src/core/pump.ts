// Keeps one alarm armed for an engine that has deadlines. Spurious wake-ups are harmless by contract.

import type { Alarm, Clock, Instant } from './time.js';

/** An engine with deadlines of its own and no clock. */
export interface Engine {
  nextDeadline(): Instant | undefined;
  expire(now: Instant): void;
}

/** Call `touch()` after anything that may have brought the next deadline nearer. */
export class Pump {
  readonly #engine: Engine;
  readonly #clock: Clock;
  #alarm: Alarm | undefined;
  #armedFor: Instant | undefined;
  #stopped = false;

  constructor(engine: Engine, clock: Clock) {
    this.#engine = engine;
    this.#clock = clock;
  }

  touch(): void {
    if (this.#stopped) return;
    const next = this.#engine.nextDeadline();
    if (next === undefined || (this.#armedFor !== undefined && this.#armedFor <= next)) return;
    this.#alarm?.cancel();
    this.#armedFor = next;
    this.#alarm = this.#clock.wake(next, () => {
      this.#alarm = undefined;
      this.#armedFor = undefined;
      this.#engine.expire(this.#clock.now());
      this.touch();
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#alarm?.cancel();
    this.#alarm = undefined;
  }
}
