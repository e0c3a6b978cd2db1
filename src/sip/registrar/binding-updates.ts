import { NOT_QUEUED } from '../../core/deadline-queue.js';
import type { DirectoryNumber } from '../../core/identifiers.js';
import { after, type Duration, type Instant, milliseconds, NEVER, type WallClock } from '../../core/time.js';
import type { DeviceDatabase, EndReason } from '../../devices/index.js';
import { ID } from '../message/headers.js';
import type { SipMessage } from '../message/message.js';
import type { SettingsRef } from '../settings.js';
import type { Flow } from '../transport/flow.js';
import { patienceOf } from './expiry.js';
import {
  type Binding,
  boundLines,
  branchHashOf,
  primaryBinding,
  type RegisteredPhone,
  type RegisteredPhones,
} from './location.js';
import { clockSkewOf } from './phone-clock.js';
import { contactAddress } from './register-request.js';
import type { RequestedContact } from './requested-contacts.js';

/** A Contact to be bound. */
export interface BindingRequest {
  readonly message: SipMessage;
  readonly dn: DirectoryNumber;
  readonly contact: RequestedContact;
  readonly granted: Duration;
  /** Whether it is for all lines of the device. */
  readonly bulk: boolean;
}

/**
 * Changes the bindings of registered phones, and tells the database what that means for their registrations. What is to
 * be changed was decided by the `Registrar`.
 */
export class BindingUpdates {
  readonly #phones: RegisteredPhones;
  readonly #database: DeviceDatabase;
  readonly #settingsRef: SettingsRef;
  readonly #clock: WallClock;

  constructor(phones: RegisteredPhones, database: DeviceDatabase, settingsRef: SettingsRef, clock: WallClock) {
    this.#settingsRef = settingsRef;
    this.#clock = clock;
    this.#phones = phones;
    this.#database = database;
  }

  /** Binds a Contact, in place of `found` where there is one. */
  store(phone: RegisteredPhone, found: Binding | undefined, request: BindingRequest, now: Instant): void {
    const { message, dn, contact, granted, bulk } = request;
    const { configured } = phone.record;
    // An auto-registered device has one line, whatever number the phone uses before it has its file.
    const line = configured.lines.find((line) => line.dn === dn)?.dn ?? configured.lines[0]?.dn ?? dn;
    const lines = bulk ? configured.lines.map((line) => line.dn) : (found?.lines ?? [line]);
    const before = phone.registration.lines.length;
    const requestContact = message.text(ID.Contact) ?? '';
    const { texts } = this.#phones;
    const fresh: Binding = {
      phone,
      dn: line === dn ? line : dn,
      lines,
      contact: contact.returned,
      callId: message.callId ?? '',
      cseq: message.cseq?.number ?? 0,
      branchHash: branchHashOf(message),
      granted,
      expiresAt: after(now, granted),
      // Many phones write the same texts: the pool holds them once.
      uri: texts.intern(message.uri),
      from: message.text(ID.From) ?? '',
      to: message.text(ID.To) ?? '',
      tagged: message.toTag !== undefined,
      requestContact: requestContact === contact.returned ? contact.returned : requestContact,
      expires: texts.intern(message.text(ID.Expires) ?? ''),
      answeredAt: NEVER,
      dueAt: NEVER,
      heapIndex: NOT_QUEUED,
    };
    if (found !== undefined) {
      this.#compareContacts(found, fresh, now);
      const { dueAt, heapIndex, callId } = found;
      Object.assign(found, fresh, { dueAt, heapIndex, callId });
      this.#phones.renew(found, fresh.callId, this.#endsAt(found));
      if (primaryBinding(phone) === found) {
        this.#recordClock(phone, message, now);
        this.#database.keepAlive(phone.registration, now, this.#patience(granted));
      }
    } else {
      if (bulk) for (const other of phone.bindings) this.#phones.unbind(other);
      this.#phones.bind(fresh);
      for (const each of phone.bindings) this.#phones.renew(each, each.callId, this.#endsAt(each));
    }
    const bound = boundLines(phone);
    if (bound.length !== before) this.#database.bindLines(phone.registration, bound, now);
  }

  /** A phone keeps its Contact within a Call-ID: another one was written by somebody on the way. */
  #compareContacts(found: Binding, fresh: Binding, now: Instant): void {
    if (found.callId !== fresh.callId || found.requestContact === fresh.requestContact) return;
    const [before, address] = [contactAddress(found.requestContact), contactAddress(fresh.requestContact)];
    if (before === undefined || address === undefined || before === address) return;
    this.#database.facts.recordContactChange(fresh.phone.registration, before, address, now);
  }

  /**
   * When the binding ends by itself; `undefined`: the device's registration depends on it, and the database ends that.
   */
  #endsAt(binding: Binding): Instant | undefined {
    if (primaryBinding(binding.phone) === binding) return undefined;
    const { expiresAt, granted } = binding;
    return after(expiresAt, milliseconds(this.#patience(granted) - granted));
  }

  #patience(granted: Duration): Duration {
    return patienceOf(granted, this.#settingsRef.settings.grace);
  }

  /** Refreshes a binding by a REGISTER that repeats the one before. */
  refresh(binding: Binding, message: SipMessage, now: Instant): void {
    const { phone, granted } = binding;
    binding.cseq = message.cseq?.number ?? 0;
    binding.branchHash = branchHashOf(message);
    binding.expiresAt = after(now, granted);
    if (phone.bindings.length === 1 || primaryBinding(phone) === binding) {
      this.#recordClock(phone, message, now);
      this.#database.keepAlive(phone.registration, now);
    } else this.#phones.renew(binding, binding.callId, this.#endsAt(binding));
  }

  /** At its first refresh a phone has had the time from our first answer: its clock is read then once more. */
  #recordClock({ registration }: RegisteredPhone, message: SipMessage, now: Instant): void {
    if (registration.keepAlives === 0)
      this.#database.facts.recordClock(registration, clockSkewOf(message, this.#clock, now));
  }

  /** The registration of the phone goes on over another flow. */
  move(phone: RegisteredPhone, flow: Flow, now: Instant): void {
    this.#phones.move(phone, flow);
    const { transport, remote } = flow;
    const link = flow.link === 0 ? phone.registration.link : flow.link;
    this.#database.move(phone.registration, { transport, ...remote, link }, now);
  }

  /** Removes bindings. With the primary one, or the last one, the registration of the device ends for `reason`. */
  remove(phone: RegisteredPhone, bindings: readonly Binding[], reason: EndReason, now: Instant): void {
    const primary = primaryBinding(phone);
    for (const binding of bindings) this.#phones.unbind(binding);
    if (phone.bindings.length === 0 || (primary !== undefined && bindings.includes(primary))) {
      this.#phones.remove(phone);
      this.#database.end(phone.registration, reason, now);
    } else if (bindings.length > 0) this.#database.bindLines(phone.registration, boundLines(phone), now);
  }

  /**
   * Unbinds the lines that the device does not have any more, after its configuration has changed. A phone that would
   * have no line left keeps them all, so that it can be told to restart and fetch its file.
   */
  removeLines(phone: RegisteredPhone, now: Instant): void {
    const isConfigured = (dn: DirectoryNumber): boolean => phone.record.configured.lines.some((line) => line.dn === dn);
    if (!phone.bindings.some(({ lines }) => lines.some(isConfigured))) return;
    for (const binding of phone.bindings) binding.lines = binding.lines.filter(isConfigured);
    for (const binding of phone.bindings) if (binding.lines.length === 0) this.#phones.unbind(binding);
    this.#database.bindLines(phone.registration, boundLines(phone), now);
  }

  nextDeadline(): Instant | undefined {
    return this.#phones.nextDeadline();
  }

  postpone(span: Duration): void {
    this.#phones.postpone(span);
  }

  /** Removes the bindings that were not refreshed, while that of the device was. */
  expire(now: Instant): void {
    this.#phones.expire(now, (binding) => this.remove(binding.phone, [binding], 'silence', now));
  }
}
