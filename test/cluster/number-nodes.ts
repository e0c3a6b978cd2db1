// Nodes that give numbers of one range, with one engine between them. A ledger finds a number that two phones have.

import type { ClusterEvent } from '../../src/cluster/events.js';
import { type InProcessBus, InProcessEngine } from '../../src/cluster/in-process-bus.js';
import { ClusterNumbers } from '../../src/cluster/index.js';
import type { DeviceName } from '../../src/core/identifiers.js';
import type { AutoRegistered } from '../../src/devices/auto-registration-state.js';
import type { DeviceEvent } from '../../src/devices/events.js';
import { DEFAULT_POLICY, DeviceDatabase } from '../../src/devices/index.js';
import { aDevice, anAttempt } from '../support/devices.js';
import { EventRecorder } from '../support/event-recorder.js';
import { ManualClock } from '../support/manual-clock.js';
import { settle } from './dhcp-nodes.js';
import { SkewedClock } from './skewed-clock.js';

/** A machine. Its file outlives its starts. */
export class NumberNode {
  readonly name: string;
  readonly clock: SkewedClock;
  readonly file: AutoRegistered[] = [];
  readonly probe = new EventRecorder<DeviceEvent | ClusterEvent>();
  readonly degraded: (string | undefined)[] = [];
  readonly restarted: string[] = [];
  range: { first: number; last: number } | undefined;
  database!: DeviceDatabase;
  numbers!: ClusterNumbers;
  bus!: InProcessBus;
  isRunning = false;
  readonly #lab: NumberLab;
  #starts = 0;

  constructor(lab: NumberLab, name: string, index: number, range: { first: number; last: number }) {
    this.#lab = lab;
    this.name = name;
    this.range = range;
    this.clock = new SkewedClock(lab.clock, index * 1_234_567, index * 5 * 60_000);
  }

  async start(): Promise<void> {
    this.#starts += 1;
    const { clock, probe, name, file } = this;
    const database = new DeviceDatabase(probe.bus, {
      store: { all: () => file, remember: (entry) => void file.push(entry) },
      policy: { ...DEFAULT_POLICY, autoRegistration: this.range },
    });
    this.database = database;
    database.configure([aDevice('SEP00000000C0DE', { lines: ['1003'] })], clock.now());
    database.restore(clock.now());
    this.bus = this.#lab.engine.connection(name);
    const { bus } = this;
    const numbers = new ClusterNumbers({
      clock,
      bus: probe.bus,
      bucket: bus.bucket('numbers'),
      self: { node: name, instance: `${name}-${this.#starts}` },
      devices: {
        isTaken: (dn) => database.byDirectoryNumber(dn).length > 0,
        entryOf: (device) => database.autoRegistered(device),
        entries: () =>
          [...database.devices()].flatMap(({ configured }) => database.autoRegistered(configured.name) ?? []),
        learn: (entry) => {
          if (database.byName(entry.name) !== undefined) this.restarted.push(entry.name);
          database.learnAutoRegistered(entry, clock.now());
        },
        forget: (device) => {
          this.restarted.push(device);
          database.remove(device, clock.now());
        },
      },
      exists: (node) => this.#lab.configured.has(node),
      others: () => [...this.#lab.configured].filter((node) => node !== name),
      range: () => this.range,
      degraded: (reason) => void this.degraded.push(reason),
    });
    this.numbers = numbers;
    database.shareNumbers(numbers);
    bus.watch('numbers', numbers);
    bus.onState(({ isConnected }) => {
      if (!isConnected) numbers.lost();
    });
    bus.start();
    numbers.start();
    this.isRunning = true;
    await settle();
  }

  async kill(): Promise<void> {
    this.isRunning = false;
    this.bus.cut(true);
    this.numbers.close();
    await this.bus.close();
    await settle();
  }

  setRange(range: { first: number; last: number } | undefined): void {
    this.range = range;
    this.database.setPolicy({ ...DEFAULT_POLICY, autoRegistration: range }, 'Default');
    this.numbers.configured();
  }

  /** The number that the phone is given, or why there is none. The sources differ, so that no limit applies. */
  register(phone: string): string {
    const address = `10.${this.#lab.nextSource()}`;
    const link = this.#lab.nextLink();
    const result = this.database.register(anAttempt(phone, 'SCCP', { typeId: 30016, address, link }), this.clock.now());
    return result.accepted ? (result.device.configured.lines[0]?.dn ?? '') : result.reason;
  }

  numberOf(phone: string): string | undefined {
    return this.database.autoRegistered(phone)?.dn;
  }
}

export class NumberLab {
  readonly clock = new ManualClock();
  readonly engine = new InProcessEngine(this.clock);
  readonly configured = new Set<string>();
  readonly nodes: NumberNode[] = [];
  #source = 0;

  static async of(names: readonly string[], first = 1000, last = 1099): Promise<NumberLab> {
    const lab = new NumberLab();
    for (const [index, name] of names.entries()) {
      lab.configured.add(name);
      const node = new NumberNode(lab, name, index, { first, last });
      lab.nodes.push(node);
      await node.start();
    }
    await lab.advance(3_000);
    return lab;
  }

  nextLink(): number {
    return this.#source;
  }

  nextSource(): string {
    this.#source += 1;
    return `${this.#source >> 16}.${(this.#source >> 8) & 255}.${this.#source & 255}`;
  }

  async advance(milliseconds: number): Promise<void> {
    for (let left = milliseconds; left > 0; left -= 500) {
      this.clock.advance(Math.min(500, left));
      await settle();
    }
  }

  /** What the engine holds under a key. */
  told(key: string): Record<string, unknown> | undefined {
    const value = this.engine.stored('numbers').entries.get(key)?.value;
    return value === undefined ? undefined : JSON.parse(value);
  }

  /** Throws if two phones have one number, wherever they have it; `isHealed`: or if a phone has two. */
  check(isHealed = false): void {
    const owners = new Map<string, string>();
    const numbers = new Map<string, string>();
    for (const { database } of this.nodes)
      for (const { configured } of database.devices()) {
        const entry = database.autoRegistered(configured.name as DeviceName);
        if (entry === undefined) continue;
        const owner = owners.get(entry.dn) ?? entry.name;
        if (owner !== entry.name) throw new Error(`${entry.dn} was given to ${owner} and to ${entry.name}`);
        owners.set(entry.dn, entry.name);
        const number = numbers.get(entry.name) ?? entry.dn;
        if (isHealed && number !== entry.dn) throw new Error(`${entry.name} has ${number} and ${entry.dn}`);
        numbers.set(entry.name, entry.dn);
      }
  }
}

/** `SEP` and twelve hexadecimal digits. */
export const phoneNumber = (number: number): string => `SEP02${number.toString(16).toUpperCase().padStart(10, '0')}`;
