import { after, type Clock, type Instant, milliseconds, type Timer } from '../../core/time.js';

/** The event loop is looked at so often. */
export const LOOK_EVERY = milliseconds(20);
/** After a standstill, so many looks count. */
const MOST_LOOKS = 3000;

/**
 * Measures how late the event loop is: what a message waits for that comes in a random moment. A look that is late
 * stands for those that could not take place meanwhile, each of which would have waited for the rest of the time.
 */
export class LoopDelay {
  readonly #clock: Clock;
  readonly #observe: (seconds: number) => void;
  #timer: Timer;

  /** `observe` gets the lateness of each look in seconds. */
  constructor(clock: Clock, observe: (seconds: number) => void) {
    this.#clock = clock;
    this.#observe = observe;
    this.#timer = this.#lookLater();
  }

  close(): void {
    this.#timer.cancel();
  }

  #lookLater(): Timer {
    const due = after(this.#clock.now(), LOOK_EVERY);
    return this.#clock.callAt(due, () => this.#look(due));
  }

  #look(due: Instant): void {
    let late = Math.max(0, this.#clock.now() - due);
    for (let looks = 0; looks < MOST_LOOKS && late >= 0; looks += 1) {
      this.#observe(late / 1000);
      late -= LOOK_EVERY;
    }
    this.#timer = this.#lookLater();
  }
}
