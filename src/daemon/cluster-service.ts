// This node as a member of its cluster: it tells the others of its phones, hears of theirs, and answers what they ask. There is
// none where no bus is configured.

import {
  type ClusterBus,
  ClusterLeases,
  ClusterNumbers,
  ClusterRegistrations,
  type NodeFacts,
  NodeTable,
  type NumberedDevices,
  Questions,
  type ToldRegistration,
} from '../cluster/index.js';
import type { Config } from '../config/index.js';
import type { Degradations } from '../core/degradations.js';
import type { EventBus } from '../core/event-bus.js';
import type { DeviceName } from '../core/identifiers.js';
import type { Clock } from '../core/time.js';
import type { DeviceCommand, DeviceDatabase, Registration } from '../devices/index.js';
import type { LabcmEvent } from '../events.js';

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
  config(): Config;
  /** Sends a phone its protocol's own command. */
  command(device: DeviceName, command: DeviceCommand): void;
  /** Another daemon has the name of this node: this one must end. */
  nameTaken(by: NodeFacts): void;
}

/** The membership. */
export class ClusterService {
  readonly nodes: NodeTable;
  readonly registrations: ClusterRegistrations;
  readonly questions: Questions;
  readonly numbers: ClusterNumbers;
  /** `undefined`: this node serves no DHCP. */
  readonly leases: ClusterLeases | undefined;
  readonly #bus: ClusterBus;
  readonly #daemon: ClusterDaemon;
  readonly #started: number;
  readonly #unsubscribe: (() => void)[] = [];

  constructor(bus: ClusterBus, daemon: ClusterDaemon) {
    this.#bus = bus;
    this.#daemon = daemon;
    const { clock, database, config, instance } = daemon;
    this.#started = clock.wallTime(clock.now());
    this.questions = new Questions(bus);
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
      changed: () => {
        this.numbers.configured();
        this.leases?.nodesChanged();
      },
    });
    this.registrations = new ClusterRegistrations({
      clock,
      bus: daemon.bus,
      bucket: bus.bucket('registrations'),
      self: { node: config().self.name, instance },
      placeOf: (node) => config().nodes.findIndex(({ name }) => name === node),
      isGone: (node, start) => this.nodes.isGone(node, start),
      recordOf: (device) => database.byName(device),
      held: () => heldBy(database),
      supersede: (registration) => void database.end(registration, 'superseded', clock.now()),
      askAges: async (node, devices) => agesIn(await this.questions.ask(node, 'ages', { devices })),
      changed: () => {},
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
        others: () => this.#others(),
        degraded: (reason) => this.#degraded(ADDRESSES_PART, reason),
      });
    this.questions.on('ages', ({ devices }) => ({
      ages: this.registrations.agesOf(namesIn(devices)).map((age) => age ?? null),
    }));
    bus.watch('nodes', this.nodes);
    bus.watch('registrations', this.registrations);
    bus.watch('numbers', this.numbers);
    if (this.leases !== undefined) bus.watch('leases', this.leases);
    bus.onState((state) => {
      if (state.isConnected) daemon.degradations.end(BUS_PART);
      else {
        daemon.degradations.begin(BUS_PART, `${bus.address}: ${state.reason}`);
        this.nodes.lost();
        this.registrations.lost();
        this.numbers.lost();
        this.leases?.lost();
      }
    });
  }

  /** Connects. The phones of this node are served meanwhile. */
  start(): void {
    this.#listen();
    this.#bus.start();
  }

  /** Who holds a device, as its node tells; of a node that is gone, too. */
  holderOf(device: string): ToldRegistration | undefined {
    return this.registrations.of(device);
  }

  /** Tells the others that this node stops. */
  async close(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.registrations.close();
    this.numbers.close();
    this.leases?.close();
    await this.nodes.close();
    await this.#bus.close();
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
    const { self, http } = config();
    return {
      node: self.name,
      instance,
      version,
      started: this.#started,
      address: self.address,
      sccpPort: self.sccpPort,
      sipPort: self.sipPort,
      api: http.api.enabled ? `${http.api.address}:${http.api.port}` : '',
      sccp: database.registered.SCCP,
      sip: database.registered.SIP,
    };
  }
}

/** The devices of this node, as far as numbers go. */
const numberedDevices = ({ database, clock, command }: ClusterDaemon): NumberedDevices => ({
  isTaken: (dn) => database.byDirectoryNumber(dn).length > 0,
  entryOf: (name) => database.autoRegistered(name),
  *entries() {
    for (const { configured } of database.devices()) {
      const entry = database.autoRegistered(configured.name);
      if (entry !== undefined) yield entry;
    }
  },
  learn: (entry) => {
    // A phone that is registered shows its old number until it reads its file again.
    if (database.byName(entry.name)?.registration !== undefined) command(entry.name, 'restart');
    database.learnAutoRegistered(entry, clock.now());
  },
  forget: (name) => {
    if (database.byName(name)?.registration !== undefined) command(name, 'restart');
    database.remove(name, clock.now());
  },
});

const heldBy = function* (database: DeviceDatabase): Iterable<Registration> {
  for (const { registration } of database.devices()) if (registration !== undefined) yield registration;
};

const MOST_ASKED = 1_000;

const namesIn = (value: unknown): readonly string[] =>
  Array.isArray(value)
    ? value.slice(0, MOST_ASKED).filter((one): one is string => typeof one === 'string' && one.length <= 15)
    : [];

const agesIn = ({ ages }: { readonly ages?: unknown }): readonly (number | undefined)[] =>
  Array.isArray(ages) ? ages.map((age) => (typeof age === 'number' ? age : undefined)) : [];
