// The one owner of device state, in memory. Everybody else asks it by name, hardware address, address or directory
// number, each in constant time, and tells it what happened by intentions. It knows no protocol and holds no socket:
// when it ends a registration, the protocol's server hears `device.unregistered` and closes that link.

import type { HasDeadlines } from '../core/deadline-timer.js';
import type { Publisher } from '../core/event-bus.js';
import { type DirectoryNumber, deviceKey, type MacAddress } from '../core/identifiers.js';
import { after, type Duration, type Instant } from '../core/time.js';
import { ActiveRegistrations } from './active-registrations.js';
import { AutoRegistrar } from './auto-registration.js';
import { type AutoRegisteredStore, autoRegisteredDevice, forgetfulStore } from './auto-registration-state.js';
import {
  type Capability,
  type ConfiguredDevice,
  type DeviceRecord,
  equalDevices,
  type FileFact,
  type LeaseFact,
  type Protocol,
  type Registration,
} from './device.js';
import { Leaseholders } from './device-leases.js';
import { DeviceEventPublisher } from './event-publisher.js';
import type { CommandReason, DeviceCommand, DeviceEvent } from './events.js';
import { type AskedFrom, FileAskers } from './file-askers.js';
import { DeviceLookup } from './lookup.js';
import { modelById } from './models.js';
import { DEFAULT_POLICY, type RegistrationPolicy, refusalOf, whyNoneIsMade } from './policy.js';
import type { EndReason, RefusalDetails, RefusalReason } from './reasons.js';
import {
  type MutableRecord,
  mutableRecord,
  type RegistrationRequest,
  type RegistrationResult,
  rememberFile,
} from './record.js';
import { REGISTRATION, type RegistrationState } from './registration.js';
import { rememberReports } from './reports.js';
import { StateCounts } from './state-counts.js';

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

export class DeviceDatabase implements HasDeadlines {
  readonly #telling: DeviceEventPublisher;
  readonly #auto: AutoRegistrar;
  readonly #lookup = new DeviceLookup((dn) => this.#auto.freed(dn));
  readonly #census = new StateCounts();
  readonly #inForce: ActiveRegistrations;
  readonly #leaseholders: Leaseholders;
  readonly #fileAskers = new FileAskers();
  #policy: RegistrationPolicy;
  #defaultGroup: string;
  /** How many devices are configured. */
  #configured = 0;

  constructor(bus: Publisher<DeviceEvent>, options: DatabaseOptions = {}) {
    this.#telling = new DeviceEventPublisher(bus);
    this.#inForce = new ActiveRegistrations(this.#telling, this.#census);
    this.#leaseholders = new Leaseholders(this.#telling);
    this.#policy = options.policy ?? DEFAULT_POLICY;
    this.#auto = new AutoRegistrar(
      options.store ?? forgetfulStore,
      (dn) => this.#lookup.byDirectoryNumber(dn).length > 0,
    );
    this.#defaultGroup = options.defaultGroup ?? 'Default';
  }

  // ── asking ────────────────────────────────────────────────────────────────────────────────────────────────────

  get size(): number {
    return this.#lookup.size;
  }

  /** Registered or partly so, by protocol. */
  get registered(): Readonly<Record<Protocol, number>> {
    return this.#inForce.registered;
  }

  /** How many are in each state. */
  get states(): Readonly<Record<RegistrationState, number>> {
    return this.#census.counts;
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

  /**
   * The one that has the address by a lease or a registration, or for ten minutes after it named itself from it;
   * `several` where more than one has it.
   */
  holderOf(address: string, at: Instant): DeviceRecord | 'several' | undefined {
    return this.#lookup.holderOf(address, at);
  }

  /** The device that asked for its files from there within the last minute. */
  fileAskerAt(from: AskedFrom, at: Instant): DeviceRecord | undefined {
    const name = this.#fileAskers.at(from, at);
    return name === undefined ? undefined : this.#lookup.byName(name);
  }

  /** Every device with such a line, in order of configuration. */
  byDirectoryNumber(dn: DirectoryNumber): readonly DeviceRecord[] {
    return this.#lookup.byDirectoryNumber(dn);
  }

  // ── configuration ─────────────────────────────────────────────────────────────────────────────────────────────

  /** From now on; what is registered stays. */
  setPolicy(policy: RegistrationPolicy, defaultGroup: string): void {
    this.#policy = policy;
    this.#defaultGroup = defaultGroup;
  }

  /** Brings back the devices that auto-registration made before the last restart. Call it after `configure`. */
  restore(now: Instant): void {
    for (const { entry, model } of this.#auto.before())
      if (this.#lookup.byName(entry.name) === undefined)
        this.#add(autoRegisteredDevice(entry, model, this.#defaultGroup), 'auto-registered', now);
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
      } else if (record.origin !== 'configured' || !equalDevices(record.configured, device)) {
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

  #add(configured: ConfiguredDevice, origin: DeviceRecord['origin'], now: Instant): MutableRecord {
    const record = mutableRecord(configured, origin);
    this.#lookup.add(record);
    if (origin === 'configured') this.#configured += 1;
    this.#census.enter(record);
    this.#telling.configured('device.added', configured.name, now);
    return record;
  }

  #change(record: MutableRecord, device: ConfiguredDevice, now: Instant): void {
    const { protocol, model, suspended } = record.configured;
    if (record.origin === 'auto-registered') {
      this.#configured += 1;
      this.#inForce.adopted(record);
    }
    this.#lookup.change(record, () => {
      record.configured = device;
      record.origin = 'configured';
    });
    if (device.protocol !== protocol || device.model !== model || device.suspended !== suspended)
      this.#endCurrent(record, 'reconfigured', now);
    this.#telling.configured('device.changed', device.name, now);
  }

  #remove(record: MutableRecord, now: Instant): void {
    this.#endCurrent(record, 'reconfigured', now);
    this.#leaseholders.forget(record);
    this.#lookup.remove(record);
    if (record.origin === 'configured') this.#configured -= 1;
    this.#census.leave(record);
    this.#telling.configured('device.removed', record.configured.name, now);
  }

  // ── registration ──────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * A phone asks to be registered. Accepted, it is `registering` until its capabilities or lines are reported; an
   * older registration of the device from another link ends as superseded. Refused, nothing in force changes.
   */
  register(attempt: RegistrationRequest, now: Instant): RegistrationResult {
    const known = this.#lookup.byName(attempt.name) ?? this.#autoRegister(attempt, now);
    if (typeof known === 'string') return this.refuse(attempt, known, now, whyNoneIsMade(attempt, known, this.#policy));
    const refusal = refusalOf({ attempt, record: known, policy: this.#policy, active: this.#taken(known.origin) });
    if (refusal !== undefined) return this.refuse(attempt, refusal.reason, now, refusal.details);
    const { capabilitiesWithin, patience: usual } = this.#policy;
    const patience = attempt.patience ?? usual[attempt.protocol];
    this.#heard(known, attempt.address, now);
    const { registration, again } = this.#inForce.begin(known, attempt, { patience, capabilitiesWithin }, now);
    const { typeId } = attempt;
    if (!again && typeId !== undefined && this.#policy.model === 'match' && modelById(typeId) === undefined)
      this.#telling.typeUnknown(registration.device, typeId, known.configured.model.id, now);
    return { accepted: true, registration, device: known, again };
  }

  /** A refusal that the protocol itself decided, e.g. for wrong credentials: told and remembered like the others. */
  refuse(
    attempt: RegistrationRequest,
    reason: RefusalReason,
    now: Instant,
    details: RefusalDetails = {},
  ): RegistrationResult {
    const record = this.#lookup.byName(attempt.name);
    const [next] = REGISTRATION[record?.state ?? 'unknown'].refuse;
    if (record !== undefined) {
      this.#census.move(record, next);
      record.reason = { at: now, reason, ...details };
    }
    this.#telling.refused(attempt, record, reason, details, now);
    return { accepted: false, reason, device: record };
  }

  /** SCCP: the phone's codecs, which make it registered. `false`: this registration is no longer in force. */
  reportCapabilities(registration: Registration, capabilities: readonly Capability[], now: Instant): boolean {
    const own = this.#inForce.mutable(registration);
    if (own === undefined) return false;
    own.capabilities = capabilities;
    own.lines = own.record.configured.lines.map(({ dn }) => dn);
    this.#inForce.complete(own, 'all-lines', now);
    return true;
  }

  /** SIP: these lines are bound now; all of the device's make it registered, some make it partly so. None ends nothing. */
  bindLines(registration: Registration, lines: readonly DirectoryNumber[], now: Instant): boolean {
    const own = this.#inForce.mutable(registration);
    if (own === undefined || lines.length === 0) return false;
    own.lines = lines;
    const all = own.record.configured.lines.every(({ dn }) => lines.includes(dn));
    this.#inForce.complete(own, all ? 'all-lines' : 'some-lines', now);
    return true;
  }

  /** A keepalive or refresh. `patience` where what was granted has changed. */
  keepAlive(registration: Registration, now: Instant, patience?: Duration): boolean {
    const own = this.#inForce.mutable(registration);
    if (own === undefined) return false;
    // From keepalive to keepalive: other signs of life between them say nothing of how evenly they come.
    const interval = now - own.lastKeepAliveAt;
    if (own.keepAlives > 0) own.jitter += (Math.abs(interval - own.lastInterval) - own.jitter) / 16;
    own.lastInterval = interval;
    own.lastKeepAliveAt = now;
    own.keepAlives += 1;
    if (patience !== undefined) own.patience = patience;
    this.#inForce.touch(own, now);
    return true;
  }

  /** Any other sign of life. Does not count as a keepalive. */
  touch(registration: Registration, now: Instant): void {
    const own = this.#inForce.mutable(registration);
    if (own !== undefined) this.#inForce.touch(own, now);
  }

  /** Ends a registration, if it is still the one in force. */
  end(registration: Registration, reason: EndReason, now: Instant): boolean {
    const own = this.#inForce.mutable(registration);
    if (own === undefined) return false;
    this.#inForce.end(own, reason, now);
    return true;
  }

  /** The link has gone. The registration ends at once or, where the policy holds it for a moment, unless it is heard of again. */
  connectionLost(registration: Registration, now: Instant): void {
    const own = this.#inForce.mutable(registration);
    if (own === undefined) return;
    const hold = this.#policy.hold[own.protocol];
    if (hold === 0) {
      this.#inForce.end(own, 'connection-lost', now);
      return;
    }
    own.held = true;
    this.#inForce.setDeadline(own, after(now, hold));
  }

  /** The registration goes on over another link: its phone came back within the hold, or from another port. */
  moved(
    registration: Registration,
    to: Pick<Registration, 'transport' | 'address' | 'port' | 'link'>,
    now: Instant,
  ): void {
    const own = this.#inForce.mutable(registration);
    if (own === undefined) return;
    own.transport = to.transport;
    own.address = to.address;
    own.port = to.port;
    own.link = to.link;
    this.#heard(own.record, to.address, now);
    this.#inForce.touch(own, now);
  }

  /** Ends every registration, when this server stops. */
  endAll(reason: EndReason, now: Instant): void {
    for (const { registration } of this.#lookup.all())
      if (registration !== undefined) this.#inForce.end(registration, reason, now);
  }

  // ── facts ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** A device made itself known from `address`. */
  recordAddress(name: string, address: string, now: Instant): void {
    const record = this.#lookup.byName(name);
    if (record !== undefined) this.#heard(record, address, now);
  }

  /** A device asked for a file from that address and port. */
  recordFileRequest(name: string, fact: FileFact, from: AskedFrom): void {
    const record = this.#lookup.byName(name);
    if (record === undefined) return;
    rememberFile(record, fact);
    this.#fileAskers.asked(record.configured.name, from, fact.at);
  }

  /** What a phone told of itself, by name. The oldest go where there are more than `REPORTS_REMEMBERED`. */
  recordReport(name: string, facts: Readonly<Record<string, string | number | boolean>>, now: Instant): void {
    const record = this.#lookup.byName(name);
    if (record === undefined) return;
    rememberReports(record, facts, now);
    this.#telling.reported(record.configured.name, facts, now);
  }

  /** DHCP gave an address, or gave it for longer. Whoever has it, by hardware address or by name, hears of it. */
  recordLease(lease: LeaseFact, now: Instant): void {
    const owner = this.#lookup.byMac(lease.mac);
    const isNew = owner !== undefined && owner.lease?.address !== lease.address;
    this.#leaseholders.leased(lease, owner, now);
    if (isNew) this.#lookup.heardFrom(owner, lease.address, now);
  }

  /** The lease was released, declined or has expired. */
  endLease(address: string, now: Instant): void {
    this.#leaseholders.ended(address, now);
  }

  /** Where DHCP serves: whose lease an address is, for devices that it does not know by their hardware address. */
  setLeaseSource(leaseAt: (address: string) => LeaseFact | undefined): void {
    this.#leaseholders.leaseAt = leaseAt;
  }

  /** Somebody sent the phone its protocol's own command. */
  recordCommand(name: string, command: DeviceCommand, now: Instant, because?: CommandReason): void {
    const record = this.#lookup.byName(name);
    if (record !== undefined) this.#telling.commanded(record.configured.name, command, now, because);
  }

  // ── deadlines ─────────────────────────────────────────────────────────────────────────────────────────────────

  nextDeadline(): Instant | undefined {
    return this.#inForce.nextDeadline();
  }

  expire(now: Instant): void {
    this.#inForce.expire(now);
  }

  /** Registrations that must be heard of; leases are no matter of ours. */
  postpone(span: Duration): void {
    this.#inForce.postpone(span);
  }

  /** `callback` is called when a deadline has come nearer: the pump's `touch`. */
  onEarlierDeadline(callback: () => void): void {
    this.#inForce.whenSooner(callback);
  }

  #heard(record: MutableRecord, address: string, now: Instant): void {
    this.#lookup.heardFrom(record, address, now);
    this.#leaseholders.heardFrom(record, address, now);
  }

  #endCurrent(record: MutableRecord, reason: EndReason, now: Instant): void {
    if (record.registration !== undefined) this.#inForce.end(record.registration, reason, now);
  }

  /** Registrations that are not to be had: for phones that nobody configured, also those that configured devices may want. */
  #taken(origin: DeviceRecord['origin']): number {
    const { active, autoRegistered } = this.#inForce;
    return origin === 'configured' ? active : Math.max(active, autoRegistered + this.#configured);
  }

  /** The new record, or why there is none. */
  #autoRegister(attempt: RegistrationRequest, now: Instant): MutableRecord | RefusalReason {
    const full = this.#taken('auto-registered') >= this.#policy.maxDevices;
    const given = this.#auto.give(attempt, this.#policy, full, now);
    if (typeof given === 'string') return given;
    const { entry, model } = given;
    const record = this.#add(autoRegisteredDevice(entry, model, this.#defaultGroup), 'auto-registered', now);
    this.#telling.autoRegistered(entry, now);
    return record;
  }
}
