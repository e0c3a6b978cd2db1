// The devices as the whole cluster knows them: a device that is registered with another node is shown as registered there.

import type { KnownNode, ToldRegistration } from '../cluster/index.js';
import type { DeviceName, DirectoryNumber, MacAddress } from '../core/identifiers.js';
import { type Clock, type Instant, instant, instantOf, wallTime } from '../core/time.js';
import {
  type DeviceDatabase,
  type DeviceRecord,
  isReason,
  type LastReason,
  type Registration,
} from '../devices/index.js';
import type { DevicesView } from '../http/index.js';

/** What it needs of the cluster. */
export interface SharedDevicesDependencies {
  readonly clock: Clock;
  readonly database: DeviceDatabase;
  /** The name of this node. */
  readonly self: string;
  holderOf(device: string): ToldRegistration | undefined;
  /** Another node, as it was heard last. */
  nodeOf(name: string): KnownNode | undefined;
  isGone(node: string, instance: string): boolean;
  /** Calls `listener` with each device of which something else is told, or whose node has died or is back. */
  onChanged(listener: (device: string) => void): void;
}

/** What is shown of a device, and which node says so. */
interface ShownDevice {
  readonly shown: DeviceRecord;
  /** The node that told of it last. */
  readonly node: string | undefined;
}

/** The database of this node, with what the others tell of the devices that are not registered here. */
export class SharedDevices implements DevicesView {
  readonly #dependencies: SharedDevicesDependencies;
  /** Of each device until something else is told of it, so that a list of forty thousand looks up nothing. */
  readonly #made = new WeakMap<DeviceRecord, ShownDevice>();

  constructor(dependencies: SharedDevicesDependencies) {
    this.#dependencies = dependencies;
    dependencies.onChanged((device) => {
      const record = dependencies.database.byName(device);
      if (record !== undefined) this.#made.delete(record);
    });
  }

  get size(): number {
    return this.#dependencies.database.size;
  }

  /** With this node. */
  get registered(): DevicesView['registered'] {
    return this.#dependencies.database.registered;
  }

  get keepAlives(): DevicesView['keepAlives'] {
    return this.#dependencies.database.keepAlives;
  }

  /** With this node. */
  get states(): DevicesView['states'] {
    return this.#dependencies.database.states;
  }

  *devices(): Iterable<DeviceRecord> {
    for (const record of this.#dependencies.database.devices()) yield this.#shown(record);
  }

  byName(name: string): DeviceRecord | undefined {
    return this.#shownIfAny(this.#dependencies.database.byName(name));
  }

  byMac(mac: MacAddress): DeviceRecord | undefined {
    return this.#shownIfAny(this.#dependencies.database.byMac(mac));
  }

  byDirectoryNumber(dn: DirectoryNumber): readonly DeviceRecord[] {
    return this.#dependencies.database.byDirectoryNumber(dn).map((record) => this.#shown(record));
  }

  byAddress(address: string): DeviceRecord | undefined {
    return this.#shownIfAny(this.#dependencies.database.byAddress(address));
  }

  /** The node that holds a device, or that told last of it. `undefined`: none has told of it. */
  nodeOf(record: DeviceRecord): string | undefined {
    if (record instanceof ToldDevice) return record.node;
    return record.registration === undefined ? this.#lookUp(record).node : this.#dependencies.self;
  }

  /** Whether what a record says comes from another node. */
  isElsewhere(record: DeviceRecord): boolean {
    return record instanceof ToldDevice && record.node !== this.#dependencies.self;
  }

  /** A device of this node's database as the whole cluster knows it. */
  shown(record: DeviceRecord): DeviceRecord {
    return this.#shown(this.localOf(record));
  }

  /** What this node itself knows of the device of a record. */
  localOf(record: DeviceRecord): DeviceRecord {
    return record instanceof ToldDevice ? record.local : record;
  }

  /** The node with which a device is registered, other than this one. `undefined`: none. */
  holderElsewhere(device: string): string | undefined {
    const record = this.byName(device);
    return record instanceof ToldDevice && record.registration !== undefined ? record.node : undefined;
  }

  #shownIfAny(record: DeviceRecord | undefined): DeviceRecord | undefined {
    return record === undefined ? undefined : this.#shown(record);
  }

  /**
   * What this node knows itself goes before what others tell. Of a device that it has not heard since its start it shows what
   * its earlier start told, as the others do.
   */
  #shown(record: DeviceRecord): DeviceRecord {
    if (record.registration !== undefined) return record;
    const { shown, node } = this.#lookUp(record);
    return node === this.#dependencies.self && record.state !== 'unknown' ? record : shown;
  }

  #lookUp(record: DeviceRecord): ShownDevice {
    const known = this.#made.get(record);
    if (known !== undefined) return known;
    const told = this.#dependencies.holderOf(record.configured.name);
    if (told === undefined) return { shown: record, node: undefined }; // what this node tells itself is no news to it
    const made = { shown: this.#toldDevice(record, told), node: told.node };
    this.#made.set(record, made);
    return made;
  }

  #toldDevice(record: DeviceRecord, told: ToldRegistration): ToldDevice {
    const { clock, nodeOf, isGone, self } = this.#dependencies;
    // The wall clock of that node, for people. It is never in the future.
    const at = instant(Math.min(clock.now(), instantOf(clock, wallTime(told.since))));
    const isRegistered = told.state === 'registered' || told.state === 'partially-registered';
    if (isRegistered && told.node !== self && !isGone(told.node, told.instance))
      return new ToldDevice(record, told.node, { state: told.state, registration: registrationOf(told, at) });
    const node = nodeOf(told.node);
    if (isRegistered) {
      const since = node?.isAlive === false ? node.since : at;
      return new ToldDevice(record, told.node, { state: 'unregistered', reason: { at: since, reason: 'node-gone' } });
    }
    const reason = isReason(told.reason) ? told.reason : 'unregistered';
    return new ToldDevice(record, told.node, { state: told.state, reason: { at, reason } });
  }
}

/** What a node tells of a device. All that is not told is what it is here: the configuration, the lease, the files. */
class ToldDevice implements DeviceRecord {
  readonly node: string;
  readonly state: DeviceRecord['state'];
  readonly registration: Registration | undefined;
  readonly reason: LastReason | undefined;
  readonly #record: DeviceRecord;

  constructor(
    record: DeviceRecord,
    node: string,
    {
      state,
      registration,
      reason,
    }: Pick<DeviceRecord, 'state'> & Partial<Pick<DeviceRecord, 'registration' | 'reason'>>,
  ) {
    this.#record = record;
    this.node = node;
    this.state = state;
    this.registration = registration;
    this.reason = reason;
  }

  /** What this node itself knows of the device. */
  get local(): DeviceRecord {
    return this.#record;
  }

  get configured(): DeviceRecord['configured'] {
    return this.#record.configured;
  }

  get origin(): DeviceRecord['origin'] {
    return this.#record.origin;
  }

  get sharedName(): DeviceRecord['sharedName'] {
    return this.#record.sharedName;
  }

  get lease(): DeviceRecord['lease'] {
    return this.#record.lease;
  }

  get reports(): DeviceRecord['reports'] {
    return this.#record.reports;
  }

  get address(): DeviceRecord['address'] {
    return this.#record.address;
  }

  get namedAt(): DeviceRecord['namedAt'] {
    return this.#record.namedAt;
  }

  get files(): DeviceRecord['files'] {
    return this.#record.files;
  }

  get given(): DeviceRecord['given'] {
    return this.#record.given;
  }

  get dhcp(): DeviceRecord['dhcp'] {
    return this.#record.dhcp;
  }

  get outOfService(): DeviceRecord['outOfService'] {
    return this.#record.outOfService;
  }

  get loadDownload(): DeviceRecord['loadDownload'] {
    return this.#record.loadDownload;
  }

  get registrations(): DeviceRecord['registrations'] {
    return this.#record.registrations;
  }
}

const registrationOf = (told: ToldRegistration, at: Instant): Registration => ({
  generation: told.generation,
  device: told.device as DeviceName,
  protocol: told.protocol,
  transport: told.transport === 'udp' || told.transport === 'tls' ? told.transport : 'tcp',
  address: told.address,
  port: told.port,
  link: 0,
  typeId: told.typeId,
  protocolVersion: undefined,
  load: told.load,
  startedAt: at,
  registeredAt: at,
  lastSeenAt: at,
  keepAlives: 0,
  jitter: 0,
  capabilities: told.capabilities
    .split(',')
    .flatMap((payload) => (/^\d{1,5}$/.test(payload) ? [{ payload: Number(payload), maxFrames: 0 }] : [])),
  lines: told.lines as readonly DirectoryNumber[],
  heard: undefined,
  said: undefined,
  clockSkew: undefined,
  ownAddress: undefined,
  moves: 0,
  contactChange: undefined,
});
