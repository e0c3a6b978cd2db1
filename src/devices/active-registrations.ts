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
  rememberRegistration,
} from './record.js';
import { REGISTRATION, type RegistrationSignal } from './registration.js';
import { changedHands, isReportDue } from './shared-name.js';
import type { StateCounts } from './state-counts.js';

/** The silence that ends a registration, and the time in which it must be completed. */
interface Patience {
  readonly patience: Duration;
  readonly capabilitiesWithin: Duration;
}

/**
 * The registrations in force: the state machine that moves them, their number, and the deadline of each. A call with
 * a registration that has been replaced is recognised by object identity and ignored.
 */
export class ActiveRegistrations implements HasDeadlines {
  readonly #events: DeviceEventPublisher;
  readonly #stateCounts: StateCounts;
  readonly #deadlines = new DeadlineQueue<MutableRegistration>();
  readonly #registered: Record<Protocol, number> = { SCCP: 0, SIP: 0 };
  #generation = 0;
  #active = 0;
  #autoRegistered = 0;
  #onEarlierDeadline: () => void = () => {};

  constructor(events: DeviceEventPublisher, stateCounts: StateCounts) {
    this.#events = events;
    this.#stateCounts = stateCounts;
  }

  /** Registered or partly so, by protocol. */
  get registered(): Readonly<Record<Protocol, number>> {
    return this.#registered;
  }

  /** Registrations of devices that auto-registration made. */
  get autoRegistered(): number {
    return this.#autoRegistered;
  }

  /** Notes that a device that auto-registration made is now a configured one. */
  adopt({ registration }: MutableRecord): void {
    if (registration !== undefined) this.#autoRegistered -= 1;
  }

  /** All registrations, also those that are not complete yet. */
  get active(): number {
    return this.#active;
  }

  /** The writable side of a registration. `undefined`: it is no longer in force. */
  mutable(registration: Registration): MutableRegistration | undefined {
    const mutable = registration as MutableRegistration;
    return mutable.record.registration === mutable ? mutable : undefined;
  }

  /**
   * Begins a registration. An older one of the same link is replaced silently; one of another link ends as
   * superseded.
   */
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
        // If its flow has gone, this is probably the same phone, which comes back by another flow.
        if (!previous.held) this.#nameChangesHands(previous, attempt, now);
        this.end(previous, 'superseded', now);
      }
    }
    const registration = mutableRegistration(record, attempt, { generation: ++this.#generation, patience, now });
    record.registration = registration;
    this.#active += 1;
    if (record.origin === 'auto-registered') this.#autoRegistered += 1;
    this.#signal(registration, 'register', now);
    this.setDeadline(registration, after(now, capabilitiesWithin));
    return { registration, again };
  }

  /** Notes that its lines are in service, all of them or some. */
  complete(registration: MutableRegistration, signal: 'some-lines' | 'all-lines', now: Instant): void {
    if (registration.registeredAt === undefined) {
      registration.registeredAt = now;
      this.#registered[registration.protocol] += 1;
    }
    this.touch(registration, now);
    this.#signal(registration, signal, now);
  }

  /** Notes a sign of life. */
  touch(registration: MutableRegistration, now: Instant): void {
    registration.lastSeenAt = now;
    registration.held = false;
    // While its capabilities are outstanding, other messages of the phone do not prolong the registration.
    if (registration.registeredAt !== undefined) this.setDeadline(registration, after(now, registration.patience));
  }

  /** Lets it end at `at`, unless the phone sends something before. */
  setDeadline(registration: MutableRegistration, at: Instant): void {
    const next = this.#deadlines.next();
    this.#deadlines.set(registration, at);
    if (next === undefined || at < next) this.#onEarlierDeadline();
  }

  end(registration: MutableRegistration, reason: EndReason, now: Instant): void {
    this.#forget(registration);
    registration.record.reason = { at: now, reason };
    rememberRegistration(registration, reason, now);
    this.#signal(registration, 'end', now, reason);
  }

  nextDeadline(): Instant | undefined {
    return this.#deadlines.next();
  }

  expire(now: Instant): void {
    this.#deadlines.expire(now, (registration) => this.end(registration, reasonOfExpiry(registration), now));
  }

  postpone(span: Duration): void {
    this.#deadlines.postpone(span);
  }

  /** Sets the function that is called when the next deadline has come nearer. */
  onEarlierDeadline(callback: () => void): void {
    this.#onEarlierDeadline = callback;
  }

  #nameChangesHands(previous: MutableRegistration, attempt: RegistrationRequest, now: Instant): void {
    const { record } = previous;
    const shared = changedHands(record.sharedName, previous, attempt, now);
    record.sharedName = shared;
    if (!isReportDue(shared)) return;
    shared.reportedAt = now;
    this.#events.publishNameShared(previous.device, shared, now);
  }

  #forget(registration: MutableRegistration): void {
    registration.record.registration = undefined;
    this.#active -= 1;
    if (registration.record.origin === 'auto-registered') this.#autoRegistered -= 1;
    if (registration.registeredAt !== undefined) this.#registered[registration.protocol] -= 1;
    this.#deadlines.set(registration, undefined);
  }

  #signal(
    registration: MutableRegistration,
    signal: Exclude<RegistrationSignal, 'refuse'>,
    now: Instant,
    reason?: EndReason,
  ): void {
    const { record } = registration;
    const transition = REGISTRATION[record.state][signal];
    if (transition === undefined) return;
    const [next, fact] = transition;
    this.#stateCounts.move(record, next);
    if (fact !== undefined)
      this.#events.publishTransition(fact, { registration, registered: this.#registered, at: now, reason });
  }
}

const reasonOfExpiry = ({ held, registeredAt }: MutableRegistration): EndReason => {
  if (held) return 'connection-lost';
  return registeredAt === undefined ? 'no-capabilities' : 'silence';
};
