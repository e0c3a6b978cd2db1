// The one owner of device state, in memory. Everybody else asks it by name, hardware address, address or directory
// number, each in constant time, and tells it what happened by intentions. It knows no protocol and holds no socket:
// when it ends a registration, the protocol's server hears `device.unregistered` and closes that link.

import { Deadlines } from '../core/deadlines.js';
import {
  type DeviceName,
  type DirectoryNumber,
  deviceKey,
  type MacAddress,
  parseDeviceName,
} from '../core/identity.js';
import type { Publisher } from '../core/journal.js';
import type { Engine } from '../core/pump.js';
import { after, type Duration, type Instant } from '../core/time.js';
import { type AutoRegisteredStore, autoRegisteredDevice, forgetfulStore } from './auto-registration.js';
import {
  type Capability,
  type ConfiguredDevice,
  type DeviceRecord,
  FILES_REMEMBERED,
  type FileFact,
  type LeaseFact,
  type Protocol,
  REPORTS_REMEMBERED,
  type Registration,
} from './device.js';
import type { DeviceCommand, DeviceEvent, DeviceRegistered } from './events.js';
import { FreeNumbers } from './free-numbers.js';
import { DeviceLookup } from './lookup.js';
import { modelById } from './models.js';
import { DEFAULT_POLICY, type RegistrationPolicy, refusalOf } from './policy.js';
import type { EndReason, RefusalReason } from './reasons.js';
import {
  type Admission,
  type OwnRecord,
  type OwnRegistration,
  ownRecord,
  ownRegistration,
  type RegistrationAttempt,
} from './record.js';
import { REGISTRATION, type Signal } from './registration.js';
import { sameDevice } from './same-device.js';

/** How many devices a new configuration added, changed, removed and left as they were. */
export interface Reconfiguration {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  readonly unchanged: number;
}

export interface DatabaseOptions {
  readonly policy?: RegistrationPolicy;
  readonly store?: AutoRegisteredStore;
  /** The group of auto-registered devices. */
  readonly defaultGroup?: string;
}

export class DeviceDatabase implements Engine {
  readonly #journal: Publisher<DeviceEvent>;
  readonly #store: AutoRegisteredStore;
  readonly #lookup = new DeviceLookup((dn) => this.#numbers?.freed(dn));
  readonly #deadlines = new Deadlines<OwnRegistration>();
  readonly #registered: Record<Protocol, number> = { SCCP: 0, SIP: 0 };
  #policy: RegistrationPolicy;
  #defaultGroup: string;
  /** Of the range that auto-registration gives from, once it has. */
  #numbers: FreeNumbers | undefined;
  #generation = 0;
  #active = 0;
  #sooner: () => void = () => {};

  constructor(journal: Publisher<DeviceEvent>, options: DatabaseOptions = {}) {
    this.#journal = journal;
    this.#policy = options.policy ?? DEFAULT_POLICY;
    this.#store = options.store ?? forgetfulStore;
    this.#defaultGroup = options.defaultGroup ?? 'Default';
  }

  // ── asking ────────────────────────────────────────────────────────────────────────────────────────────────────

  get size(): number {
    return this.#lookup.size;
  }

  /** Registered or partly so, by protocol. */
  get registered(): Readonly<Record<Protocol, number>> {
    return this.#registered;
  }

  /** In the order of configuration. */
  devices(): IterableIterator<DeviceRecord> {
    return this.#lookup.all();
  }

  /** Case-blind. */
  byName(name: string): DeviceRecord | undefined {
    return this.#lookup.byName(name);
  }

  /** Where two devices share one hardware address (two soft phones on one computer), the one named by it. */
  byMac(mac: MacAddress): DeviceRecord | undefined {
    return this.#lookup.byMac(mac);
  }

  /** The device last heard from this address. */
  byAddress(address: string): DeviceRecord | undefined {
    return this.#lookup.byAddress(address);
  }

  /** Every device with such a line, in order of configuration. */
  byDirectoryNumber(dn: DirectoryNumber): readonly DeviceRecord[] {
    return this.#lookup.byDirectoryNumber(dn);
  }

  // ── configuration ─────────────────────────────────────────────────────────────────────────────────────────────

  /** From now on; what is registered stays. */
  govern(policy: RegistrationPolicy, defaultGroup: string): void {
    this.#policy = policy;
    this.#defaultGroup = defaultGroup;
  }

  /** Brings back the devices that auto-registration made before the last restart. Call it after `configure`. */
  restore(now: Instant): void {
    for (const entry of this.#store.all()) {
      const model = modelById(entry.typeId);
      if (model === undefined || this.#lookup.byName(entry.name) !== undefined) continue;
      this.#add(autoRegisteredDevice(entry, model, this.#defaultGroup), 'auto-registered', now);
    }
  }

  /**
   * Makes the configured devices these ones: adds, changes and removes what differs, and leaves the rest in peace. A
   * registration ends where its device goes or no longer fits its protocol or model. Auto-registered devices stay.
   */
  configure(devices: readonly ConfiguredDevice[], now: Instant): Reconfiguration {
    const kept = new Set<string>();
    let added = 0;
    let changed = 0;
    for (const device of devices) {
      kept.add(deviceKey(device.name));
      const record = this.#lookup.byName(device.name);
      if (record === undefined) {
        this.#add(device, 'configured', now);
        added += 1;
      } else if (record.origin !== 'configured' || !sameDevice(record.configured, device)) {
        this.#change(record, device, now);
        changed += 1;
      }
    }
    const gone = [...this.#lookup.all()].filter(
      ({ configured, origin }) => origin === 'configured' && !kept.has(deviceKey(configured.name)),
    );
    for (const record of gone) this.#remove(record, now);
    return { added, changed, removed: gone.length, unchanged: devices.length - added - changed };
  }

  #add(configured: ConfiguredDevice, origin: DeviceRecord['origin'], now: Instant): OwnRecord {
    const record = ownRecord(configured, origin);
    this.#lookup.add(record);
    this.#tellConfigured('device.added', configured.name, now);
    return record;
  }

  #change(record: OwnRecord, device: ConfiguredDevice, now: Instant): void {
    const { protocol, model, suspended } = record.configured;
    this.#lookup.change(record, () => {
      record.configured = device;
      record.origin = 'configured';
    });
    if (device.protocol !== protocol || device.model !== model || device.suspended !== suspended)
      this.#endCurrent(record, 'reconfigured', now);
    this.#tellConfigured('device.changed', device.name, now);
  }

  #remove(record: OwnRecord, now: Instant): void {
    this.#endCurrent(record, 'reconfigured', now);
    this.#lookup.remove(record);
    this.#tellConfigured('device.removed', record.configured.name, now);
  }

  #tellConfigured(type: 'device.added' | 'device.changed' | 'device.removed', device: DeviceName, at: Instant): void {
    if (this.#journal.listens(type)) this.#journal.publish({ type, at, device });
  }

  // ── registration ──────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * A phone asks to be registered. Accepted, it is `registering` until its capabilities or lines are reported; an
   * older registration of the device from another link ends as superseded. Refused, nothing in force changes.
   */
  register(attempt: RegistrationAttempt, now: Instant): Admission {
    const known = this.#lookup.byName(attempt.name) ?? this.#autoRegister(attempt, now);
    if (typeof known === 'string') return this.refuse(attempt, known, now);
    const reason = refusalOf({ attempt, record: known, policy: this.#policy, active: this.#active });
    if (reason !== undefined) return this.refuse(attempt, reason, now);
    const previous = known.registration;
    const again = previous?.link === attempt.link;
    if (previous !== undefined) {
      if (again) this.#forget(known, previous);
      else this.#end(previous, 'superseded', now);
    }
    const patience = attempt.patience ?? this.#policy.patience[attempt.protocol];
    const registration = ownRegistration(known, attempt, ++this.#generation, patience, now);
    known.registration = registration;
    this.#active += 1;
    this.#lookup.heardFrom(known, attempt.address);
    this.#signal(known, registration, 'register', now);
    this.#await(registration, after(now, this.#policy.capabilitiesWithin));
    return { accepted: true, registration, device: known, again };
  }

  /** A refusal that the protocol itself decided, e.g. for wrong credentials: told and remembered like the others. */
  refuse(attempt: RegistrationAttempt, reason: RefusalReason, now: Instant): Admission {
    const record = this.#lookup.byName(attempt.name);
    const [next, fact] = REGISTRATION[record?.state ?? 'unknown'].refuse;
    if (record !== undefined) {
      record.state = next;
      record.reason = { at: now, reason };
    }
    if (this.#journal.listens(fact)) {
      const { protocol, transport, address, port, link, typeId } = attempt;
      const device = record?.configured.name ?? attempt.name;
      const about = { at: now, device, protocol, transport, address, port, link, typeId };
      this.#journal.publish({ type: fact, ...about, reason });
    }
    return { accepted: false, reason, device: record };
  }

  /** SCCP: the phone's codecs, which make it registered. `false`: this registration is no longer in force. */
  reportCapabilities(registration: Registration, capabilities: readonly Capability[], now: Instant): boolean {
    const own = this.#inForce(registration);
    if (own === undefined) return false;
    own.capabilities = capabilities;
    own.lines = own.record.configured.lines.map(({ dn }) => dn);
    this.#complete(own, 'all-lines', now);
    return true;
  }

  /** SIP: these lines are bound now; all of the device's make it registered, some make it partly so. None ends nothing. */
  bindLines(registration: Registration, lines: readonly DirectoryNumber[], now: Instant): boolean {
    const own = this.#inForce(registration);
    if (own === undefined || lines.length === 0) return false;
    own.lines = lines;
    const all = own.record.configured.lines.every(({ dn }) => lines.includes(dn));
    this.#complete(own, all ? 'all-lines' : 'some-lines', now);
    return true;
  }

  /** A keepalive or refresh. `patience` where what was granted has changed. */
  heard(registration: Registration, now: Instant, patience?: Duration): boolean {
    const own = this.#inForce(registration);
    if (own === undefined) return false;
    // From keepalive to keepalive: other signs of life between them say nothing of how evenly they come.
    const interval = now - own.lastKeepAliveAt;
    if (own.keepAlives > 0) own.jitter += (Math.abs(interval - own.lastInterval) - own.jitter) / 16;
    own.lastInterval = interval;
    own.lastKeepAliveAt = now;
    own.keepAlives += 1;
    if (patience !== undefined) own.patience = patience;
    this.#live(own, now);
    return true;
  }

  /** Any other sign of life. Does not count as a keepalive. */
  alive(registration: Registration, now: Instant): void {
    const own = this.#inForce(registration);
    if (own !== undefined) this.#live(own, now);
  }

  /** Ends a registration, if it is still the one in force. */
  end(registration: Registration, reason: EndReason, now: Instant): boolean {
    const own = this.#inForce(registration);
    if (own === undefined) return false;
    this.#end(own, reason, now);
    return true;
  }

  /** The link has gone. The registration ends at once or, where the policy holds it for a moment, unless it is heard of again. */
  lost(registration: Registration, now: Instant): void {
    const own = this.#inForce(registration);
    if (own === undefined) return;
    const hold = this.#policy.hold[own.protocol];
    if (hold === 0) {
      this.#end(own, 'connection-lost', now);
      return;
    }
    own.held = true;
    this.#await(own, after(now, hold));
  }

  /** The registration goes on over another link: its phone came back within the hold, or from another port. */
  moved(
    registration: Registration,
    to: Pick<Registration, 'transport' | 'address' | 'port' | 'link'>,
    now: Instant,
  ): void {
    const own = this.#inForce(registration);
    if (own === undefined) return;
    own.transport = to.transport;
    own.address = to.address;
    own.port = to.port;
    own.link = to.link;
    this.#lookup.heardFrom(own.record, to.address);
    this.#live(own, now);
  }

  /** Ends every registration, when this server stops. */
  endAll(reason: EndReason, now: Instant): void {
    for (const { registration } of this.#lookup.all())
      if (registration !== undefined) this.#end(registration, reason, now);
  }

  // ── facts ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** A device made itself known from `address`. */
  heardFrom(name: string, address: string): void {
    const record = this.#lookup.byName(name);
    if (record !== undefined) this.#lookup.heardFrom(record, address);
  }

  /** A device asked for a file. */
  fileAsked(name: string, fact: FileFact): void {
    const record = this.#lookup.byName(name);
    if (record === undefined) return;
    record.files.push(fact);
    if (record.files.length > FILES_REMEMBERED) record.files.shift();
  }

  /** What a phone told of itself, by name. The oldest go where there are more than `REPORTS_REMEMBERED`. */
  reported(name: string, facts: Readonly<Record<string, string | number | boolean>>, now: Instant): void {
    const record = this.#lookup.byName(name);
    if (record === undefined) return;
    for (const [key, value] of Object.entries(facts)) {
      record.reports.delete(key);
      record.reports.set(key, { at: now, value });
    }
    for (const key of record.reports.keys()) {
      if (record.reports.size <= REPORTS_REMEMBERED) break;
      record.reports.delete(key);
    }
    if (this.#journal.listens('device.reported'))
      this.#journal.publish({ type: 'device.reported', at: now, device: record.configured.name, facts });
  }

  /** DHCP gave the device of this hardware address an address, or gave it for longer. */
  leased(mac: MacAddress, lease: LeaseFact, now: Instant): void {
    const record = this.#lookup.byMac(mac);
    if (record === undefined) return;
    const renewed = record.lease?.address === lease.address;
    record.lease = lease;
    this.#lookup.heardFrom(record, lease.address);
    if (!renewed) this.#tellLease('device.leased', record, lease.address, now);
  }

  /** The lease was released, declined or has expired. */
  leaseEnded(mac: MacAddress, now: Instant): void {
    const record = this.#lookup.byMac(mac);
    if (record?.lease === undefined) return;
    const { address } = record.lease;
    record.lease = undefined;
    this.#tellLease('device.lease-ended', record, address, now);
  }

  /** Somebody sent the phone its protocol's own command. */
  commanded(name: string, command: DeviceCommand, now: Instant): void {
    const record = this.#lookup.byName(name);
    if (record === undefined) return;
    this.#journal.publish({ type: 'device.commanded', at: now, device: record.configured.name, command });
  }

  // ── deadlines ─────────────────────────────────────────────────────────────────────────────────────────────────

  nextDeadline(): Instant | undefined {
    return this.#deadlines.next();
  }

  expire(now: Instant): void {
    this.#deadlines.expire(now, (registration) => this.#end(registration, overdue(registration), now));
  }

  /** `callback` is called when a deadline has come nearer: the pump's `touch`. */
  whenSooner(callback: () => void): void {
    this.#sooner = callback;
  }

  #await(registration: OwnRegistration, at: Instant): void {
    const next = this.#deadlines.next();
    this.#deadlines.set(registration, at);
    if (next === undefined || at < next) this.#sooner();
  }

  #live(own: OwnRegistration, now: Instant): void {
    own.lastHeardAt = now;
    own.held = false;
    // While its capabilities are outstanding a phone may not put off the end by chatting.
    if (own.registeredAt !== undefined) this.#await(own, after(now, own.patience));
  }

  // ── the machine ───────────────────────────────────────────────────────────────────────────────────────────────

  #inForce(registration: Registration): OwnRegistration | undefined {
    const own = registration as OwnRegistration;
    return own.record.registration === own ? own : undefined;
  }

  #complete(own: OwnRegistration, signal: 'some-lines' | 'all-lines', now: Instant): void {
    const first = own.registeredAt === undefined;
    if (first) {
      own.registeredAt = now;
      this.#registered[own.protocol] += 1;
    }
    this.#live(own, now);
    this.#signal(own.record, own, signal, now);
  }

  #endCurrent(record: OwnRecord, reason: EndReason, now: Instant): void {
    if (record.registration !== undefined) this.#end(record.registration, reason, now);
  }

  #end(own: OwnRegistration, reason: EndReason, now: Instant): void {
    const { record } = own;
    this.#forget(record, own);
    record.reason = { at: now, reason };
    this.#signal(record, own, 'end', now, reason);
  }

  #forget(record: OwnRecord, own: OwnRegistration): void {
    record.registration = undefined;
    this.#active -= 1;
    if (own.registeredAt !== undefined) this.#registered[own.protocol] -= 1;
    this.#deadlines.set(own, undefined);
  }

  #signal(record: OwnRecord, own: OwnRegistration, signal: Signal, now: Instant, reason?: EndReason): void {
    const transition = REGISTRATION[record.state][signal];
    if (transition === undefined) return;
    const [next, fact] = transition;
    record.state = next;
    if (fact === undefined || !this.#journal.listens(fact)) return;
    const { device, protocol, transport, address, port, link, generation, typeId } = own;
    const about = { at: now, device, protocol, transport, address, port, link, generation, typeId };
    switch (fact) {
      case 'device.registering':
        this.#journal.publish({
          type: fact,
          ...about,
          protocolVersion: own.protocolVersion,
          lines: record.configured.lines.map(({ dn }) => dn),
        });
        return;
      case 'device.registered':
      case 'device.partially-registered':
        this.#journal.publish(this.#registeredFact(fact, about, own));
        return;
      case 'device.unregistered':
        this.#journal.publish({
          type: fact,
          ...about,
          reason: reason ?? 'unregistered',
          lasted: now - own.startedAt,
          keepAlives: own.keepAlives,
        });
        return;
    }
  }

  #registeredFact(
    type: DeviceRegistered['type'],
    about: Omit<DeviceRegistered, 'type' | 'load' | 'lines' | 'registeredSccp' | 'registeredSip'>,
    own: OwnRegistration,
  ): DeviceRegistered {
    const { SCCP: registeredSccp, SIP: registeredSip } = this.#registered;
    return { type, ...about, load: own.load, lines: own.lines, registeredSccp, registeredSip };
  }

  /** The new record, or why there is none. */
  #autoRegister(attempt: RegistrationAttempt, now: Instant): OwnRecord | RefusalReason {
    const range = this.#policy.autoRegistration;
    const name = parseDeviceName(attempt.name);
    if (range === undefined || name === undefined || attempt.typeId === undefined) return 'unknown-device';
    if (this.#active >= this.#policy.maxDevices) return 'full';
    const model = modelById(attempt.typeId);
    if (model === undefined || !model.protocols.includes(attempt.protocol)) return 'unsupported-model';
    const dn = this.#numbersOf(range).lowest();
    if (dn === undefined) return 'auto-registration-exhausted';
    const { protocol, typeId } = attempt;
    const entry = { name, dn, typeId, protocol };
    try {
      this.#store.remember(entry);
    } catch {
      // A number that a restart would forget is not given away.
      return 'auto-registration-unsaved';
    }
    const record = this.#add(autoRegisteredDevice(entry, model, this.#defaultGroup), 'auto-registered', now);
    if (this.#journal.listens('device.auto-registered'))
      this.#journal.publish({ type: 'device.auto-registered', at: now, device: name, dn, typeId, protocol });
    return record;
  }

  #numbersOf({ first, last }: NonNullable<RegistrationPolicy['autoRegistration']>): FreeNumbers {
    if (this.#numbers?.first !== first || this.#numbers.last !== last)
      this.#numbers = new FreeNumbers(first, last, (dn) => this.#lookup.byDirectoryNumber(dn).length > 0);
    return this.#numbers;
  }

  #tellLease(type: 'device.leased' | 'device.lease-ended', record: OwnRecord, address: string, at: Instant): void {
    if (this.#journal.listens(type)) this.#journal.publish({ type, at, device: record.configured.name, address });
  }
}

const overdue = ({ held, registeredAt }: OwnRegistration): EndReason => {
  if (held) return 'connection-lost';
  return registeredAt === undefined ? 'no-capabilities' : 'silence';
};
