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
  branchOf,
  primaryBinding,
  type RegisteredPhone,
  type RegisteredPhones,
} from './location.js';
import type { AskedContact } from './requested-contacts.js';

/** One Contact to be bound. */
export interface BindingWish {
  readonly message: SipMessage;
  readonly dn: DirectoryNumber;
  readonly contact: AskedContact;
  readonly granted: Duration;
  /** Whether it stands for all lines of the device. */
  readonly bulk: boolean;
}

export class BindingBook {
  readonly #stations: RegisteredPhones;
  readonly #database: DeviceDatabase;
  readonly #settled: SettingsRef;

  constructor(stations: RegisteredPhones, database: DeviceDatabase, settled: SettingsRef) {
    this.#settled = settled;
    this.#stations = stations;
    this.#database = database;
  }

  /** Binds a Contact, in place of `found` where there is one. */
  store(station: RegisteredPhone, found: Binding | undefined, wish: BindingWish, now: Instant): void {
    const { message, dn, contact, granted, bulk } = wish;
    const { configured } = station.record;
    // What auto-registration made has one line, whatever the phone calls itself before it has its file.
    const own = configured.lines.find((line) => line.dn === dn)?.dn ?? configured.lines[0]?.dn ?? dn;
    const lines = bulk ? configured.lines.map((line) => line.dn) : (found?.lines ?? [own]);
    const before = station.registration.lines.length;
    const askedContact = message.text(ID.Contact) ?? '';
    const { texts } = this.#stations;
    const fresh: Binding = {
      station,
      dn: own === dn ? own : dn,
      lines,
      contact: contact.echo,
      callId: message.callId ?? '',
      cseq: message.cseq?.number ?? 0,
      branch: branchOf(message),
      granted,
      expiresAt: after(now, granted),
      // What many phones write alike is held once.
      uri: texts.of(message.uri),
      from: message.text(ID.From) ?? '',
      to: message.text(ID.To) ?? '',
      tagged: message.toTag !== undefined,
      askedContact: askedContact === contact.echo ? contact.echo : askedContact,
      expires: texts.of(message.text(ID.Expires) ?? ''),
      answeredAt: NEVER,
      dueAt: NEVER,
      heapIndex: NOT_QUEUED,
    };
    if (found !== undefined) {
      const { dueAt, heapIndex, callId } = found;
      Object.assign(found, fresh, { dueAt, heapIndex, callId });
      this.#stations.refreshed(found, fresh.callId, this.#endOf(found));
      if (primaryBinding(station) === found)
        this.#database.keepAlive(station.registration, now, this.#patience(granted));
    } else {
      if (bulk) for (const other of station.bindings) this.#stations.unbind(other);
      this.#stations.bind(fresh);
      for (const each of station.bindings) this.#stations.refreshed(each, each.callId, this.#endOf(each));
    }
    const bound = boundLines(station);
    if (bound.length !== before) this.#database.bindLines(station.registration, bound, now);
  }

  /** When a line that does not carry the device ends by itself; `undefined`: it carries it. */
  #endOf(binding: Binding): Instant | undefined {
    if (primaryBinding(binding.station) === binding) return undefined;
    const { expiresAt, granted } = binding;
    return after(expiresAt, milliseconds(this.#patience(granted) - granted));
  }

  #patience(granted: Duration): Duration {
    return patienceOf(granted, this.#settled.settings.grace);
  }

  /** The same again. */
  refresh(binding: Binding, message: SipMessage, now: Instant): void {
    const { station, granted } = binding;
    binding.cseq = message.cseq?.number ?? 0;
    binding.branch = branchOf(message);
    binding.expiresAt = after(now, granted);
    if (station.bindings.length === 1 || primaryBinding(station) === binding)
      this.#database.keepAlive(station.registration, now);
    else this.#stations.refreshed(binding, binding.callId, this.#endOf(binding));
  }

  /** The station goes on over another flow. */
  move(station: RegisteredPhone, flow: Flow, now: Instant): void {
    this.#stations.move(station, flow);
    const { transport, remote } = flow;
    const link = flow.link === 0 ? station.registration.link : flow.link;
    this.#database.moved(station.registration, { transport, ...remote, link }, now);
  }

  /** Takes bindings away. With the one by which the device lives, or the last, its registration ends for `reason`. */
  remove(station: RegisteredPhone, bindings: readonly Binding[], reason: EndReason, now: Instant): void {
    const lead = primaryBinding(station);
    for (const binding of bindings) this.#stations.unbind(binding);
    if (station.bindings.length === 0 || (lead !== undefined && bindings.includes(lead))) {
      this.#stations.remove(station);
      this.#database.end(station.registration, reason, now);
    } else if (bindings.length > 0) this.#database.bindLines(station.registration, boundLines(station), now);
  }

  /**
   * The device was given other lines: those that it has no more are no longer bound. A phone that has none left of those
   * that it knows stays, so that it can be told to restart and fetch its file.
   */
  reconfigured(station: RegisteredPhone, now: Instant): void {
    const isOwn = (dn: DirectoryNumber): boolean => station.record.configured.lines.some((line) => line.dn === dn);
    if (!station.bindings.some(({ lines }) => lines.some(isOwn))) return;
    for (const binding of station.bindings) binding.lines = binding.lines.filter(isOwn);
    for (const binding of station.bindings) if (binding.lines.length === 0) this.#stations.unbind(binding);
    this.#database.bindLines(station.registration, boundLines(station), now);
  }

  nextDeadline(): Instant | undefined {
    return this.#stations.nextDeadline();
  }

  postpone(span: Duration): void {
    this.#stations.postpone(span);
  }

  /** Lines that were not refreshed while their device was. */
  expire(now: Instant): void {
    this.#stations.expire(now, (binding) => this.remove(binding.station, [binding], 'silence', now));
  }
}
