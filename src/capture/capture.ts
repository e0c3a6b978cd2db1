import type { EventBus } from '../core/event-bus.js';
import { deviceKey, type MacAddress } from '../core/identifiers.js';
import type { Instant } from '../core/time.js';
import { matchesWildcard } from '../core/wildcards.js';
import type { DeviceRecord } from '../devices/index.js';
import type { LabcmEvent } from '../events.js';
import type { DatagramTap, Endpoint, StreamTap, TapPoint } from '../net/ports.js';
import {
  type CaptureDevices,
  type FlowPlace,
  isDevice,
  keysOfDevice,
  listenForOwners,
  type PacketOwner,
  whoIsMeant,
} from './attribution.js';
import { addressNumber, FlowTable, type FlowTransport, PacketFlow, remoteKey } from './flow.js';
import type { CapturedService } from './record.js';
import { type CapturedRecords, type PacketListener, Recorder } from './recorder.js';
import { OwnedRing, RingStore } from './ring-store.js';
import type { CaptureSettings } from './settings.js';
import { DatagramRecorder, DhcpRecorder, type FlowSource, StreamRecorder } from './taps.js';

/** What a `Capture` is made of. */
export interface CaptureDependencies {
  readonly bus: EventBus<LabcmEvent>;
  readonly devices: CaptureDevices;
  /** Milliseconds on the clock of this process, with their fraction. */
  readonly now: () => number;
}

/** The rings as the metrics show them. */
export interface CaptureState {
  readonly octets: number;
  /** Of `octets`: what belongs to nobody who is configured. */
  readonly strangerOctets: number;
  readonly devices: number;
  /** Packets that were overwritten or gave way since the start. */
  readonly lost: number;
  readonly followers: number;
}

/** Whose packets are read. */
export interface CaptureSubject {
  readonly device: DeviceRecord | undefined;
  readonly keys: readonly string[];
}

const TRANSPORTS = ['udp', 'tcp', 'tls'] as const satisfies readonly FlowTransport[];
/** Connections that are remembered by number. */
const MOST_LINKS = 65_536;

/** A place for a tap. */
class Switch<T> implements TapPoint<T> {
  tap: T | undefined;
  readonly #whenOn: T;

  constructor(whenOn: T) {
    this.#whenOn = whenOn;
  }

  set(isOn: boolean): void {
    this.tap = isOn ? this.#whenOn : undefined;
  }
}

/**
 * What the daemon itself sent and received, in bounded rings in memory: of the devices that the configuration names, and
 * of those whom somebody follows. While nobody wants anything there is no tap, no ring and no listener.
 */
export class Capture implements FlowSource {
  readonly #dependencies: CaptureDependencies;
  readonly #tables = new Map<string, FlowTable>();
  readonly #switches: Switch<unknown>[] = [];
  /** By device, how many follow it. */
  readonly #followed = new Map<string, number>();
  /** Flows of SCCP by the number of their connection. */
  readonly #links = new Map<number, PacketFlow>();
  #settings: CaptureSettings;
  #recorder: Recorder;
  #isOn = false;
  /** Whether other bounds wait until nobody follows. */
  #isResized = false;
  #followers = 0;
  #lastFlow = 0;
  #lostBefore = 0;
  #stop: () => void = () => {};

  constructor(settings: CaptureSettings, dependencies: CaptureDependencies) {
    this.#settings = settings;
    this.#dependencies = dependencies;
    this.#recorder = this.#newRecorder();
    this.#switch();
  }

  get recorder(): Recorder {
    return this.#recorder;
  }

  /** Whether packets of somebody are kept now, or would be if there were any. */
  keeps({ device }: CaptureSubject): boolean {
    return this.#isOn && (device === undefined || this.#wants(deviceKey(device.configured.name)));
  }

  get state(): CaptureState {
    const { octets, strangerOctets, devices, lost } = this.#recorder.store;
    return { octets, strangerOctets, devices, lost: this.#lostBefore + lost, followers: this.#followers };
  }

  /** The tap of the datagrams of a service. */
  datagramTaps(service: CapturedService): TapPoint<DatagramTap> {
    const table = this.#tableOf(service, 'udp');
    return this.#newSwitch<DatagramTap>(
      service === 'dhcp' ? new DhcpRecorder(this, table) : new DatagramRecorder(this, table),
    );
  }

  /** The tap of the connections of a service. */
  streamTaps(service: CapturedService, secure: boolean): TapPoint<StreamTap> {
    return this.#newSwitch<StreamTap>(new StreamRecorder(this, this.#tableOf(service, secure ? 'tls' : 'tcp')));
  }

  /** Takes other settings. With other bounds what was kept is gone; while somebody follows, the bounds stay. */
  apply(settings: CaptureSettings): void {
    const old = this.#settings;
    this.#settings = settings;
    this.#isResized ||= (['memory', 'perDevice', 'strangers'] as const).some((key) => old[key] !== settings[key]);
    this.#change();
  }

  /** Whom somebody means by a name, a hardware address or an IPv4 address. */
  subject(who: string): CaptureSubject {
    const meant = whoIsMeant(who, this.#dependencies.devices, this.#instant());
    return 'configured' in meant ? { device: meant, keys: keysOfDevice(meant) } : { device: undefined, keys: meant };
  }

  /** What the rings have of somebody since then. */
  read({ keys }: CaptureSubject, since: number): CapturedRecords {
    return this.#recorder.read(keys, this.#tables.values(), since);
  }

  /** Keeps the packets of somebody, and calls `listener` with each, until the returned function is called. */
  follow({ device, keys }: CaptureSubject, listener: PacketListener): () => void {
    const name = device === undefined ? undefined : deviceKey(device.configured.name);
    if (name !== undefined) this.#followed.set(name, (this.#followed.get(name) ?? 0) + 1);
    this.#followers += 1;
    this.#change();
    const stop = this.#recorder.listen(keys, listener);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      stop();
      this.#followers -= 1;
      const left = name === undefined ? 0 : (this.#followed.get(name) ?? 1) - 1;
      if (name !== undefined && left === 0) this.#followed.delete(name);
      else if (name !== undefined) this.#followed.set(name, left);
      this.#change();
    };
  }

  /** Ends everything. */
  close(): void {
    this.#settings = { ...this.#settings, devices: 'none' };
    this.#followers = 0;
    this.#switch();
  }

  newFlow(table: FlowTable, remote: Endpoint): PacketFlow {
    const { address, port } = remote;
    const number = addressNumber(address);
    const flow = this.#makeFlow(table, { address: number, port });
    const device = table.known.get(remoteKey(number, port));
    const record = device === undefined ? undefined : this.#dependencies.devices.byName(device);
    const { registration } = record ?? {};
    if (record !== undefined && registration?.address === address && registration.port === port) {
      flow.ring = this.#ringOf(record);
      flow.isNamed = true;
    } else flow.ring = this.#anonymousRing(address);
    return flow;
  }

  newHardwareFlow(table: FlowTable, mac: string): PacketFlow {
    const flow = this.#makeFlow(table, { address: 0, port: 0 });
    const record = this.#dependencies.devices.byMac(mac as MacAddress);
    flow.ring = record === undefined ? this.#recorder.store.ofStranger(mac) : this.#ringOf(record);
    flow.isNamed = true;
    return flow;
  }

  beginFile(flow: PacketFlow, address: string): void {
    this.#recorder.endFile(flow);
    if (flow.isNamed) flow.before = flow.ring;
    flow.ring = this.#anonymousRing(address);
    flow.isNamed = false;
  }

  #newRecorder(): Recorder {
    return new Recorder(new RingStore(this.#settings), this.#dependencies.now);
  }

  #newSwitch<T>(tap: T): TapPoint<T> {
    const made = new Switch<T>(tap);
    made.set(this.#isOn);
    this.#switches.push(made as Switch<unknown>);
    return made;
  }

  #tableOf(service: CapturedService, transport: FlowTransport): FlowTable {
    const key = `${service} ${transport}`;
    const table = this.#tables.get(key) ?? new FlowTable(service, transport);
    this.#tables.set(key, table);
    return table;
  }

  /** After a change of what is wanted. */
  #change(): void {
    if (this.#isResized && this.#followers === 0) this.#forget();
    this.#switch();
    this.#recheck();
  }

  /** Switches the taps on where somebody wants something, and off where nobody does. */
  #switch(): void {
    const isOn = this.#settings.devices !== 'none' || this.#followers > 0;
    if (isOn === this.#isOn) return;
    this.#isOn = isOn;
    this.#stop();
    this.#stop = () => {};
    if (isOn) this.#stop = listenForOwners(this.#dependencies.bus, this.#dependencies.devices, this.#attribution);
    else this.#forget();
    for (const one of this.#switches) one.set(isOn);
  }

  #forget(): void {
    this.#isResized = false;
    this.#lostBefore += this.#recorder.store.lost;
    this.#recorder = this.#newRecorder();
    this.#links.clear();
    for (const table of this.#tables.values()) table.clear();
  }

  /** After a change of what is wanted: the flows of registered devices are theirs, and what nobody wants is dropped. */
  #recheck(): void {
    if (!this.#isOn) return;
    for (const table of this.#tables.values())
      for (const flow of table.all()) {
        const [key = ''] = flow.ring?.keys ?? [];
        if (flow.ring?.kind === 'device' && !this.#wants(key)) flow.ring = undefined;
      }
    this.#recorder.store.keepDevices((key) => this.#wants(key));
    this.#tables.get('dhcp udp')?.clear();
    for (const record of this.#dependencies.devices.devices()) {
      const { registration } = record;
      if (registration === undefined || !this.#wants(deviceKey(record.configured.name))) continue;
      const { protocol, transport, address, port } = registration;
      const table = this.#tables.get(`${protocol.toLowerCase()} ${transport}`);
      if (table === undefined) continue;
      const key = remoteKey(addressNumber(address), port);
      const flow = table.get(key);
      if (flow === undefined) table.known.set(key, record.configured.name);
      else this.#recorder.assign(flow, this.#ringOf(record));
    }
  }

  #wants(key: string): boolean {
    const { devices } = this.#settings;
    if (this.#followed.has(key) || devices === 'all') return true;
    return devices !== 'none' && devices.some((pattern) => matchesWildcard(pattern, key));
  }

  #makeFlow(table: FlowTable, remote: { readonly address: number; readonly port: number }): PacketFlow {
    this.#lastFlow += 1;
    return new PacketFlow(this.#lastFlow, table.service, table.transport === 'tls', remote);
  }

  /** The ring of a device; `undefined`: nobody wants its packets. */
  #ringOf(record: DeviceRecord): OwnedRing | undefined {
    const key = deviceKey(record.configured.name);
    return this.#wants(key) ? this.#recorder.store.ofDevice(key, () => record.state === 'registered') : undefined;
  }

  #ringOfOwner(owner: PacketOwner): OwnedRing | undefined {
    return isDevice(owner) ? this.#ringOf(owner) : this.#recorder.store.ofStranger(owner.key);
  }

  /** The ring of a flow of which nothing is known but its address, and who has that. */
  #anonymousRing(address: string): OwnedRing {
    const holder = this.#dependencies.devices.holderOf(address, this.#instant());
    const keys =
      holder === undefined || holder === 'several' ? [address] : [deviceKey(holder.configured.name), address];
    return new OwnedRing('stranger', keys);
  }

  #instant(): Instant {
    return Math.floor(this.#dependencies.now()) as Instant;
  }

  #flowAt({ service, transport, address, port }: FlowPlace): PacketFlow | undefined {
    return this.#tables.get(`${service} ${transport}`)?.get(remoteKey(addressNumber(address), port));
  }

  readonly #attribution = {
    onOwner: (place: FlowPlace, owner: PacketOwner): void => {
      const flow = this.#flowAt(place);
      if (flow !== undefined) this.#recorder.assign(flow, this.#ringOfOwner(owner));
      // Among very many others the flow of datagrams may be forgotten, while the registration stands.
      if (place.transport === 'udp' && place.service === 'sip' && isDevice(owner))
        this.#tableOf('sip', 'udp').known.set(
          remoteKey(addressNumber(place.address), place.port),
          owner.configured.name,
        );
    },
    onInjected: (place: Omit<FlowPlace, 'transport'>, owner: PacketOwner): void => {
      for (const transport of TRANSPORTS) {
        const flow = this.#flowAt({ ...place, transport });
        if (flow !== undefined && !flow.isNamed) this.#recorder.assign(flow, this.#ringOfOwner(owner));
      }
    },
    onUnregistered: ({ service, transport, address, port }: FlowPlace): void => {
      this.#tables.get(`${service} ${transport}`)?.known.delete(remoteKey(addressNumber(address), port));
    },
    onSameOwner: (place: FlowPlace): void => {
      const flow = this.#flowAt(place);
      if (flow?.before !== undefined) this.#recorder.assign(flow, flow.before);
    },
    onFileEnded: (place: FlowPlace): void => {
      const flow = this.#flowAt(place);
      if (flow !== undefined) this.#recorder.endFile(flow);
    },
    onLink: (place: FlowPlace, link: number): void => {
      const flow = this.#flowAt(place);
      if (this.#links.size >= MOST_LINKS) this.#links.clear();
      if (flow !== undefined) this.#links.set(link, flow);
    },
    onLinkOwner: (link: number, owner: PacketOwner): void => {
      const flow = this.#links.get(link);
      if (flow !== undefined) this.#recorder.assign(flow, this.#ringOfOwner(owner));
    },
    onWellness: (device: string, isWell: boolean): void => this.#recorder.store.setWell(device, isWell),
    onDevicesChanged: (): void => this.#tables.get('dhcp udp')?.clear(),
    onDeviceRemoved: (key: string): void => this.#recorder.store.removeDevice(key),
  };
}
