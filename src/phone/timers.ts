// What many phones on one machine are waiting for: an appointment each, one alarm for all of them. A keepalive that is
// put off costs one assignment.

import { DeadlineQueue, Queued } from '../core/deadline-queue.js';
import { DeadlineTimer } from '../core/deadline-timer.js';
import { after, type Clock, type Duration, type Instant } from '../core/time.js';

/** A call at an instant, which may be moved or called off any number of times. */
export class BootTimer extends Queued {
  readonly #timers: Timers;
  readonly #callback: (now: Instant) => void;

  constructor(timers: Timers, callback: (now: Instant) => void) {
    super();
    this.#timers = timers;
    this.#callback = callback;
  }

  startIn(span: Duration): void {
    this.#timers.set(this, after(this.#timers.now(), span));
  }

  cancel(): void {
    this.#timers.set(this, undefined);
  }

  /** Called by the agenda alone. */
  fire(now: Instant): void {
    this.#callback(now);
  }
}

export class Timers {
  readonly #clock: Clock;
  readonly #deadlines = new DeadlineQueue<BootTimer>();
  readonly #deadlineTimer: DeadlineTimer;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#deadlineTimer = new DeadlineTimer(
      {
        nextDeadline: () => this.#deadlines.next(),
        expire: (now) => this.#deadlines.expire(now, (create) => create.fire(now)),
      },
      clock,
    );
  }

  now(): Instant {
    return this.#clock.now();
  }

  create(callback: (now: Instant) => void): BootTimer {
    return new BootTimer(this, callback);
  }

  set(create: BootTimer, at: Instant | undefined): void {
    this.#deadlines.set(create, at);
    this.#deadlineTimer.rearm();
  }

  stop(): void {
    this.#deadlineTimer.stop();
  }
}
