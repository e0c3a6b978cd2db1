// Devices while the daemon runs: takes what somebody asks for, has it checked as the configuration is checked, keeps it
// in the layer, and gives it to the database.

import {
  type Config,
  type DatedEntry,
  type DevicePlace,
  type DevicePlaces,
  deviceRules,
  endedLine,
  isMapping,
  type LaidDevices,
  layerLine,
  layOver,
  type Mapping,
} from '../config/index.js';
import type { Degradations } from '../core/degradations.js';
import { ConfigError } from '../core/errors.js';
import { type DeviceKey, deviceKey } from '../core/identifiers.js';
import type { Clock } from '../core/time.js';
import { nameUuid } from '../core/uuid.js';
import type { ConfiguredDevice, DeviceDatabase, DeviceDoNotDisturbSet, DeviceForwardSet } from '../devices/index.js';
import type { DaemonEvent } from '../events.js';
import type { DeviceWrite, DeviceWriter, WriteAsker, WriteResult } from '../http/index.js';
import type { DeviceLayerFile } from './device-layer-file.js';
import { type EntryElsewhere, type PlannedEntries, planEntries } from './entries-elsewhere.js';
import { featureEvents } from './feature-events.js';
import { type DeviceChange, WritePlanner } from './write-plan.js';
import { WriteRefused } from './write-refusal.js';

const PART = 'devices at runtime';
const NAMED = 5;

/** What runtime devices need of the daemon. */
export interface RuntimeDaemon {
  readonly clock: Clock;
  readonly database: DeviceDatabase;
  readonly degradations: Degradations;
  readonly file: DeviceLayerFile;
  /** Where the files have each device. */
  placeInFiles(): DevicePlaces;
  /** Where each device stands, whichever holds. */
  placeOf(name: string): DevicePlace | undefined;
  /** The configuration that is in force. */
  config(): Config;
  /** Why calls of a line cannot be forwarded to a number. Absent: calls are off, and nothing is known of numbers. */
  forwardRefusal?(dn: string, number: string): 'no-such-number' | 'own-number' | undefined;
  publish(event: DaemonEvent | DeviceForwardSet | DeviceDoNotDisturbSet): void;
}

/** Tells the other nodes of the cluster what is written here. */
export interface LayerSharing {
  /**
   * Sends lines of the layer, by their names. Resolves with the names that the others do not have, or may not have. Never
   * rejects.
   */
  send(lines: ReadonlyMap<DeviceKey, string>): Promise<readonly DeviceKey[]>;
  /** Resolves when it is safe that those names are sent later as the layer has them then. Never rejects. */
  sendLater(names: readonly DeviceKey[]): Promise<void>;
}

/** The layer of devices over those of the files. The caller lets writes and reloads run one after the other. */
export class RuntimeDevices implements Pick<DeviceWriter, 'overrides'> {
  readonly #daemon: RuntimeDaemon;
  #entries = new Map<DeviceKey, DatedEntry>();
  /** What the files say of the names of the layer. */
  #below: ReadonlyMap<DeviceKey, ConfiguredDevice> = new Map();
  #cut: number | undefined;
  #sharing: LayerSharing | undefined;

  constructor(daemon: RuntimeDaemon) {
    this.#daemon = daemon;
  }

  /** Reads the layer. Throws a `ConfigError` if it cannot be read. */
  open(): void {
    const { entries, cut } = this.#daemon.file.open();
    this.#entries = entries;
    this.#cut = cut;
  }

  /** Lays the layer over the devices of the files, and changes nothing. Throws a `ConfigError` with every fault. */
  lay(config: Config): LaidDevices {
    const laid = layOver(config.devices, this.#entries, deviceRules(config), this.#daemon.file.path);
    if (laid.faults.length > 0) throw new ConfigError(laid.faults);
    return laid;
  }

  /** Takes what `lay` has returned for what is in force, and writes the layer anew where that is due. */
  async settle({ below, ended, runtime }: LaidDevices): Promise<void> {
    const { clock, file } = this.#daemon;
    const names = ended.map((key) => this.#entries.get(key)?.name ?? key);
    const planner = this.#planner();
    const lines = ended.flatMap((key) => {
      const entry = this.#entries.get(key);
      const left = planner.remainderOf(key);
      this.#entries.delete(key);
      if (left !== undefined) this.#entries.set(key, left);
      return entry === undefined ? [] : [left === undefined ? endedLine(entry, planner.now()) : layerLine(left)];
    });
    for (const [key, entry] of this.#entries) this.#entries.set(key, { ...entry, line: undefined });
    this.#below = new Map([...below].filter(([key]) => this.#entries.has(key)));
    const [cut, dropped] = [this.#cut, [...this.#entries.values()].filter(({ change }) => change.op === 'drop').length];
    this.#cut = undefined;
    if (runtime.size + dropped + ended.length > 0 || cut !== undefined)
      this.#daemon.publish({
        type: 'daemon.devices-laid',
        at: clock.now(),
        file: file.path,
        put: runtime.size,
        dropped,
        ended: names.slice(0, NAMED),
        cut,
      });
    try {
      if (file.needsCompaction(this.#entries)) await file.rewrite(this.#entries);
      else if (lines.length > 0) await file.append(lines, this.#entries);
    } catch (error) {
      this.#failed(error); // the daemon serves; the next write tries again
    }
  }

  /** The place of a device that the layer adds or changes; `undefined`: it says nothing of it. */
  placeOf(name: string): DevicePlace | undefined {
    return this.#entries.get(deviceKey(name))?.change.op === 'put'
      ? { file: this.#daemon.file.path, isRuntime: true }
      : undefined;
  }

  /** Where the files have a device that the layer changes; `undefined`: nowhere, or the layer says nothing of it. */
  overrides(name: string): DevicePlace | undefined {
    return this.#below.has(deviceKey(name)) && this.placeOf(name) !== undefined
      ? (this.#daemon.placeInFiles()(name) ?? { file: this.#daemon.config().file })
      : undefined;
  }

  /** The UUID of a device, whichever place it comes from. */
  uuidOf(name: string): string {
    const key = deviceKey(name);
    return this.#entries.get(key)?.uuid ?? nameUuid(this.#daemon.config().cluster, 'phone', key);
  }

  /** What another interface remembers of a device. */
  extraOf(name: string): Mapping | undefined {
    return this.#entries.get(deviceKey(name))?.extra;
  }

  /** Does what a request asks for, as a whole or not at all. Rejects only for faults of this program. */
  async write(write: DeviceWrite, asker: WriteAsker): Promise<WriteResult> {
    const planner = this.#planner();
    let changes: readonly DeviceChange[];
    try {
      changes = planner.changesOf(write, asker.device ?? asker.by);
    } catch (error) {
      if (!(error instanceof WriteRefused)) throw error;
      return { done: false, code: error.code, message: error.message, faults: error.faults };
    }
    const devices = changes.map(({ device, key, entry, outcome }) => ({
      name: device?.name ?? this.#daemon.database.byName(key)?.configured.name ?? key,
      uuid: entry?.uuid ?? planner.uuidOf(key),
      outcome,
    }));
    const real = changes.filter(({ outcome }) => outcome !== 'unchanged');
    if (write.check === true || real.length === 0) return { done: true, devices };
    const after = new Map(this.#entries);
    const lines = real.map(({ key, entry }) => {
      const before = after.get(key);
      after.delete(key);
      if (entry !== undefined) after.set(key, entry);
      return entry === undefined
        ? endedLine(before ?? { ...planner.about(key, asker.by), change: { op: 'meta' } }, planner.now())
        : layerLine(entry);
    });
    const told = new Map(real.map(({ key }, index) => [key, lines[index] ?? '']));
    // First what is taken away: another device may get the digest user that it had.
    const gone = real.filter(({ device }) => device === undefined).map(({ key }) => key);
    const inOrder = new Map([...gone, ...told.keys()].map((key) => [key, told.get(key) ?? '']));
    const untold = (await this.#sharing?.send(inOrder)) ?? [];
    try {
      await this.#daemon.file.append(lines, after);
    } catch (error) {
      this.#failed(error);
      await this.#sharing?.sendLater([...told.keys()]); // the others are to have it as it was
      return {
        done: false,
        code: 'not-written',
        message: `${this.#daemon.file.path}: ${(error as Error).message}; nothing has changed`,
        faults: [],
      };
    }
    this.#daemon.degradations.end(PART);
    if (untold.length > 0) await this.#sharing?.sendLater(untold);
    const before = new Map(real.map(({ key }) => [key, this.#daemon.database.byName(key)?.configured]));
    this.#apply(real, after);
    this.#publish(keysOf(write).slice(0, 2 * NAMED), real, asker);
    const at = this.#daemon.clock.now();
    for (const { key, device } of real)
      for (const event of featureEvents(before.get(key), device, asker, at)) this.#daemon.publish(event);
    return { done: true, devices };
  }

  // ── what other nodes write ────────────────────────────────────────────────────────────────────────────────────

  /** From now on the other nodes are told of what is written here. */
  share(sharing: LayerSharing): void {
    this.#sharing = sharing;
  }

  /** The names of which the layer says something. */
  names(): readonly DeviceKey[] {
    return [...this.#entries.keys()];
  }

  /** The line of a name. `undefined`: the layer says nothing of it. */
  lineOf(key: DeviceKey): string | undefined {
    const entry = this.#entries.get(key);
    return entry === undefined ? undefined : layerLine(entry);
  }

  /** The line after which a layer says nothing of a name, as this one does. */
  endedLineOf(key: DeviceKey): string {
    const planner = this.#planner();
    return endedLine({ ...planner.about(key, 'cluster'), change: { op: 'meta' } }, planner.now());
  }

  /**
   * Takes what other nodes have written. Resolves with what was left out: it changes nothing. Rejects only for faults of this
   * program; what cannot be kept is tried again with the next break or start.
   */
  async take(elsewhere: readonly EntryElsewhere[]): Promise<Pick<PlannedEntries, 'broken' | 'refused'>> {
    const planned = planEntries(elsewhere, this.#daemon, { entries: this.#entries, below: this.#below });
    const { changes } = planned;
    if (changes.length === 0) return planned;
    const after = new Map(this.#entries);
    const lines = changes.map(({ key, entry }) => {
      const ended = entry === undefined ? this.endedLineOf(key) : '';
      after.delete(key);
      if (entry !== undefined) after.set(key, entry);
      return entry === undefined ? ended : layerLine(entry);
    });
    try {
      await this.#daemon.file.append(lines, after);
    } catch (error) {
      this.#failed(error);
      return planned;
    }
    this.#daemon.degradations.end(PART);
    const { database, clock } = this.#daemon;
    const features = changes.flatMap(({ key, device, outcome }) =>
      outcome === 'changed' || outcome === 'restored'
        ? featureEvents(database.byName(key)?.configured, device, { by: 'cluster' }, clock.now())
        : [],
    );
    this.#apply(changes, after);
    for (const event of features) this.#daemon.publish(event);
    for (const node of new Set(changes.map((change) => change.node))) {
      // What changes an entry alone, such as a UUID, is news, too.
      const ofNode = changes.flatMap((change) =>
        change.node === node
          ? [{ ...change, outcome: change.outcome === 'unchanged' ? ('changed' as const) : change.outcome }]
          : [],
      );
      this.#publish([], ofNode, { by: 'cluster', address: '', token: false }, node);
    }
    return planned;
  }

  close(): void {
    this.#daemon.file.close();
  }

  #planner(): WritePlanner {
    return new WritePlanner(this.#daemon, { entries: this.#entries, below: this.#below });
  }

  #apply(changes: readonly DeviceChange[], after: Map<DeviceKey, DatedEntry>): void {
    const { database, clock } = this.#daemon;
    const now = clock.now();
    const below = new Map(this.#below);
    const planner = this.#planner();
    for (const { key, device, entry, outcome } of changes) {
      const base = planner.baseOf(key, database.byName(key));
      if (entry !== undefined && base !== undefined) below.set(key, base);
      else below.delete(key);
      if (outcome === 'unchanged') continue;
      if (device === undefined) database.remove(key, now);
      else database.put(device, entry?.change.op === 'put' ? 'runtime' : 'configured', now);
    }
    this.#entries = after;
    this.#below = below;
  }

  #failed(error: unknown): void {
    this.#daemon.degradations.begin(PART, `${this.#daemon.file.path}: ${(error as Error).message}`);
  }

  #publish(
    keys: readonly string[],
    changes: readonly DeviceChange[],
    { by, device: phone, address, token }: Omit<WriteAsker, 'by'> & { readonly by: WriteAsker['by'] | 'cluster' },
    node?: string,
  ): void {
    const devices = { added: 0, changed: 0, removed: 0, restored: 0 };
    for (const { outcome } of changes) if (outcome !== 'unchanged') devices[outcome] += 1;
    const names = changes.slice(0, NAMED).map(({ key, device, entry }) => String(device?.name ?? entry?.name ?? key));
    this.#daemon.publish({
      type: 'daemon.devices-written',
      at: this.#daemon.clock.now(),
      devices,
      names,
      keys,
      by: phone ?? by,
      address,
      token,
      ...(node === undefined ? {} : { node }),
    });
  }
}

const keysOf = (write: DeviceWrite): readonly string[] => {
  if (write.op === 'add')
    return [...new Set(write.devices.flatMap((device) => (isMapping(device) ? Object.keys(device) : [])))];
  if (write.op === 'forward' || write.op === 'renumber') return ['lines'];
  if (write.op === 'do-not-disturb') return ['doNotDisturb'];
  const body =
    write.op === 'replace' ? write.device : write.op === 'change' || write.op === 'rename' ? write.patch : undefined;
  return isMapping(body) ? Object.keys(body) : [];
};
