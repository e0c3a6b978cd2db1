// This node as a member of its cluster: it tells the others of its phones, hears of theirs, and answers what they ask. There is
// none where no bus is configured.

import type { LineStates } from '../calls/index.js';
import {
  type ClusterBus,
  ClusterLeases,
  ClusterNumbers,
  ClusterRegistrations,
  type NodeFacts,
  NodeQuestions,
  NodeTable,
  type ToldRegistration,
} from '../cluster/index.js';
import { type Config, isSafeBus } from '../config/index.js';
import type { Degradations } from '../core/degradations.js';
import type { EventBus } from '../core/event-bus.js';
import type { DeviceName } from '../core/identifiers.js';
import type { Clock } from '../core/time.js';
import type { DeviceCommand, DeviceDatabase, Registration } from '../devices/index.js';
import type { LabcmEvent } from '../events.js';
import type { ClusterNodes, NodeStart } from '../sip/server.js';
import { agesIn, namesIn } from './age-values.js';
import type { PhonesElsewhere } from './call-phones.js';
import { DeviceSharing } from './device-sharing.js';
import { LineSharing } from './line-sharing.js';
import { MessageSharing } from './message-sharing.js';
import { NumberHolders } from './number-holders.js';
import { numberedDevices } from './numbered-devices.js';
import type { RuntimeDevices } from './runtime-devices.js';

/** The name of the bus as a part of the daemon, for people. */
export const BUS_PART = 'the cluster bus';
/** What a node cannot do when its reserves are used up, for people. */
const NUMBERS_PART = 'numbers for new phones';
const ADDRESSES_PART = 'addresses for new phones';

/** What the service needs of the daemon. */
export interface ClusterDaemon {
  readonly clock: Clock;
  readonly bus: EventBus<LabcmEvent>;
  readonly database: DeviceDatabase;
  readonly degradations: Degradations;
  readonly version: string;
  /** Another at each start. */
  readonly instance: string;
  readonly runtime: RuntimeDevices;
  readonly lines: LineStates;
  config(): Config;
  /** Sends a phone its protocol's own command. */
  command(device: DeviceName, command: DeviceCommand): void;
  /** Runs a change after all others, as reloads and writes do. */
  inTurn(change: () => Promise<void>): Promise<void>;
  /** Another daemon has the name of this node: this one must end. */
  nameTaken(by: NodeFacts): void;
}

/** Who makes calls between nodes. */
export interface ClusterListeners {
  nodeChanged(node: string): void;
  /** A phone of another node has that number. */
  numberCame(dn: string): void;
}

/** The membership. */
export class ClusterService {
  readonly nodes: NodeTable;
  readonly registrations: ClusterRegistrations;
  readonly questions: NodeQuestions;
  readonly numbers: ClusterNumbers;
  /** `undefined`: this node serves no DHCP. */
  readonly leases: ClusterLeases | undefined;
  readonly #devices: DeviceSharing;
  readonly #messages: MessageSharing;
  readonly #lines: LineSharing;
  readonly #holders: NumberHolders;
  /** Whoever makes calls to phones of other nodes. */
  #callListeners: ClusterListeners | undefined;
  readonly #bus: ClusterBus;
  readonly #daemon: ClusterDaemon;
  readonly #started: number;
  readonly #unsubscribe: (() => void)[] = [];
  #leaving: Promise<void> | undefined;
  readonly #listeners = new Set<(device: string) => void>();

  constructor(bus: ClusterBus, daemon: ClusterDaemon) {
    this.#bus = bus;
    this.#daemon = daemon;
    const { clock, database, config, instance } = daemon;
    this.#started = clock.wallTime(clock.now());
    this.questions = new NodeQuestions(bus);
    this.#holders = new NumberHolders({
      self: () => config().self.name,
      nodes: () => config().nodes.map(({ name }) => name),
      toldOf: (device) => this.registrations.of(device),
      isGone: (node, start) => this.nodes.isGone(node, start),
    });
    this.nodes = new NodeTable({
      clock,
      bus: daemon.bus,
      bucket: bus.bucket('nodes'),
      facts: () => this.#facts(),
      nameTaken: daemon.nameTaken,
      claimed: () => {
        this.registrations.startTelling();
        this.numbers.start();
        this.leases?.start();
      },
      changed: (node) => {
        this.numbers.configured();
        this.leases?.nodesChanged();
        this.#nodeChanged(node);
        this.#lines.nodeChanged(node);
        this.#callListeners?.nodeChanged(node);
      },
    });
    this.registrations = new ClusterRegistrations({
      clock,
      bus: daemon.bus,
      bucket: bus.bucket('registrations'),
      self: { node: config().self.name, instance },
      place: Math.max(
        0,
        config().nodes.findIndex(({ name }) => name === config().self.name),
      ),
      isGone: (node, start) => this.nodes.isGone(node, start),
      nodeOf: (node) => this.nodes.node(node),
      recordOf: (device) => database.byName(device),
      held: () => heldBy(database),
      supersede: (registration) => void database.end(registration, 'superseded', clock.now()),
      askAges: async (node, devices) => agesIn(await this.questions.ask(node, 'ages', { devices })),
      changed: (device) => {
        this.#told(device);
        this.#changed(device);
      },
    });
    this.numbers = new ClusterNumbers({
      clock,
      bus: daemon.bus,
      bucket: bus.bucket('numbers'),
      self: { node: config().self.name, instance },
      devices: numberedDevices(daemon),
      exists: (node) => this.#exists(node),
      others: () => this.#others(),
      range: () => config().policy.autoRegistration,
      degraded: (reason) => this.#degraded(NUMBERS_PART, reason),
    });
    database.shareNumbers(this.numbers);
    if (config().dhcp.enabled)
      this.leases = new ClusterLeases({
        clock,
        bus: daemon.bus,
        bucket: bus.bucket('leases'),
        self: { node: config().self.name, instance },
        exists: (node) => this.#exists(node),
        isSteady: (node) => this.nodes.isSteady(node),
        others: () => this.#others(),
        degraded: (reason) => this.#degraded(ADDRESSES_PART, reason),
      });
    this.questions.on('ages', ({ devices }) => ({
      ages: this.registrations.agesOf(namesIn(devices)).map((age) => age ?? null),
    }));
    const shared = {
      ...{ clock, database, bus: daemon.bus, degradations: daemon.degradations, self: config().self.name },
      stateDirectory: config().state.directory,
    };
    this.#devices = new DeviceSharing(bus, {
      ...shared,
      runtime: daemon.runtime,
      mayCarrySecrets: () => mayCarrySecrets(config()),
      inTurn: daemon.inTurn,
    });
    this.#messages = new MessageSharing(bus, shared);
    this.#lines = new LineSharing(bus, {
      ...{ clock, bus: daemon.bus, lines: daemon.lines, questions: this.questions },
      self: { node: config().self.name, instance },
      holdersOf: (dn) => this.#holders.of(dn),
      isAlive: (node) => this.nodes.node(node)?.isAlive === true,
    });
    bus.watch('nodes', this.nodes);
    bus.watch('registrations', this.registrations);
    bus.watch('numbers', this.numbers);
    if (this.leases !== undefined) bus.watch('leases', this.leases);
    bus.watch('devices', this.#devices.values);
    bus.watch('lines', this.#messages.values);
    bus.onState((state) => {
      if (state.isConnected) {
        daemon.degradations.end(BUS_PART);
        this.#lines.connected();
      } else {
        daemon.degradations.begin(BUS_PART, `${bus.address}: ${state.reason}`);
        this.nodes.lost();
        this.registrations.lost();
        this.numbers.lost();
        this.leases?.lost();
        this.#devices.values.lost();
        this.#messages.values.lost();
      }
    });
  }

  /** Connects. The phones of this node are served meanwhile. */
  start(): void {
    this.#listen();
    this.#devices.open();
    this.#messages.open();
    this.#lines.start();
    this.#bus.start();
  }

  /** Where the engine is, and whether it answers. */
  get bus(): Pick<ClusterBus, 'address' | 'state'> {
    return this.#bus;
  }

  /** Calls `listener` with each device of which another node has told something else. Returns what ends that. */
  onDeviceChanged(listener: (device: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Who holds a device, as its node tells; of a node that is gone, too. */
  holderOf(device: string): ToldRegistration | undefined {
    return this.registrations.of(device);
  }

  /** What calls to phones of other nodes need: who holds a number, and where the nodes are. */
  get forCalls(): PhonesElsewhere & ClusterNodes {
    const { config, instance } = this.#daemon;
    const alive = (name: string): NodeStart | undefined => {
      const known = this.nodes.node(name);
      if (known?.isAlive !== true) return undefined;
      return { instance: known.instance, address: known.address, sipPort: known.callPort ?? 0 };
    };
    return {
      self: { node: config().self.name, instance },
      alive,
      isNodeAt: (address) => this.nodes.others().some((node) => node.address === address),
      nodeOf: (dn) => this.#holders.of(dn).find(({ node }) => alive(node) !== undefined)?.node,
      has: (dn) => this.#holders.has(dn),
      numbers: () => this.#holders.numbers(),
    };
  }

  /** Calls with each node that has died or is alive, and with each number that a phone of another node has. */
  onChanges(listeners: ClusterListeners): void {
    this.#callListeners = listeners;
    for (const dn of this.#holders.numbers()) listeners.numberCame(dn);
  }

  /** Another node has told of a device. */
  #told(device: string): void {
    const { changed, lines } = this.#holders.update(device);
    this.#lines.numbersChanged(changed);
    for (const dn of lines) this.#callListeners?.numberCame(dn);
  }

  /** Tells the others that this node stops, and nothing more: they need not hear of each of its phones. */
  leave(): Promise<void> {
    this.#leaving ??= this.#leave();
    return this.#leaving;
  }

  /** Leaves, and closes the connection. */
  async close(): Promise<void> {
    await this.leave();
    await this.#bus.close();
  }

  async #leave(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.registrations.close();
    this.numbers.close();
    this.leases?.close();
    this.#devices.close();
    this.#messages.close();
    this.#lines.close();
    await this.nodes.close();
  }

  #changed(device: string): void {
    for (const listener of this.#listeners) listener(device);
  }

  /** All phones of a node that has died, or is back, are something else now. */
  #nodeChanged(name: string): void {
    if (this.#listeners.size === 0) return;
    for (const { node, device } of this.registrations.all()) if (node === name) this.#changed(device);
  }

  #listen(): void {
    const { bus, database } = this.#daemon;
    const tell = ({ device, type }: { device: DeviceName; type: string }): void => {
      const registration = database.byName(device)?.registration;
      if (registration === undefined) return;
      this.registrations.tellRegistered(
        registration,
        type === 'device.registered' ? 'registered' : 'partially-registered',
      );
    };
    this.#unsubscribe.push(
      bus.on('daemon.reloaded', () => this.#devices.compare()), // what was refused may be right now
      bus.on('device.registered', tell),
      bus.on('device.partially-registered', tell),
      bus.on('device.unregistered', (event) => this.registrations.tellEnded(event, event.reason)),
      bus.on('device.rejected', (event) => {
        if (database.byName(event.device) !== undefined)
          this.registrations.tellRefused(
            { ...event, device: event.device as DeviceName, generation: 0, typeId: event.typeId ?? 0 },
            event.reason,
          );
      }),
      bus.on('daemon.reloaded', () => {
        this.numbers.configured();
        this.leases?.nodesChanged();
      }),
    );
  }

  /** Whether a node is configured, or alive. */
  #exists(node: string): boolean {
    return this.#daemon.config().nodes.some(({ name }) => name === node) || this.nodes.node(node)?.isAlive === true;
  }

  #others(): readonly string[] {
    const { nodes, self } = this.#daemon.config();
    return nodes.map(({ name }) => name).filter((name) => name !== self.name);
  }

  #degraded(part: string, reason: string | undefined): void {
    const { degradations } = this.#daemon;
    if (reason === undefined) degradations.end(part);
    else degradations.begin(part, reason);
  }

  #facts(): NodeFacts {
    const { config, instance, version, database } = this.#daemon;
    const { self, http, sip, calls } = config();
    return {
      node: self.name,
      instance,
      version,
      started: this.#started,
      address: self.address,
      sccpPort: self.sccpPort,
      sipPort: self.sipPort,
      callPort: sip.enabled && sip.tcp !== undefined && calls.enabled ? self.sipPort : 0,
      api: http.api.enabled ? `${http.api.address}:${http.api.port}` : '',
      sccp: database.registered.SCCP,
      sip: database.registered.SIP,
    };
  }
}

/** A bus that was given stays in this process; any other one needs TLS and credentials (`docs/protocols/cluster.md` §4, 8). */
const mayCarrySecrets = ({ clusterBus }: Config): boolean => clusterBus === undefined || isSafeBus(clusterBus);

const heldBy = function* (database: DeviceDatabase): Iterable<Registration> {
  for (const { registration } of database.devices()) if (registration !== undefined) yield registration;
};
