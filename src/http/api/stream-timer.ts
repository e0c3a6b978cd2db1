import { after, type Clock, type Duration, type Timer } from '../../core/time.js';

/** Calls a function once, some time after it was started; a start while it runs changes nothing. */
export class StreamTimer {
  readonly #clock: Clock;
  readonly #delay: Duration;
  readonly #act: () => void;
  #timer: Timer | undefined;

  constructor(clock: Clock, delay: Duration, act: () => void) {
    this.#clock = clock;
    this.#delay = delay;
    this.#act = act;
  }

  start(): void {
    this.#timer ??= this.#clock.callAt(after(this.#clock.now(), this.#delay), () => {
      this.#timer = undefined;
      this.#act();
    });
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
