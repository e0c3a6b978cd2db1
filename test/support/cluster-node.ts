// A node of a cluster without sockets: its devices, its messages, the states of its lines and its membership, on a clock and an
// engine that the test owns.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InProcessBus, InProcessEngine } from '../../src/cluster/in-process-bus.js';
import type { Config } from '../../src/config/index.js';
import { Degradations } from '../../src/core/degradations.js';
import { ClusterService } from '../../src/daemon/cluster-service.js';
import { DeviceLayerFile } from '../../src/daemon/device-layer-file.js';
import { LineStateService } from '../../src/daemon/line-states.js';
import { messagesFile } from '../../src/daemon/messages-file.js';
import { configOfValue } from '../../src/daemon/read-config.js';
import { RuntimeDevices } from '../../src/daemon/runtime-devices.js';
import { DeviceDatabase } from '../../src/devices/index.js';
import type { LabcmEvent } from '../../src/events.js';
import type { DeviceWrite, WriteResult } from '../../src/http/index.js';
import { EventRecorder } from './event-recorder.js';
import type { ManualClock } from './manual-clock.js';
import type { SmallDisk } from './small-disk.js';

const running = new Set<TestNode>();

/** Lets everything that waits for an answer, or for the disk, go on. */
export const settled = async (): Promise<void> => {
  for (let round = 0; round < 6; round += 1) {
    await Promise.all([...running].map((node) => node.changes));
    for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }
};

export interface NodeOptions {
  readonly name: string;
  readonly engine: InProcessEngine;
  readonly clock: ManualClock;
  /** The configuration beside `nodes` and `self`. */
  readonly config?: object;
  /** Of an earlier start, whose state it takes over. */
  readonly folder?: string;
  readonly disk?: SmallDisk;
}

export class TestNode {
  readonly name: string;
  readonly folder: string;
  readonly recorder = new EventRecorder<LabcmEvent>();
  readonly database: DeviceDatabase;
  readonly runtime: RuntimeDevices;
  readonly lines: LineStateService;
  readonly service: ClusterService;
  readonly bus: InProcessBus;
  readonly config: Config;
  #changing: Promise<unknown> = Promise.resolve();

  static async start(options: NodeOptions): Promise<TestNode> {
    const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'labcm-node-'));
    const nodes = ['CM1', 'CM2', 'CM3'].map((name, index) => ({ name, address: `10.0.0.${index + 1}` }));
    const value = { nodes, self: options.name, state: { directory: join(folder, 'state') }, ...options.config };
    const config = await configOfValue(value as never, join(folder, 'lab.yaml'));
    const node = new TestNode(options, folder, config);
    running.add(node);
    node.service.start();
    await settled();
    return node;
  }

  private constructor({ name, engine, clock, disk }: NodeOptions, folder: string, config: Config) {
    this.name = name;
    this.folder = folder;
    this.config = config;
    const { bus } = this.recorder;
    const degradations = new Degradations(clock, bus);
    const { directory } = config.state;
    this.database = new DeviceDatabase(bus, { messages: messagesFile(directory, degradations) });
    this.runtime = new RuntimeDevices({
      ...{ clock, database: this.database, degradations },
      file: new DeviceLayerFile(directory, disk),
      placeInFiles: () => () => undefined,
      placeOf: () => undefined,
      config: () => config,
      publish: (event) => bus.publish(event),
    });
    this.runtime.open();
    const laid = this.runtime.lay(config);
    this.database.configure(laid.devices, clock.now(), laid.runtime);
    void this.#inTurn(() => this.runtime.settle(laid));
    this.lines = new LineStateService({ clock, database: this.database, bus });
    this.bus = engine.connection(name);
    this.service = new ClusterService(this.bus, {
      ...{ clock, bus, database: this.database, degradations, runtime: this.runtime },
      lines: this.lines.states,
      version: '1.0.0',
      instance: `${name}-${clock.now()}`,
      config: () => config,
      inTurn: (change) => this.#inTurn(change),
      command: () => {},
      nameTaken: () => {},
    });
  }

  /** Resolves when what was changed so far is done. */
  get changes(): Promise<unknown> {
    return this.#changing;
  }

  write(write: DeviceWrite): Promise<WriteResult> {
    return this.#inTurn(() => this.runtime.write(write, { by: 'api', address: '127.0.0.1', token: true }));
  }

  /** What the layer's file says of each name, in its order. */
  layer(): readonly Record<string, unknown>[] {
    return readFileSync(join(this.folder, 'state', 'devices.jsonl'), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  description(device: string): string | undefined {
    return this.database.byName(device)?.configured.description;
  }

  names(): readonly string[] {
    return [...this.database.devices()].map(({ configured }) => String(configured.name)).sort();
  }

  /** Stops in order. */
  async stop(): Promise<void> {
    await this.service.close();
    this.kill();
  }

  /** Ends at once, as by a signal: nothing is told. */
  kill(): void {
    running.delete(this);
    this.bus.cut(true);
    this.runtime.close();
    this.lines.stop();
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const changing = this.#changing.then(change);
    this.#changing = changing.catch(() => {});
    return changing;
  }
}
