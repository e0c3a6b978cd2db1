// What many phones on one machine are waiting for: an appointment each, one alarm for all of them. A keepalive that is
// put off costs one assignment.

import { Deadlines, type Due, NOWHERE } from '../core/deadline-queue.js';
import { Pump } from '../core/deadline-timer.js';
import { after, type Clock, type Duration, type Instant, NEVER } from '../core/time.js';

/** A call at an instant, which may be moved or called off any number of times. */
export class Appointment implements Due {
  dueAt = NEVER;
  place = NOWHERE;
  readonly #agenda: Agenda;
  readonly #callback: (now: Instant) => void;

  constructor(agenda: Agenda, callback: (now: Instant) => void) {
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

export class Agenda {
  readonly #clock: Clock;
  readonly #deadlines = new Deadlines<Appointment>();
  readonly #pump: Pump;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#pump = new Pump(
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

  appointment(callback: (now: Instant) => void): Appointment {
    return new Appointment(this, callback);
  }

  set(appointment: Appointment, at: Instant | undefined): void {
    this.#deadlines.set(appointment, at);
    this.#pump.touch();
  }

  stop(): void {
    this.#pump.stop();
  }
}
