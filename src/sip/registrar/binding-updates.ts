// Keeps the bindings of the stations and the database in step: what is stored, refreshed, moved and taken away, and what
// the database is told of it. Decides nothing: `registrar.ts` has.

import { NOT_QUEUED } from '../../core/deadline-queue.js';
import type { DirectoryNumber } from '../../core/identifiers.js';
import { after, type Duration, type Instant, milliseconds, NEVER } from '../../core/time.js';
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
import type { RequestedContact } from './requested-contacts.js';

/** One Contact to be bound. */
export interface BindingRequest {
  readonly message: SipMessage;
  readonly dn: DirectoryNumber;
  readonly contact: RequestedContact;
  readonly granted: Duration;
  /** Whether it stands for all lines of the device. */
  readonly bulk: boolean;
}

export class BindingUpdates {
  readonly #phones: RegisteredPhones;
  readonly #database: DeviceDatabase;
  readonly #settingsRef: SettingsRef;

  constructor(phones: RegisteredPhones, database: DeviceDatabase, settingsRef: SettingsRef) {
    this.#settingsRef = settingsRef;
    this.#phones = phones;
    this.#database = database;
  }

  /** Binds a Contact, in place of `found` where there is one. */
  store(phone: RegisteredPhone, found: Binding | undefined, request: BindingRequest, now: Instant): void {
    const { message, dn, contact, granted, bulk } = request;
    const { configured } = phone.record;
    // What auto-registration made has one line, whatever the phone calls itself before it has its file.
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
      // What many phones write alike is held once.
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
      const { dueAt, heapIndex, callId } = found;
      Object.assign(found, fresh, { dueAt, heapIndex, callId });
      this.#phones.renew(found, fresh.callId, this.#endsAt(found));
      if (primaryBinding(phone) === found) this.#database.keepAlive(phone.registration, now, this.#patience(granted));
    } else {
      if (bulk) for (const other of phone.bindings) this.#phones.unbind(other);
      this.#phones.bind(fresh);
      for (const each of phone.bindings) this.#phones.renew(each, each.callId, this.#endsAt(each));
    }
    const bound = boundLines(phone);
    if (bound.length !== before) this.#database.bindLines(phone.registration, bound, now);
  }

  /** When a line that does not carry the device ends by itself; `undefined`: it carries it. */
  #endsAt(binding: Binding): Instant | undefined {
    if (primaryBinding(binding.phone) === binding) return undefined;
    const { expiresAt, granted } = binding;
    return after(expiresAt, milliseconds(this.#patience(granted) - granted));
  }

  #patience(granted: Duration): Duration {
    return patienceOf(granted, this.#settingsRef.settings.grace);
  }

  /** The same again. */
  refresh(binding: Binding, message: SipMessage, now: Instant): void {
    const { phone, granted } = binding;
    binding.cseq = message.cseq?.number ?? 0;
    binding.branchHash = branchHashOf(message);
    binding.expiresAt = after(now, granted);
    if (phone.bindings.length === 1 || primaryBinding(phone) === binding)
      this.#database.keepAlive(phone.registration, now);
    else this.#phones.renew(binding, binding.callId, this.#endsAt(binding));
  }

  /** The station goes on over another flow. */
  move(phone: RegisteredPhone, flow: Flow, now: Instant): void {
    this.#phones.move(phone, flow);
    const { transport, remote } = flow;
    const link = flow.link === 0 ? phone.registration.link : flow.link;
    this.#database.move(phone.registration, { transport, ...remote, link }, now);
  }

  /** Takes bindings away. With the one by which the device lives, or the last, its registration ends for `reason`. */
  remove(phone: RegisteredPhone, bindings: readonly Binding[], reason: EndReason, now: Instant): void {
    const primary = primaryBinding(phone);
    for (const binding of bindings) this.#phones.unbind(binding);
    if (phone.bindings.length === 0 || (primary !== undefined && bindings.includes(primary))) {
      this.#phones.remove(phone);
      this.#database.end(phone.registration, reason, now);
    } else if (bindings.length > 0) this.#database.bindLines(phone.registration, boundLines(phone), now);
  }

  /**
   * The device was given other lines: those that it has no more are no longer bound. A phone that has none left of those
   * that it knows stays, so that it can be told to restart and fetch its file.
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

  /** Lines that were not refreshed while their device was. */
  expire(now: Instant): void {
    this.#phones.expire(now, (binding) => this.remove(binding.phone, [binding], 'silence', now));
  }
}
