// The registrations in force: the machine that moves them, how many there are, and the deadline of each. A registration
// that another has taken the place of is told by identity and left alone.

import { DeadlineQueue } from '../core/deadline-queue.js';
import type { HasDeadlines } from '../core/deadline-timer.js';
import { after, type Duration, type Instant } from '../core/time.js';
import type { Protocol, Registration } from './device.js';
import type { DeviceEventPublisher } from './event-publisher.js';
import type { EndReason } from './reasons.js';
import {
  type MutableRecord,
  type MutableRegistration,
  mutableRegistration,
  type RegistrationRequest,
} from './record.js';
import { REGISTRATION, type Signal } from './registration.js';
import { changedHands, isDueToBeTold } from './shared-name.js';
import type { StateCounts } from './state-counts.js';

/** Silence that ends a registration, and the time that it has to be completed. */
interface Patience {
  readonly patience: Duration;
  readonly capabilitiesWithin: Duration;
}

export class ActiveRegistrations implements HasDeadlines {
  readonly #telling: DeviceEventPublisher;
  readonly #census: StateCounts;
  readonly #deadlines = new DeadlineQueue<MutableRegistration>();
  readonly #registered: Record<Protocol, number> = { SCCP: 0, SIP: 0 };
  #generation = 0;
  #active = 0;
  #autoRegistered = 0;
  #sooner: () => void = () => {};

  constructor(telling: DeviceEventPublisher, census: StateCounts) {
    this.#telling = telling;
    this.#census = census;
  }

  /** Registered or partly so, by protocol. */
  get registered(): Readonly<Record<Protocol, number>> {
    return this.#registered;
  }

  /** Of devices that auto-registration made. */
  get autoRegistered(): number {
    return this.#autoRegistered;
  }

  /** A device that auto-registration made is configured from now on. */
  adopted({ registration }: MutableRecord): void {
    if (registration !== undefined) this.#autoRegistered -= 1;
  }

  /** Those that are not completed among them. */
  get active(): number {
    return this.#active;
  }

  /** `undefined`: another one, or none, is in its place. */
  mutable(registration: Registration): MutableRegistration | undefined {
    const own = registration as MutableRegistration;
    return own.record.registration === own ? own : undefined;
  }

  /** Begins one; the same link's older one makes way without a word, that of another link ends as superseded. */
  begin(
    record: MutableRecord,
    attempt: RegistrationRequest,
    { patience, capabilitiesWithin }: Patience,
    now: Instant,
  ): { readonly registration: MutableRegistration; readonly again: boolean } {
    const previous = record.registration;
    const again = previous?.link === attempt.link;
    if (previous !== undefined) {
      if (again) this.#forget(previous);
      else {
        // Where its flow has gone, its phone comes back by another.
        if (!previous.held) this.#changesHands(previous, attempt, now);
        this.end(previous, 'superseded', now);
      }
    }
    const registration = mutableRegistration(record, attempt, ++this.#generation, patience, now);
    record.registration = registration;
    this.#active += 1;
    if (record.origin === 'auto-registered') this.#autoRegistered += 1;
    this.#signal(registration, 'register', now);
    this.setDeadline(registration, after(now, capabilitiesWithin));
    return { registration, again };
  }

  /** Its lines are in service, all of them or some. */
  complete(own: MutableRegistration, signal: 'some-lines' | 'all-lines', now: Instant): void {
    if (own.registeredAt === undefined) {
      own.registeredAt = now;
      this.#registered[own.protocol] += 1;
    }
    this.touch(own, now);
    this.#signal(own, signal, now);
  }

  /** A sign of life. */
  touch(own: MutableRegistration, now: Instant): void {
    own.lastHeardAt = now;
    own.held = false;
    // While its capabilities are outstanding a phone may not put off the end by chatting.
    if (own.registeredAt !== undefined) this.setDeadline(own, after(now, own.patience));
  }

  /** It ends at `at`, unless something is heard of it before. */
  setDeadline(own: MutableRegistration, at: Instant): void {
    const next = this.#deadlines.next();
    this.#deadlines.set(own, at);
    if (next === undefined || at < next) this.#sooner();
  }

  end(own: MutableRegistration, reason: EndReason, now: Instant): void {
    this.#forget(own);
    own.record.reason = { at: now, reason };
    this.#signal(own, 'end', now, reason);
  }

  nextDeadline(): Instant | undefined {
    return this.#deadlines.next();
  }

  expire(now: Instant): void {
    this.#deadlines.expire(now, (own) => this.end(own, overdue(own), now));
  }

  postpone(span: Duration): void {
    this.#deadlines.postpone(span);
  }

  /** `callback` is called when a deadline has come nearer. */
  whenSooner(callback: () => void): void {
    this.#sooner = callback;
  }

  #changesHands(previous: MutableRegistration, attempt: RegistrationRequest, now: Instant): void {
    const { record } = previous;
    const shared = changedHands(record.sharedName, previous, attempt, now);
    record.sharedName = shared;
    if (!isDueToBeTold(shared)) return;
    shared.toldAt = now;
    this.#telling.nameShared(previous.device, shared, now);
  }

  #forget(own: MutableRegistration): void {
    own.record.registration = undefined;
    this.#active -= 1;
    if (own.record.origin === 'auto-registered') this.#autoRegistered -= 1;
    if (own.registeredAt !== undefined) this.#registered[own.protocol] -= 1;
    this.#deadlines.set(own, undefined);
  }

  #signal(own: MutableRegistration, signal: Exclude<Signal, 'refuse'>, now: Instant, reason?: EndReason): void {
    const { record } = own;
    const transition = REGISTRATION[record.state][signal];
    if (transition === undefined) return;
    const [next, fact] = transition;
    this.#census.move(record, next);
    if (fact !== undefined) this.#telling.transition(fact, own, this.#registered, now, reason);
  }
}

const overdue = ({ held, registeredAt }: MutableRegistration): EndReason => {
  if (held) return 'connection-lost';
  return registeredAt === undefined ? 'no-capabilities' : 'silence';
};
