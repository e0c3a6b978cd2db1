// Several nodes of a cluster in one process and in virtual time: each with its own database, all with one engine.

import { setImmediate as turn } from 'node:timers/promises';
import { type InProcessBus, InProcessEngine } from '../../src/cluster/in-process-bus.js';
import type { Config } from '../../src/config/index.js';
import { Degradations } from '../../src/core/degradations.js';
import type { Instant } from '../../src/core/time.js';
import { ClusterService } from '../../src/daemon/cluster-service.js';
import { LineStateService } from '../../src/daemon/line-states.js';
import type { RuntimeDevices } from '../../src/daemon/runtime-devices.js';
import { DeviceDatabase, type Registration } from '../../src/devices/index.js';
import type { LabcmEvent } from '../../src/events.js';
import { aDevice, anAttempt } from './devices.js';
import { EventRecorder } from './event-recorder.js';
import { ManualClock } from './manual-clock.js';

/** Nothing is kept: these nodes share who holds whom. */
const NO_FOLDER = '/nonexistent';
const NO_LAYER = {
  share: () => {},
  names: () => [],
  lineOf: () => undefined,
  endedLineOf: () => undefined,
  take: () => Promise.resolve({ broken: [], refused: [] }),
} as unknown as RuntimeDevices;

/** Lets everything happen that takes no time. */
export const flushed = async (): Promise<void> => {
  for (let turns = 0; turns < 4; turns += 1) await turn();
};

/** One start of a node. */
export interface LabNode {
  readonly name: string;
  readonly recorder: EventRecorder<LabcmEvent>;
  readonly database: DeviceDatabase;
  readonly bus: InProcessBus;
  readonly service: ClusterService;
  readonly degradations: Degradations;
}

/** The cluster. */
export class ClusterLab {
  readonly clock = new ManualClock();
  readonly engine = new InProcessEngine(this.clock);
  readonly nodes = new Map<string, LabNode>();
  readonly #names: readonly string[];
  readonly #devices: readonly string[];
  #starts = 0;

  constructor(names: readonly string[], devices: readonly string[]) {
    this.#names = names;
    this.#devices = devices;
  }

  /** Starts all nodes, and waits until they know each other. */
  async start(): Promise<void> {
    for (const name of this.#names) this.startNode(name);
    await this.advance(3_000);
  }

  /** Starts a node with an empty memory. */
  startNode(name: string): LabNode {
    const { clock } = this;
    const recorder = new EventRecorder<LabcmEvent>();
    const database = new DeviceDatabase(recorder.bus);
    database.configure(
      this.#devices.map((device, index) => aDevice(device, { mac: undefined, lines: [String(5001 + index)] })),
      clock.now(),
    );
    const bus = this.engine.connection(name);
    const degradations = new Degradations(clock, recorder.bus);
    const nodes = this.#names.map((node, index) => ({ name: node, address: `10.0.0.${index + 1}` }));
    const self = { ...nodes.find((node) => node.name === name), sccpPort: 2000, sipPort: 5060 };
    const config = {
      ...{ cluster: 'lab', self, nodes, http: { api: { enabled: false } }, dhcp: { enabled: false }, policy: {} },
      ...{ sip: { enabled: false }, calls: { enabled: false } },
      state: { directory: NO_FOLDER },
    } as unknown as Config;
    const service = new ClusterService(bus, {
      ...{ clock, bus: recorder.bus, database, degradations, version: '0.0.0', instance: `${name}-${++this.#starts}` },
      ...{ runtime: NO_LAYER, lines: new LineStateService({ clock, database, bus: recorder.bus }).states },
      config: () => config,
      command: () => {},
      inTurn: (change) => change(),
      nameTaken: () => {},
    });
    service.start();
    const node = { name, recorder, database, bus, service, degradations };
    this.nodes.set(name, node);
    return node;
  }

  /** The node that runs under a name. */
  node(name: string): LabNode {
    const node = this.nodes.get(name);
    if (node === undefined) throw new Error(`no node ${name} runs`);
    return node;
  }

  /** Ends a node as `kill -9` does. */
  kill(name: string): void {
    const { service, bus } = this.node(name);
    bus.cut(true);
    this.engine.forget(bus);
    service.registrations.close();
    this.nodes.delete(name);
  }

  /** A phone registers. */
  register(name: string, device: string, address = '10.10.210.200'): Registration {
    const { database } = this.node(name);
    const now = this.clock.now();
    const result = database.register(anAttempt(device, 'SCCP', { address }), now);
    if (!result.accepted) throw new Error(`${device} was refused: ${result.reason}`);
    database.reportCapabilities(result.registration, [], now);
    return result.registration;
  }

  /** A phone unregisters. */
  unregister(name: string, device: string): void {
    const { database } = this.node(name);
    const registration = database.byName(device)?.registration;
    if (registration !== undefined) database.end(registration, 'unregistered', this.clock.now());
  }

  /** The names of the nodes that hold a device. */
  holders(device: string): readonly string[] {
    return [...this.nodes.values()]
      .filter(({ database }) => database.byName(device)?.registration !== undefined)
      .map(({ name }) => name);
  }

  /** Lets time go on, and everything happen that happens meanwhile. */
  async advance(milliseconds: number, step = 50): Promise<void> {
    await flushed();
    for (let left = milliseconds; left > 0; left -= step) {
      this.clock.advance(Math.min(left, step));
      await flushed();
    }
  }

  /** What a node knows of who holds a device, in one text. */
  told(name: string, device: string): string {
    const told = this.node(name).service.holderOf(device);
    return told === undefined ? 'nothing' : `${told.state} ${told.node}`;
  }

  now(): Instant {
    return this.clock.now();
  }
}
