// What entries of the layer of devices that other nodes wrote mean here: the change of each device, or why this node leaves it
// out. They are read and checked as the file of the layer is. It changes nothing.

import {
  checkedDevices,
  type DatedEntry,
  deviceRules,
  fingerprintOf,
  laidValue,
  readLayerLines,
} from '../config/index.js';
import { type DeviceKey, deviceKey } from '../core/identifiers.js';
import { type ConfiguredDevice, equalDevices } from '../devices/device.js';
import type { RuntimeDaemon } from './runtime-devices.js';
import { type DeviceChange, type LayerState, WritePlanner } from './write-plan.js';

/** An entry as another node wrote it: a line of the layer. */
export interface EntryElsewhere {
  readonly node: string;
  readonly key: DeviceKey;
  readonly line: string;
}

/** What they mean, in their order. */
export interface PlannedEntries {
  readonly changes: readonly (DeviceChange & { readonly node: string })[];
  /** What cannot be read. */
  readonly broken: readonly EntryElsewhere[];
  /** What the configuration of this node refuses, and why. */
  readonly refused: readonly (EntryElsewhere & { readonly reason: string })[];
}

/** The entry of a line. `ended`: the layer says nothing of the name from then on. `undefined`: it is none for that name. */
export const readEntry = (line: string, key: DeviceKey): DatedEntry | 'ended' | undefined => {
  const { entries, faults } = readLayerLines(`${line.trimEnd()}\n`, 'the cluster bus');
  if (faults.length > 0) return undefined;
  const [found] = entries;
  if (found === undefined) return nameOf(line) === key ? 'ended' : undefined;
  const [name, { line: _, ...entry }] = found;
  return name === key ? entry : undefined;
};

const nameOf = (line: string): DeviceKey | undefined => {
  const { name } = JSON.parse(line) as { readonly name?: unknown };
  return typeof name === 'string' ? deviceKey(name) : undefined;
};

/** Plans a batch of them: later ones see what those before change. */
export const planEntries = (
  elsewhere: readonly EntryElsewhere[],
  daemon: RuntimeDaemon,
  layer: LayerState,
): PlannedEntries => {
  const planner = new WritePlanner(daemon, layer);
  const users = new DigestUsersOf(daemon);
  const rules = deviceRules(daemon.config());
  const most = daemon.config().policy.maxDevices;
  let size = layer.entries.size;
  const changes: (DeviceChange & { readonly node: string })[] = [];
  const broken: EntryElsewhere[] = [];
  const refused: (EntryElsewhere & { readonly reason: string })[] = [];
  for (const one of elsewhere) {
    const { key, node } = one;
    const read = readEntry(one.line, key);
    if (read === undefined) {
      broken.push(one);
      continue;
    }
    const record = daemon.database.byName(key);
    const base = planner.baseOf(key, record);
    const meant = meaningOf(read, base, rules);
    if ('refused' in meant) {
      refused.push({ ...one, reason: meant.refused });
      continue;
    }
    const { device, entry } = meant;
    const isNew = !layer.entries.has(key);
    const holder = device === undefined ? undefined : users.holderOf(device);
    if (holder !== undefined || (entry !== undefined && isNew && size >= most)) {
      const reason =
        holder === undefined ? `policy.maxDevices allows ${most} entries` : `${holder} has its digest user`;
      refused.push({ ...one, reason });
      continue;
    }
    if (entry === undefined && isNew) continue; // the files say the same, or nothing is there to end
    if (entry !== undefined && isNew) size += 1;
    users.note(key, device);
    const present = record?.origin === 'auto-registered' ? undefined : record?.configured;
    changes.push({ node, key, device, entry, outcome: outcomeOf(present, device, entry) });
  }
  return { changes, broken, refused };
};

type Meaning =
  | { readonly device: ConfiguredDevice | undefined; readonly entry: DatedEntry | undefined }
  | { readonly refused: string };

/** As `layOver` lays it over what the files say of the name. */
const meaningOf = (
  read: DatedEntry | 'ended',
  base: ConfiguredDevice | undefined,
  rules: ReturnType<typeof deviceRules>,
): Meaning => {
  if (read === 'ended') return { device: base, entry: undefined };
  const { change, name } = read;
  if (change.op === 'meta') return { device: base, entry: read };
  if (change.op === 'drop') {
    const holds = base !== undefined && fingerprintOf(base, rules.defaultGroup) === change.over;
    return holds ? { device: undefined, entry: read } : { device: base, entry: undefined };
  }
  if (change.isPatch && base === undefined) return { refused: 'it changes a device that the files here do not have' };
  const value = laidValue(name, base, change.keys, rules.defaultGroup);
  const { devices, faults } = checkedDevices([value], false, rules);
  const [fault] = faults;
  const [device] = devices;
  if (fault !== undefined || device === undefined)
    return { refused: `${fault?.key ?? name}: found ${fault?.found ?? ''}, wanted ${fault?.wanted ?? ''}` };
  return base !== undefined && equalDevices(base, device)
    ? { device: base, entry: undefined }
    : { device, entry: read };
};

const outcomeOf = (
  present: ConfiguredDevice | undefined,
  device: ConfiguredDevice | undefined,
  entry: DatedEntry | undefined,
): DeviceChange['outcome'] => {
  if (device === undefined) return present === undefined ? 'unchanged' : 'removed';
  if (present !== undefined && equalDevices(present, device)) return 'unchanged';
  if (entry === undefined) return 'restored';
  return present === undefined ? 'added' : 'changed';
};

/** Who has which digest user, with what a batch changes so far. Read once, and only if a device of the batch has one. */
class DigestUsersOf {
  readonly #daemon: RuntimeDaemon;
  #holders: Map<string, DeviceKey> | undefined;
  readonly #users = new Map<DeviceKey, string>();

  constructor(daemon: RuntimeDaemon) {
    this.#daemon = daemon;
  }

  /** Another device with the same user. */
  holderOf({ name, digest }: ConfiguredDevice): DeviceKey | undefined {
    if (digest === undefined) return undefined;
    const holder = this.#read().get(digest.user);
    return holder === undefined || holder === deviceKey(name) ? undefined : holder;
  }

  /** The device is so from now on; `undefined`: it is gone. */
  note(key: DeviceKey, device: ConfiguredDevice | undefined): void {
    const before = this.#users.get(key) ?? this.#daemon.database.byName(key)?.configured.digest?.user;
    const user = device?.digest?.user;
    if (before === undefined && user === undefined) return;
    const holders = this.#read();
    if (before !== undefined && holders.get(before) === key) holders.delete(before);
    this.#users.delete(key);
    if (user === undefined) return;
    holders.set(user, key);
    this.#users.set(key, user);
  }

  #read(): Map<string, DeviceKey> {
    if (this.#holders !== undefined) return this.#holders;
    const holders = new Map<string, DeviceKey>();
    for (const { configured } of this.#daemon.database.devices())
      if (configured.digest !== undefined) holders.set(configured.digest.user, deviceKey(configured.name));
    this.#holders = holders;
    return holders;
  }
}
