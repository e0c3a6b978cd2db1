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
}

/** A record that says what another node tells, and whether that node was gone when it was made. */
interface ToldRecord {
  readonly record: DeviceRecord;
  readonly isGone: boolean;
  readonly shown: DeviceRecord;
}

/** The database of this node, with what the others tell of the devices that are not registered here. */
export class SharedDevices implements DevicesView {
  readonly #dependencies: SharedDevicesDependencies;
  /** Made once for each thing that is told, so that a list makes none. */
  readonly #made = new WeakMap<ToldRegistration, ToldRecord>();
  /** Whose words the records are that were made. */
  readonly #tellers = new WeakMap<DeviceRecord, string>();

  constructor(dependencies: SharedDevicesDependencies) {
    this.#dependencies = dependencies;
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
    const teller = this.#tellers.get(record);
    if (teller !== undefined) return teller;
    const { self, holderOf } = this.#dependencies;
    return record.registration === undefined ? holderOf(record.configured.name)?.node : self;
  }

  /** Whether what a record says comes from another node. */
  isElsewhere(record: DeviceRecord): boolean {
    return this.#tellers.has(record);
  }

  /** The node with which a device is registered, other than this one. `undefined`: none. */
  holderElsewhere(device: string): string | undefined {
    const record = this.byName(device);
    return record?.registration === undefined ? undefined : this.#tellers.get(record);
  }

  #shownIfAny(record: DeviceRecord | undefined): DeviceRecord | undefined {
    return record === undefined ? undefined : this.#shown(record);
  }

  /** What this node knows itself goes before what others tell. */
  #shown(record: DeviceRecord): DeviceRecord {
    if (record.registration !== undefined) return record;
    const { holderOf, self, isGone } = this.#dependencies;
    const told = holderOf(record.configured.name);
    if (told === undefined || told.node === self) return record;
    const gone = isGone(told.node, told.instance);
    const made = this.#made.get(told);
    if (made?.record === record && made.isGone === gone) return made.shown;
    // All that is not told stays what it is here: the configuration, the lease, the files.
    const shown = Object.create(record, this.#toldOf(told, gone)) as DeviceRecord;
    this.#made.set(told, { record, isGone: gone, shown });
    this.#tellers.set(shown, told.node);
    return shown;
  }

  #toldOf(told: ToldRegistration, isGone: boolean): PropertyDescriptorMap {
    const { clock, nodeOf } = this.#dependencies;
    // The wall clock of that node, for people. It is never in the future.
    const at = instant(Math.min(clock.now(), instantOf(clock, wallTime(told.since))));
    const isRegistered = told.state === 'registered' || told.state === 'partially-registered';
    if (isRegistered && !isGone)
      return described({ state: told.state, registration: registrationOf(told, at), reason: undefined });
    const node = nodeOf(told.node);
    const reason: LastReason = isRegistered
      ? { at: node?.isAlive === false ? node.since : at, reason: 'node-gone' }
      : { at, reason: isReason(told.reason) ? told.reason : 'unregistered' };
    const state = isRegistered ? 'unregistered' : told.state;
    return described({ state, registration: undefined, reason });
  }
}

const described = (values: Pick<DeviceRecord, 'state' | 'registration' | 'reason'>): PropertyDescriptorMap =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, { value, enumerable: true }]));

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
