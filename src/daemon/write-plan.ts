// What a request for devices means: the change of each device, or why it cannot be done. It changes nothing.

import {
  checkedDevices,
  type DatedEntry,
  type DeviceRules,
  deviceRules,
  fingerprintOf,
  isMapping,
  type Mapping,
  mergePatch,
  sharedUsers,
  wholeKeys,
  withKeys,
  withoutNulls,
  writtenDevice,
} from '../config/index.js';
import { type DeviceKey, type DirectoryNumber, deviceKey } from '../core/identifiers.js';
import { dateOf } from '../core/time.js';
import { nameUuid } from '../core/uuid.js';
import { type ConfiguredDevice, type DeviceRecord, equalDevices } from '../devices/device.js';
import { FORWARD_NAMES } from '../devices/line-forward.js';
import type { DeviceWrite, WriteFault, WriteOutcome } from '../http/index.js';
import type { RuntimeDaemon } from './runtime-devices.js';
import { describe, fault, faultOfRequest, keyAt, refused, WriteRefused } from './write-refusal.js';

/** What a write does to one device. */
export interface DeviceChange {
  readonly key: DeviceKey;
  readonly outcome: WriteOutcome;
  /** The device from now on; `undefined`: it is removed. */
  readonly device: ConfiguredDevice | undefined;
  /** What the layer says from now on; `undefined`: nothing. */
  readonly entry: DatedEntry | undefined;
}

/** The layer as it is now. */
export interface LayerState {
  readonly entries: ReadonlyMap<DeviceKey, DatedEntry>;
  /** What the files say of its names. */
  readonly below: ReadonlyMap<DeviceKey, ConfiguredDevice>;
}

/** Plans writes over the layer. Every method throws a `WriteRefused` for a request that cannot be done. */
export class WritePlanner {
  readonly #daemon: RuntimeDaemon;
  readonly #layer: LayerState;

  constructor(daemon: RuntimeDaemon, layer: LayerState) {
    this.#daemon = daemon;
    this.#layer = layer;
  }

  // ── what a request means ──────────────────────────────────────────────────────────────────────────────────────

  /** The changes of a request, in the order of its devices. */
  changesOf(write: DeviceWrite, by: string): readonly DeviceChange[] {
    this.#checkCondition(write);
    const changes = this.#meaningOf(write, by);
    const extra = 'extra' in write ? write.extra : undefined;
    const remembered = extra === undefined ? changes : changes.map((change) => this.#remember(change, extra, by));
    this.#checkRoom(remembered);
    return remembered;
  }

  #meaningOf(write: DeviceWrite, by: string): readonly DeviceChange[] {
    switch (write.op) {
      case 'add':
        return this.#add(write.devices, write.isList, write.existing === 'replace', by);
      case 'replace': {
        const device = named(withoutNulls(write.device), write.name);
        return this.#add([device], false, true, by);
      }
      case 'change':
        return [this.#patch(write.name, write.patch, by)];
      case 'rename':
        return this.#rename(write.name, write.to, write.patch, by);
      case 'forward':
        return this.#forward(write.dn, write.forward, by);
      case 'renumber':
        return this.#renumber(write.dn, write.to, by);
      case 'do-not-disturb':
        return [this.#doNotDisturb(write.name, write.body, by)];
      case 'remove':
        return [this.#remove(write.name, by)];
      case 'restore':
        return [this.#restore(write.name)];
    }
  }

  #add(values: readonly unknown[], isList: boolean, mayExist: boolean, by: string): readonly DeviceChange[] {
    const written = values.map((value) => this.#spelled(withoutNulls(value)));
    const { devices, faults } = checkedDevices(written, isList, this.#rules());
    const taken = mayExist ? [] : written.flatMap((value, index) => this.#taken(value, isList ? index : undefined));
    const all = [...faults.map(faultOfRequest), ...taken];
    if (all.length > 0) throw refused(all, faults.length === 0 ? 'exists' : 'faults');
    this.#checkUsers(devices, isList);
    return devices.map((device, index) => {
      const { name: _, ...keys } = written[index] as Mapping;
      const key = deviceKey(device.name);
      const whole = mayExist || this.#layer.entries.has(key);
      return this.#put(device, whole ? withoutName(wholeKeys(keys)) : keys, false, by);
    });
  }

  /** A device that exists, or stands in a file, keeps the case of its name. */
  #spelled(value: unknown): unknown {
    if (!isMapping(value) || typeof value.name !== 'string') return value;
    const key = deviceKey(value.name);
    const known = this.#layer.below.get(key)?.name ?? this.#daemon.database.byName(key)?.configured.name;
    return known === undefined ? value : { ...value, name: String(known) };
  }

  #patch(name: string, patch: unknown, by: string): DeviceChange {
    const record = this.#recordOf(name);
    const { name: spelled } = record.configured;
    if (!isMapping(patch)) throw refused([fault('(the whole body)', describe(patch), 'a mapping of keys to values')]);
    const renamed =
      patch.name !== undefined && patch.name !== null && deviceKey(String(patch.name)) !== deviceKey(spelled);
    if (renamed)
      throw refused([
        fault('name', JSON.stringify(patch.name), `${spelled}, or no such key: add a device of another name`),
      ]);
    const { defaultGroup } = this.#rules();
    const present = writtenDevice(record.configured, defaultGroup);
    const merged = withoutNulls(mergePatch(present, { ...patch, name: spelled })) as Mapping;
    const device = this.#checked(merged);
    const key = deviceKey(spelled);
    const entry = this.#layer.entries.get(key);
    const own = entry?.change.op === 'put' ? entry.change.keys : this.#isInFiles(record) ? {} : withoutName(present);
    const known = withoutName(wholeKeys({}));
    const named = Object.keys(patch).filter((one) => Object.hasOwn(known, one));
    const keys = { ...own, ...Object.fromEntries(named.map((one) => [one, merged[one] ?? null])) };
    if (this.baseOf(key, record) === undefined) return this.#put(device, withKeys(keys, {}), false, by);
    return this.#put(device, keys, entry?.change.op !== 'put' || entry.change.isPatch, by);
  }

  /** The device under its other name, with its UUID. The old name gets another one: a device may be called so again. */
  #rename(name: string, to: string, patch: unknown, by: string): readonly DeviceChange[] {
    const record = this.#recordOf(name);
    const written = writtenDevice(record.configured, this.#rules().defaultGroup);
    const value = withoutNulls({ ...(mergePatch(written, patch) as Mapping), name: to }) as Mapping;
    const device = this.#checked(value, record.configured);
    const taken = this.#taken(value, undefined);
    if (taken.length > 0) throw refused(taken, 'exists');
    const old = this.#remove(name, by);
    const about = this.about(old.key, by);
    const unused = nameUuid(this.#daemon.config().cluster, 'phone', old.key, about.at);
    const freed = { ...about, change: { op: 'meta' } as const, ...old.entry, uuid: unused, extra: undefined };
    const key = deviceKey(device.name);
    const keys = withoutName(value);
    const put = this.#put(device, this.#layer.entries.has(key) ? withoutName(wholeKeys(keys)) : keys, false, by);
    const entry = { ...(put.entry ?? { ...this.about(key, by), change: { op: 'meta' } as const }), uuid: about.uuid };
    return [
      { ...put, entry: { ...entry, extra: about.extra } },
      { ...old, entry: freed },
    ];
  }

  #renumber(dn: string, to: string | undefined, by: string): readonly DeviceChange[] {
    const records = this.#daemon.database.byDirectoryNumber(dn as DirectoryNumber);
    if (records.length === 0) throw new WriteRefused('unknown-line', `no device has the line ${dn}`);
    const { defaultGroup } = this.#rules();
    return records.map(({ configured }) => {
      const lines = (writtenDevice(configured, defaultGroup).lines ?? []) as readonly Mapping[];
      const changed = lines.flatMap((line) => {
        if (line.dn !== dn) return [line];
        return to === undefined ? [] : [{ ...line, dn: to }];
      });
      return this.#patch(configured.name, { lines: changed.length === 0 ? null : changed }, by);
    });
  }

  /** A change with what another interface remembers of the device from now on. */
  #remember(change: DeviceChange, extra: Mapping, by: string): DeviceChange {
    if (change.device === undefined) return change;
    const about = this.about(change.key, by, change.device.name);
    const { uuid } = change.entry ?? about;
    const isNothing = Object.keys(extra).length === 0;
    if (JSON.stringify(change.entry?.extra ?? {}) === JSON.stringify(extra)) return change;
    const entry = { ...about, change: { op: 'meta' } as const, ...change.entry, extra: isNothing ? undefined : extra };
    const isEmpty = isNothing && entry.change.op === 'meta' && uuid === this.uuidOf(change.key);
    const outcome = change.outcome === 'unchanged' ? 'changed' : change.outcome;
    return { ...change, outcome, entry: isEmpty ? undefined : { ...entry, by, at: this.now() } };
  }

  #forward(dn: string, forward: unknown, by: string): readonly DeviceChange[] {
    const records = this.#daemon.database.byDirectoryNumber(dn as DirectoryNumber);
    if (records.length === 0) throw new WriteRefused('unknown-line', `no device has the line ${dn}`);
    if (!isMapping(forward))
      throw refused([fault('(the whole body)', describe(forward), 'a mapping of keys to values')]);
    this.#checkForward(dn, forward);
    const { defaultGroup } = this.#rules();
    return records.map(({ configured }) => {
      const lines = (writtenDevice(configured, defaultGroup).lines ?? []) as readonly Mapping[];
      const changed = lines.map((line) => (line.dn === dn ? forwarding(line, forward) : line));
      return this.#patch(configured.name, { lines: changed }, by);
    });
  }

  #doNotDisturb(name: string, body: unknown, by: string): DeviceChange {
    const wanted = 'a mapping with the key doNotDisturb alone';
    if (!isMapping(body)) throw refused([fault('(the whole body)', describe(body), wanted)]);
    const others = Object.keys(body).filter((key) => key !== 'doNotDisturb');
    if (others.length > 0) throw refused(others.map((key) => fault(key, describe(body[key]), 'no such key')));
    if (body.doNotDisturb === undefined) throw refused([fault('doNotDisturb', 'nothing', 'off, ringer-off or reject')]);
    return this.#patch(name, body, by);
  }

  /** Calls must not be forwarded to where nobody is, or in a circle of one. */
  #checkForward(dn: string, forward: Mapping): void {
    const faults = FORWARD_NAMES.flatMap((name) => {
      const number = forward[name];
      if (typeof number !== 'string' && typeof number !== 'number') return [];
      const refusal = number === 'off' ? undefined : this.#daemon.forwardRefusal?.(dn, String(number));
      if (refusal === undefined) return [];
      const wanted =
        refusal === 'own-number' ? 'a number other than that of the line itself' : 'a number that leads to a phone';
      return [fault(name, JSON.stringify(number), wanted)];
    });
    if (faults.length > 0) throw refused(faults);
  }

  #remove(name: string, by: string): DeviceChange {
    const record = this.#recordOf(name);
    const key = deviceKey(name);
    if (record.origin === 'auto-registered')
      throw new WriteRefused(
        'auto-registered',
        `${record.configured.name} was let in by auto-registration and would be let in again; set suspended=true, or switch autoRegistration off`,
      );
    const base = this.baseOf(key, record);
    const over = base === undefined ? undefined : fingerprintOf(base, this.#rules().defaultGroup);
    const entry = over === undefined ? undefined : { ...this.about(key, by), change: { op: 'drop', over } as const };
    return { key, outcome: 'removed', device: undefined, entry };
  }

  #restore(name: string): DeviceChange {
    const key = deviceKey(name);
    const entry = this.#layer.entries.get(key);
    if (entry === undefined || entry.change.op === 'meta')
      throw new WriteRefused('not-in-layer', `${this.#daemon.file.path} says nothing of ${name}`);
    const device = this.#layer.below.get(key);
    return {
      key,
      outcome: device === undefined ? 'removed' : 'restored',
      device,
      entry: device && this.remainderOf(key),
    };
  }

  /** A device that the layer adds or changes from now on. */
  #put(device: ConfiguredDevice, keys: Mapping, isPatch: boolean, by: string): DeviceChange {
    const key = deviceKey(device.name);
    const record = this.#daemon.database.byName(device.name);
    const isNew = record === undefined || record.origin === 'auto-registered';
    const base = this.baseOf(key, record);
    if (!isNew && equalDevices(record.configured, device))
      return { key, outcome: 'unchanged', device, entry: this.#layer.entries.get(key) };
    const isAsInFiles = base !== undefined && equalDevices(base, device);
    const entry = isAsInFiles
      ? this.remainderOf(key)
      : { ...this.about(key, by, device.name), change: { op: 'put', keys, isPatch } as const };
    return { key, outcome: record === undefined ? 'added' : 'changed', device, entry };
  }

  // ── checks ────────────────────────────────────────────────────────────────────────────────────────────────────

  #rules(): DeviceRules {
    return deviceRules(this.#daemon.config());
  }

  #recordOf(name: string): DeviceRecord {
    const record = this.#daemon.database.byName(name);
    if (record === undefined) throw new WriteRefused('unknown-device', `no device is called ${name}`);
    return record;
  }

  #isInFiles({ origin, configured }: DeviceRecord): boolean {
    return origin === 'configured' || this.#layer.below.has(deviceKey(configured.name));
  }

  /** What the files say of a name; `record`: the device of that name, if there is one. */
  baseOf(key: DeviceKey, record: DeviceRecord | undefined): ConfiguredDevice | undefined {
    if (this.#layer.entries.has(key)) return this.#layer.below.get(key);
    return record?.origin === 'configured' ? record.configured : undefined;
  }

  #taken(value: unknown, index: number | undefined): readonly WriteFault[] {
    const name = isMapping(value) && typeof value.name === 'string' ? value.name : undefined;
    const record = name === undefined ? undefined : this.#daemon.database.byName(name);
    if (record === undefined || record.origin === 'auto-registered') return [];
    const { file, line } = this.#daemon.placeOf(record.configured.name) ?? {
      file: 'the configuration',
      line: undefined,
    };
    const there = line === undefined ? file : `${file}:${line}`;
    return [fault(keyAt(index, 'name'), JSON.stringify(name), `a name of its own: ${there} has it`)];
  }

  /** `before`: the device that becomes this one under another name. */
  #checked(value: Mapping, before?: ConfiguredDevice): ConfiguredDevice {
    const { devices, faults } = checkedDevices([value], false, this.#rules());
    const [device] = devices;
    if (device === undefined || faults.length > 0) throw refused(faults.map(faultOfRequest));
    this.#checkUsers([device], false, before);
    return device;
  }

  /** One pass over all devices, and only for new digest users. */
  #checkUsers(devices: readonly ConfiguredDevice[], isList: boolean, before?: ConfiguredDevice): void {
    const { database } = this.#daemon;
    const fresh = devices.filter(
      ({ name, digest }) => digest !== undefined && database.byName(name)?.configured.digest?.user !== digest.user,
    );
    if (fresh.length === 0) return;
    const written = new Set(devices.map(({ name }) => deviceKey(name)));
    const shared = sharedUsers(fresh, withDigest(database.devices())).filter(
      ([, holder]) => holder !== before && !written.has(deviceKey(holder.name)),
    );
    if (shared.length === 0) return;
    throw refused(
      shared.map(([device, holder]) =>
        fault(
          keyAt(isList ? devices.indexOf(device) : undefined, 'digest.user'),
          JSON.stringify(device.digest?.user),
          `a digest user of its own: ${holder.name} has it`,
        ),
      ),
    );
  }

  /** Of a device that is not there, only what would add it has a condition (RFC 9110 §13.2.1). */
  #checkCondition(write: DeviceWrite): void {
    if (write.op === 'add' || write.op === 'forward' || write.op === 'renumber' || write.onlyIf === undefined) return;
    const record = this.#daemon.database.byName(write.name);
    if ((record === undefined && write.op !== 'replace') || write.onlyIf(record?.configured)) return;
    throw new WriteRefused('changed', `${write.name} is configured otherwise than when it was read; read it again`);
  }

  #checkRoom(changes: readonly DeviceChange[]): void {
    const most = this.#daemon.config().policy.maxDevices;
    const more = changes.filter(({ key, entry }) => entry !== undefined && !this.#layer.entries.has(key)).length;
    if (more > 0 && this.#layer.entries.size + more > most)
      throw new WriteRefused(
        'too-many-devices',
        `the layer would have ${this.#layer.entries.size + more} devices; policy.maxDevices allows ${most}`,
      );
  }

  // ── what is written ───────────────────────────────────────────────────────────────────────────────────────────

  about(key: DeviceKey, by: string, spelled?: string) {
    const before = this.#layer.entries.get(key);
    const name = spelled ?? before?.name ?? this.#daemon.database.byName(key)?.configured.name ?? key;
    return { name: String(name), uuid: before?.uuid ?? this.uuidOf(key), by, at: this.now(), extra: before?.extra };
  }

  /** What stays of an entry when it says nothing of the device any more: a UUID that was given, and `extra`. */
  remainderOf(key: DeviceKey): DatedEntry | undefined {
    const entry = this.#layer.entries.get(key);
    if (entry === undefined || (entry.extra === undefined && entry.uuid === this.uuidOf(key))) return undefined;
    return { ...entry, at: this.now(), change: { op: 'meta' } };
  }

  uuidOf(key: DeviceKey): string {
    return nameUuid(this.#daemon.config().cluster, 'phone', key);
  }

  now(): string {
    const { clock } = this.#daemon;
    return dateOf(clock.wallTime(clock.now())).toISOString();
  }
}

/** The line with `patch` over where it forwards. */
const forwarding = ({ forward, ...line }: Mapping, patch: Mapping): Mapping => {
  const merged = mergePatch(forward ?? {}, patch) as Mapping;
  return Object.keys(merged).length === 0 ? line : { ...line, forward: merged };
};

const withoutName = ({ name: _, ...keys }: Mapping): Mapping => keys;

/** The device with the name of the path, which a body may leave out. */
const named = (device: unknown, name: string): unknown => {
  if (!isMapping(device)) return device;
  if (typeof device.name === 'string' && deviceKey(device.name) !== deviceKey(name))
    throw refused([fault('name', JSON.stringify(device.name), `${name}, or no such key`)]);
  return { ...device, name: device.name ?? name };
};

function* withDigest(records: Iterable<DeviceRecord>): Iterable<ConfiguredDevice> {
  for (const { configured } of records) if (configured.digest !== undefined) yield configured;
}
