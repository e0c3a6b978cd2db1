// What many phones on one machine are waiting for: an appointment each, one alarm for all of them. A keepalive that is
// put off costs one assignment.

import { DeadlineQueue, NOT_QUEUED, type Queued } from '../core/deadline-queue.js';
import { DeadlineTimer } from '../core/deadline-timer.js';
import { after, type Clock, type Duration, type Instant, NEVER } from '../core/time.js';

/** A call at an instant, which may be moved or called off any number of times. */
export class BootTimer implements Queued {
  dueAt = NEVER;
  heapIndex = NOT_QUEUED;
  readonly #agenda: Timers;
  readonly #callback: (now: Instant) => void;

  constructor(agenda: Timers, callback: (now: Instant) => void) {
    this.#agenda = agenda;
    this.#callback = callback;
  }

  in(span: Duration): void {
    this.#agenda.set(this, after(this.#agenda.now(), span));
  }

  cancel(): void {
    this.#agenda.set(this, undefined);
  }

  /** Called by the agenda alone. */
  keep(now: Instant): void {
    this.#callback(now);
  }
}

export class Timers {
  readonly #clock: Clock;
  readonly #deadlines = new DeadlineQueue<BootTimer>();
  readonly #pump: DeadlineTimer;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#pump = new DeadlineTimer(
      {
        nextDeadline: () => this.#deadlines.next(),
        expire: (now) => this.#deadlines.expire(now, (appointment) => appointment.keep(now)),
      },
      clock,
    );
  }

  now(): Instant {
    return this.#clock.now();
  }

  appointment(callback: (now: Instant) => void): BootTimer {
    return new BootTimer(this, callback);
  }

  set(appointment: BootTimer, at: Instant | undefined): void {
    this.#deadlines.set(appointment, at);
    this.#pump.rearm();
  }

  stop(): void {
    this.#pump.stop();
  }
}
