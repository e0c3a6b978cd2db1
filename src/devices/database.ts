import type { HasDeadlines } from '../core/deadline-timer.js';
import type { Publisher } from '../core/event-bus.js';
import {
  type DeviceKey,
  type DeviceName,
  type DirectoryNumber,
  deviceKey,
  type MacAddress,
} from '../core/identifiers.js';
import { after, type Duration, type Instant } from '../core/time.js';
import { ActiveRegistrations } from './active-registrations.js';
import { AutoRegistrar } from './auto-registration.js';
import {
  type AutoRegistered,
  type AutoRegisteredStore,
  autoRegisteredDevice,
  forgetfulStore,
} from './auto-registration-state.js';
import {
  type Capability,
  type ConfiguredDevice,
  type DeviceOrigin,
  type DeviceRecord,
  equalDevices,
  type FileFact,
  type LeaseFact,
  type Protocol,
  type Registration,
} from './device.js';
import { DeviceFacts } from './device-facts.js';
import { DeviceLeases } from './device-leases.js';
import { modeInForce } from './device-security.js';
import { DeviceEventPublisher } from './event-publisher.js';
import type { CommandReason, DeviceCommand, DeviceEvent } from './events.js';
import { FileRequesters, type RequestOrigin } from './file-requesters.js';
import { KeepAliveWatch } from './keep-alive-watch.js';
import { DeviceLookup } from './lookup.js';
import { forgetfulMessages, type MessagesStore, MessagesWaiting } from './messages-waiting.js';
import { modelById } from './models.js';
import { certificateNamesDevice } from './names-of-device.js';
import {
  type AttemptRefusal,
  DEFAULT_POLICY,
  type RegistrationPolicy,
  refusalOf,
  securityRefusalOf,
  whyNoneIsMade,
} from './policy.js';
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
import type { SharedNumbers } from './shared-numbers.js';
import { StateCounts } from './state-counts.js';

/** How many devices a new configuration added, changed, removed and left as they were. */
export interface Reconfiguration {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  readonly unchanged: number;
}

const NONE_AT_RUNTIME: ReadonlySet<DeviceKey> = new Set();

/** All optional: the defaults are those of a lab without auto-registration. */
export interface DatabaseOptions {
  readonly policy?: RegistrationPolicy;
  readonly store?: AutoRegisteredStore;
  /**
   * Called with the certificate of its factory that a phone has registered with, which names the device and is trusted: its SHA-256 in
   * lower-case hexadecimal digits, and what makes its DER. It is called at each registration, and must not take long.
   */
  readonly onFactoryCertificate?: (device: DeviceName, fingerprint: string, read: () => Buffer) => void;
  /** Where waiting messages are kept. */
  readonly messages?: MessagesStore;
  /** The group of auto-registered devices. */
  readonly defaultGroup?: string;
}

/**
 * The one owner of device state, in memory. Others ask it by name, hardware address, address or directory number,
 * each in constant time, and report to it what happened. It knows no protocol and has no socket: when it ends a
 * registration, it publishes `device.unregistered`, and the server of that protocol closes the link.
 */
export class DeviceDatabase implements HasDeadlines {
  readonly #events: DeviceEventPublisher;
  readonly #auto: AutoRegistrar;
  readonly #lookup = new DeviceLookup((dn) => this.#auto.release(dn));
  readonly #stateCounts = new StateCounts();
  readonly #active: ActiveRegistrations;
  readonly #keepAlives: Record<Protocol, number> = { SCCP: 0, SIP: 0 };
  readonly #leases: DeviceLeases;
  readonly #fileRequesters = new FileRequesters();
  /** What is learnt about devices besides their registrations. */
  readonly facts: DeviceFacts;
  /** The times of keepalives of the devices that somebody looks at. */
  readonly keepAliveWatch = new KeepAliveWatch();
  /** The messages that wait for the users of lines. */
  readonly messages: MessagesWaiting;
  readonly #onFactoryCertificate: DatabaseOptions['onFactoryCertificate'];
  #policy: RegistrationPolicy;
  #defaultGroup: string;
  /** How many devices are configured. */
  #configured = 0;

  constructor(bus: Publisher<DeviceEvent>, options: DatabaseOptions = {}) {
    this.#events = new DeviceEventPublisher(bus);
    this.#active = new ActiveRegistrations(this.#events, this.#stateCounts);
    this.#leases = new DeviceLeases(this.#events);
    this.facts = new DeviceFacts((name) => this.#lookup.byName(name), this.#events);
    this.messages = new MessagesWaiting({
      store: options.messages ?? forgetfulMessages,
      events: this.#events,
      devicesOf: (dn) => this.#lookup.byDirectoryNumber(dn),
    });
    this.#onFactoryCertificate = options.onFactoryCertificate;
    this.#policy = options.policy ?? DEFAULT_POLICY;
    this.#auto = new AutoRegistrar(
      options.store ?? forgetfulStore,
      (dn) => this.#lookup.byDirectoryNumber(dn).length > 0,
    );
    this.#defaultGroup = options.defaultGroup ?? 'Default';
  }

  // ── queries ────────────────────────────────────────────────────────────────────────────────────────────────────

  get size(): number {
    return this.#lookup.size;
  }

  /** Registered or partly so, by protocol. */
  get registered(): Readonly<Record<Protocol, number>> {
    return this.#active.registered;
  }

  /** Keepalives and refreshes since the start, by protocol. */
  get keepAlives(): Readonly<Record<Protocol, number>> {
    return this.#keepAlives;
  }

  /** How many are in each state. */
  get states(): Readonly<Record<RegistrationState, number>> {
    return this.#stateCounts.counts;
  }

  /** In the order of configuration. */
  devices(): IterableIterator<DeviceRecord> {
    return this.#lookup.all();
  }

  /** Case-blind. */
  byName(name: string): DeviceRecord | undefined {
    return this.#lookup.byName(name);
  }

  /** If two devices share one hardware address (two soft phones on one computer): the one that is named by it. */
  byMac(mac: MacAddress): DeviceRecord | undefined {
    return this.#lookup.byMac(mac);
  }

  /** The device that was last seen at this address. */
  byAddress(address: string): DeviceRecord | undefined {
    return this.#lookup.byAddress(address);
  }

  /**
   * The device that has the address: by a lease, by a registration, or for ten minutes after it gave its name from
   * there. `several`: more than one has it.
   */
  holderOf(address: string, at: Instant): DeviceRecord | 'several' | undefined {
    return this.#lookup.holderOf(address, at);
  }

  /** The device that requested its files from there within the last minute. */
  fileRequesterAt(from: RequestOrigin, at: Instant): DeviceRecord | undefined {
    const name = this.#fileRequesters.find(from, at);
    return name === undefined ? undefined : this.#lookup.byName(name);
  }

  /** Every device with such a line, in order of configuration. */
  byDirectoryNumber(dn: DirectoryNumber): readonly DeviceRecord[] {
    return this.#lookup.byDirectoryNumber(dn);
  }

  // ── configuration ─────────────────────────────────────────────────────────────────────────────────────────────

  /** Sets the policy for future registrations. Those in force stay. */
  setPolicy(policy: RegistrationPolicy, defaultGroup: string): void {
    this.#policy = policy;
    this.#defaultGroup = defaultGroup;
  }

  /** Brings back the devices that auto-registration made before the last restart. Call it after `configure`. */
  restore(now: Instant): void {
    for (const { entry, model } of this.#auto.restored())
      if (this.#lookup.byName(entry.name) === undefined)
        this.#add(autoRegisteredDevice(entry, model, this.#defaultGroup), 'auto-registered', now);
  }

  /** Shares the numbers of auto-registration with the other nodes of the cluster. */
  shareNumbers(numbers: SharedNumbers): void {
    this.#auto.share(numbers);
  }

  /** What auto-registration made of a device. `undefined`: nothing, or it is configured. */
  autoRegistered(name: string): AutoRegistered | undefined {
    const record = this.#lookup.byName(name);
    return record === undefined ? undefined : autoRegisteredEntry(record);
  }

  /**
   * Takes in a phone to which another node of the cluster gave a number. A phone that has another number here gets that
   * one, and its registration ends. `false`: nothing has changed; the device is configured, or of an unknown model.
   */
  learnAutoRegistered(entry: AutoRegistered, now: Instant): boolean {
    const record = this.#lookup.byName(entry.name);
    if (record !== undefined && autoRegisteredEntry(record)?.dn === entry.dn) return false;
    if (record !== undefined && record.origin !== 'auto-registered') return false;
    const learnt = this.#auto.learnt(entry, record !== undefined);
    if (learnt === undefined) return false;
    if (record !== undefined) this.#remove(record, now);
    this.#add(autoRegisteredDevice(entry, learnt.model, this.#defaultGroup), 'auto-registered', now);
    return true;
  }

  /**
   * Sets the configured devices: adds, changes and removes what differs, and leaves the rest alone. A registration
   * ends if its device is removed or changes its protocol or model. Auto-registered devices stay. `runtime`: the names
   * of those that were added or changed while the daemon runs.
   */
  configure(
    devices: readonly ConfiguredDevice[],
    now: Instant,
    runtime: ReadonlySet<DeviceKey> = NONE_AT_RUNTIME,
  ): Reconfiguration {
    const kept = new Set<DeviceKey>();
    const counts = { added: 0, changed: 0, unchanged: 0 };
    for (const device of devices) {
      const key = deviceKey(device.name);
      kept.add(key);
      counts[this.put(device, runtime.has(key) ? 'runtime' : 'configured', now)] += 1;
    }
    const gone = [...this.#lookup.all()].filter(
      ({ configured, origin }) => origin !== 'auto-registered' && !kept.has(deviceKey(configured.name)),
    );
    for (const record of gone) this.#remove(record, now);
    return { ...counts, removed: gone.length };
  }

  /** Adds a device or gives it another configuration, and leaves all others alone. */
  put(
    device: ConfiguredDevice,
    origin: Exclude<DeviceOrigin, 'auto-registered'>,
    now: Instant,
  ): 'added' | 'changed' | 'unchanged' {
    const record = this.#lookup.byName(device.name);
    if (record === undefined) {
      this.#add(device, origin, now);
      return 'added';
    }
    if (record.origin !== 'auto-registered' && equalDevices(record.configured, device)) {
      record.origin = origin;
      return 'unchanged';
    }
    this.#change(record, device, origin, now);
    return 'changed';
  }

  /** Removes a device and ends its registration. `false`: there is none of that name. */
  remove(name: string, now: Instant): boolean {
    const record = this.#lookup.byName(name);
    if (record === undefined) return false;
    this.#remove(record, now);
    return true;
  }

  #add(configured: ConfiguredDevice, origin: DeviceRecord['origin'], now: Instant): MutableRecord {
    const record = mutableRecord(configured, origin);
    this.#lookup.add(record);
    if (origin !== 'auto-registered') this.#configured += 1;
    this.#stateCounts.enter(record);
    this.#events.publishConfigured('device.added', configured.name, now);
    return record;
  }

  #change(
    record: MutableRecord,
    device: ConfiguredDevice,
    origin: Exclude<DeviceOrigin, 'auto-registered'>,
    now: Instant,
  ): void {
    const { protocol, model, suspended } = record.configured;
    const { security } = this.#policy;
    const [before, mode] = [modeInForce(record.configured, security), modeInForce(device, security)];
    if (record.origin === 'auto-registered') {
      this.#configured += 1;
      this.#active.adopt(record);
    }
    this.#lookup.change(record, () => {
      record.configured = device;
      record.origin = origin;
    });
    if (device.protocol !== protocol || device.model !== model || device.suspended !== suspended)
      this.#endCurrent(record, 'reconfigured', now);
    this.#events.publishConfigured('device.changed', device.name, now);
    if (before !== mode && record.registration !== undefined)
      this.#events.publishSecurityChanged(device.name, before, mode, now);
  }

  #remove(record: MutableRecord, now: Instant): void {
    this.#endCurrent(record, 'reconfigured', now);
    this.#leases.forget(record);
    this.keepAliveWatch.forget(record);
    this.#lookup.remove(record);
    if (record.origin !== 'auto-registered') this.#configured -= 1;
    this.#stateCounts.leave(record);
    this.#events.publishConfigured('device.removed', record.configured.name, now);
  }

  // ── registration ──────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Decides on a phone's request to be registered. If accepted, the device is `registering` until its capabilities or
   * lines are reported, and an older registration from another link ends as superseded. If refused, the registration
   * in force stays.
   */
  register(attempt: RegistrationRequest, now: Instant): RegistrationResult {
    const known = this.#lookup.byName(attempt.name) ?? this.#autoRegister(attempt, now);
    if (typeof known === 'string') return this.refuse(attempt, known, now, whyNoneIsMade(attempt, known, this.#policy));
    const refusal = refusalOf({ attempt, record: known, policy: this.#policy, active: this.#taken(known.origin) });
    if (refusal !== undefined) return this.refuse(attempt, refusal.reason, now, refusal.details);
    const { capabilitiesWithin, patience: usual } = this.#policy;
    const patience = attempt.patience ?? usual[attempt.protocol];
    this.#recordAddress(known, attempt.address, now);
    this.#learnCertificate(known.configured, attempt);
    const { registration, again } = this.#active.begin(known, attempt, { patience, capabilitiesWithin }, now);
    const { typeId } = attempt;
    if (!again && typeId !== undefined && this.#policy.model === 'match' && modelById(typeId) === undefined)
      this.#events.publishTypeUnknown(registration.device, typeId, known.configured.model.id, now);
    return { accepted: true, registration, device: known, again };
  }

  /**
   * Why nobody may speak for a device over this link: by its transport, certificate, cipher or name. `undefined`: somebody
   * may, or there is no such device. Changes nothing.
   */
  securityRefusalOf(attempt: RegistrationRequest): AttemptRefusal | undefined {
    const record = this.#lookup.byName(attempt.name);
    if (record === undefined) return undefined;
    return securityRefusalOf({ attempt, record, policy: this.#policy, active: 0 });
  }

  /**
   * Notes a refusal that the protocol decided, e.g. for wrong credentials: published and remembered like the others.
   */
  refuse(
    attempt: RegistrationRequest,
    reason: RefusalReason,
    now: Instant,
    details: RefusalDetails = {},
  ): RegistrationResult {
    const record = this.#lookup.byName(attempt.name);
    const [next] = REGISTRATION[record?.state ?? 'unknown'].refuse;
    if (record !== undefined) {
      this.#stateCounts.move(record, next);
      record.reason = { at: now, reason, ...details };
    }
    this.#events.publishRefused(attempt, record, { reason, ...details }, now);
    return { accepted: false, reason, device: record };
  }

  /** SCCP: sets the phone's codecs, which completes the registration. `false`: it is no longer in force. */
  reportCapabilities(registration: Registration, capabilities: readonly Capability[], now: Instant): boolean {
    const mutable = this.#active.mutable(registration);
    if (mutable === undefined) return false;
    mutable.capabilities = capabilities;
    mutable.lines = mutable.record.configured.lines.map(({ dn }) => dn);
    this.#active.complete(mutable, 'all-lines', now);
    return true;
  }

  /**
   * SIP: sets the lines that are bound. All lines of the device make it registered, some make it partially registered.
   * With no line nothing changes. `false`: nothing was set.
   */
  bindLines(registration: Registration, lines: readonly DirectoryNumber[], now: Instant): boolean {
    const mutable = this.#active.mutable(registration);
    if (mutable === undefined || lines.length === 0) return false;
    mutable.lines = lines;
    const all = mutable.record.configured.lines.every(({ dn }) => lines.includes(dn));
    this.#active.complete(mutable, all ? 'all-lines' : 'some-lines', now);
    return true;
  }

  /** Notes a keepalive or refresh. `patience`: the new one, if it changed. `false`: it is no longer in force. */
  keepAlive(registration: Registration, now: Instant, patience?: Duration): boolean {
    const mutable = this.#active.mutable(registration);
    if (mutable === undefined) return false;
    // Jitter counts from keepalive to keepalive only: other messages say nothing about how evenly they come.
    const interval = now - mutable.lastKeepAliveAt;
    if (mutable.keepAlives > 0) mutable.jitter += (Math.abs(interval - mutable.lastInterval) - mutable.jitter) / 16;
    mutable.lastInterval = interval;
    mutable.lastKeepAliveAt = now;
    mutable.keepAlives += 1;
    this.keepAliveWatch.note(mutable.record, now);
    this.#keepAlives[mutable.protocol] += 1;
    if (patience !== undefined) mutable.patience = patience;
    this.#active.touch(mutable, now);
    return true;
  }

  /** Notes any other sign of life. Does not count as a keepalive. */
  touch(registration: Registration, now: Instant): void {
    const mutable = this.#active.mutable(registration);
    if (mutable !== undefined) this.#active.touch(mutable, now);
  }

  /** Ends a registration. `false`: it was no longer in force. */
  end(registration: Registration, reason: EndReason, now: Instant): boolean {
    const mutable = this.#active.mutable(registration);
    if (mutable === undefined) return false;
    this.#active.end(mutable, reason, now);
    return true;
  }

  /**
   * Notes that the link has gone. The registration ends at once, or after the hold of the policy unless the phone
   * returns.
   */
  connectionLost(registration: Registration, now: Instant): void {
    const mutable = this.#active.mutable(registration);
    if (mutable === undefined) return;
    const hold = this.#policy.hold[mutable.protocol];
    if (hold === 0) {
      this.#active.end(mutable, 'connection-lost', now);
      return;
    }
    mutable.held = true;
    this.#active.setDeadline(mutable, after(now, hold));
  }

  /** Moves the registration to another link: its phone came back within the hold, or from another port. */
  move(
    registration: Registration,
    to: Pick<Registration, 'transport' | 'address' | 'port' | 'link'>,
    now: Instant,
  ): void {
    const mutable = this.#active.mutable(registration);
    if (mutable === undefined) return;
    if (mutable.address !== to.address || mutable.port !== to.port) mutable.moves += 1;
    mutable.transport = to.transport;
    mutable.address = to.address;
    mutable.port = to.port;
    mutable.link = to.link;
    this.#recordAddress(mutable.record, to.address, now);
    this.#active.touch(mutable, now);
  }

  /** Ends every registration, in one turn: for the stop of this server, and for drills. Returns how many there were. */
  endAll(reason: EndReason, now: Instant): number {
    let count = 0;
    for (const { registration } of this.#lookup.all())
      if (registration !== undefined) {
        this.#active.end(registration, reason, now);
        count += 1;
      }
    return count;
  }

  // ── facts ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Notes that a device gave its name from `address`. */
  recordAddress(name: string, address: string, now: Instant): void {
    const record = this.#lookup.byName(name);
    if (record !== undefined) this.#recordAddress(record, address, now);
  }

  /** Notes that a device requested a file from that address and port, or what became of that. */
  recordFileRequest(name: string, fact: FileFact, from: RequestOrigin): void {
    const record = this.#lookup.byName(name);
    if (record === undefined) return;
    rememberFile(record, fact);
    this.#fileRequesters.remember(record.configured.name, from, fact.at);
  }

  /** Keeps what a phone reported about itself, by name. Keeps the newest `REPORTS_REMEMBERED`. */
  recordReport(name: string, facts: Readonly<Record<string, string | number | boolean>>, now: Instant): void {
    const record = this.#lookup.byName(name);
    if (record === undefined) return;
    rememberReports(record, facts, now);
    this.#events.publishReported(record.configured.name, facts, now);
  }

  /** Notes that DHCP gave an address or prolonged its lease. Every device that has the address gets the lease. */
  recordLease(lease: LeaseFact, now: Instant): void {
    const owner = this.#lookup.byMac(lease.mac);
    const isNew = owner !== undefined && owner.lease?.address !== lease.address;
    this.#leases.assign(lease, owner, now);
    if (isNew) this.#lookup.recordAddress(owner, lease.address, now);
  }

  /** Notes that the lease was released, declined or has expired. */
  endLease(address: string, now: Instant): void {
    this.#leases.end(address, now);
  }

  /**
   * Sets the function that finds the lease of an address. Only used if our DHCP server runs; needed for devices that
   * are configured without a hardware address.
   */
  setLeaseSource(leaseAt: (address: string) => LeaseFact | undefined): void {
    this.#leases.leaseAt = leaseAt;
  }

  /** Notes that a command of its protocol was sent to the phone. */
  recordCommand(name: string, command: DeviceCommand, now: Instant, because?: CommandReason): void {
    const record = this.#lookup.byName(name);
    if (record !== undefined) this.#events.publishCommanded(record.configured.name, command, now, because);
  }

  // ── deadlines ─────────────────────────────────────────────────────────────────────────────────────────────────

  nextDeadline(): Instant | undefined {
    return this.#active.nextDeadline();
  }

  expire(now: Instant): void {
    this.#active.expire(now);
  }

  /** Moves the deadlines of registrations. The database has no deadlines of leases. */
  postpone(span: Duration): void {
    this.#active.postpone(span);
  }

  /** Sets the function that is called when the next deadline has come nearer, i.e. `DeadlineTimer.rearm`. */
  onEarlierDeadline(callback: () => void): void {
    this.#active.onEarlierDeadline(callback);
  }

  #recordAddress(record: MutableRecord, address: string, now: Instant): void {
    this.#lookup.recordAddress(record, address, now);
    this.#leases.recordAddress(record, address, now);
  }

  #endCurrent(record: MutableRecord, reason: EndReason, now: Instant): void {
    if (record.registration !== undefined) this.#active.end(record.registration, reason, now);
  }

  /** A device without a profile need not be named by its certificate. */
  #learnCertificate({ name }: ConfiguredDevice, { peer }: RegistrationRequest): void {
    const certificate = peer?.factoryCertificate;
    if (certificate !== undefined && peer?.names.some((one) => certificateNamesDevice(one, name)) === true)
      this.#onFactoryCertificate?.(name, peer.fingerprint, certificate);
  }

  /**
   * Registrations that count against `maxDevices`. For unconfigured phones this includes a place for each configured
   * device.
   */
  #taken(origin: DeviceRecord['origin']): number {
    const { active, autoRegistered } = this.#active;
    return origin !== 'auto-registered' ? active : Math.max(active, autoRegistered + this.#configured);
  }

  /** Makes a device of an unknown phone; returns its record, or why there is none. */
  #autoRegister(attempt: RegistrationRequest, now: Instant): MutableRecord | RefusalReason {
    const full = this.#taken('auto-registered') >= this.#policy.maxDevices;
    const given = this.#auto.allocate(attempt, this.#policy, full, now);
    if (typeof given === 'string') return given;
    const { entry, model } = given;
    const record = this.#add(autoRegisteredDevice(entry, model, this.#defaultGroup), 'auto-registered', now);
    this.#events.publishAutoRegistered(entry, now);
    this.#auto.given(entry);
    return record;
  }
}

const autoRegisteredEntry = ({ configured, origin }: DeviceRecord): AutoRegistered | undefined => {
  const { name, lines, model, protocol } = configured;
  const [line] = lines;
  return origin !== 'auto-registered' || line === undefined
    ? undefined
    : { name, dn: line.dn, typeId: model.id, protocol };
};
