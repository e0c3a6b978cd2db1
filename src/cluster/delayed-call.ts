import { after, type Clock, type Duration, type Timer } from '../core/time.js';

/** Does something a while after it was first asked for, once, however often it is asked for meanwhile. */
export class DelayedCall {
  readonly #clock: Clock;
  readonly #span: Duration;
  readonly #act: () => void;
  #timer: Timer | undefined;

  constructor(clock: Clock, span: Duration, act: () => void) {
    this.#clock = clock;
    this.#span = span;
    this.#act = act;
  }

  /** It is asked for. */
  arm(): void {
    this.#timer ??= this.#clock.callAt(after(this.#clock.now(), this.#span), () => {
      this.#timer = undefined;
      this.#act();
    });
  }

  /** It is not done any more, unless it is asked for again. */
  cancel(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
