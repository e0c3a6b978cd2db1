import { DeadlineQueue, Queued } from '../core/deadline-queue.js';
import { DeadlineTimer } from '../core/deadline-timer.js';
import { after, type Clock, type Duration, type Instant } from '../core/time.js';

/** One timer of a phone. It can be started again and cancelled any number of times. */
export class BootTimer extends Queued {
  readonly #timers: Timers;
  readonly #callback: (now: Instant) => void;

  constructor(timers: Timers, callback: (now: Instant) => void) {
    super();
    this.#timers = timers;
    this.#callback = callback;
  }

  /** Starts the timer, or moves it if it runs. */
  startIn(span: Duration): void {
    this.#timers.set(this, after(this.#timers.now(), span));
  }

  cancel(): void {
    this.#timers.set(this, undefined);
  }

  /** Only `Timers` calls this. */
  fire(now: Instant): void {
    this.#callback(now);
  }
}

/**
 * The timers of all simulated phones of a process, over one OS timer.
 *
 * @hot To put a keepalive off costs one assignment (`DeadlineQueue`), since a fleet has tens of thousands of them.
 */
export class Timers {
  readonly #clock: Clock;
  readonly #deadlines = new DeadlineQueue<BootTimer>();
  readonly #deadlineTimer: DeadlineTimer;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#deadlineTimer = new DeadlineTimer(
      {
        nextDeadline: () => this.#deadlines.next(),
        expire: (now) => this.#deadlines.expire(now, (timer) => timer.fire(now)),
      },
      clock,
    );
  }

  now(): Instant {
    return this.#clock.now();
  }

  /** A timer that does not run yet. `callback` is called each time that it fires. */
  create(callback: (now: Instant) => void): BootTimer {
    return new BootTimer(this, callback);
  }

  /** Only `BootTimer` calls this. `at`: when to fire; `undefined`: never. */
  set(timer: BootTimer, at: Instant | undefined): void {
    this.#deadlines.set(timer, at);
    this.#deadlineTimer.rearm();
  }

  /** Stops the OS timer: no timer fires any more. */
  stop(): void {
    this.#deadlineTimer.stop();
  }
}
