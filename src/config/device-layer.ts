// The devices that were added, changed and removed while the daemon runs, as one layer over those of the files. Pure:
// `daemon/device-layer-file.ts` keeps the layer, `daemon/runtime-devices.ts` changes it.

import type { ConfigurationProblem } from '../core/errors.js';
import { type DeviceKey, deviceKey } from '../core/identifiers.js';
import { type ConfiguredDevice, equalDevices } from '../devices/device.js';
import type { Config } from './config.js';
import { type CollectorOptions, DeviceCollector } from './device-collector.js';
import { deviceSchema } from './device-schema.js';
import { type Mapping, withKeys } from './plain-values.js';
import { topKeys } from './schema-errors.js';
import { fingerprintOf, writtenDevice } from './written-device.js';

/** What the layer says of one name. */
export interface LayerEntry {
  /** As it was written. */
  readonly name: string;
  readonly uuid: string;
  /** Who wrote it: `api`, `cli`, … */
  readonly by: string;
  /**
   * `put`: these keys of the configuration, whole, laid over those of the files; `null` takes one away. `isPatch`: it
   * is no device by itself, and ends with that of the files. `drop`: the device of the files, of which `over` is the
   * fingerprint, is removed. `meta`: nothing about the device.
   */
  readonly change:
    | { readonly op: 'put'; readonly keys: Mapping; readonly isPatch: boolean }
    | { readonly op: 'drop'; readonly over: string }
    | { readonly op: 'meta' };
  /** What another interface remembers of the device, such as values that labcm does not use. */
  readonly extra: Mapping | undefined;
  /** Its line in the file of the layer, where that is known. */
  readonly line?: number | undefined;
}

/** The layer: an entry for each name. */
export type LayerEntries = ReadonlyMap<DeviceKey, LayerEntry>;

/** What every device is checked against. */
export type DeviceRules = CollectorOptions;

/** The rules of a configuration. */
export const deviceRules = ({ defaultGroup, provisioning }: Pick<Config, 'defaultGroup' | 'provisioning'>) => ({
  defaultGroup,
  groups: new Set(provisioning.groups.keys()),
});

/** The files' devices with the layer over them. */
export interface LaidDevices {
  readonly devices: readonly ConfiguredDevice[];
  /** The names of those that the layer adds or changes. */
  readonly runtime: ReadonlySet<DeviceKey>;
  /** What the files say of the names of the layer. */
  readonly below: ReadonlyMap<DeviceKey, ConfiguredDevice>;
  /**
   * Entries that hold no longer: the files say the same by now, the device that was changed is not there any more, or
   * that which was removed has another entry there or none.
   */
  readonly ended: readonly DeviceKey[];
  readonly faults: readonly ConfigurationProblem[];
}

const NO_KEYS: ReadonlySet<DeviceKey> = new Set();

/** Lays the layer over the devices of the files. `file` is the layer's, for faults. One pass over all devices. */
export const layOver = (
  devices: readonly ConfiguredDevice[],
  entries: LayerEntries,
  rules: DeviceRules,
  file: string,
): LaidDevices => {
  if (entries.size === 0) return { devices, runtime: NO_KEYS, below: new Map(), ended: [], faults: [] };
  const below = belowOf(devices, entries);
  const collector = new DeviceCollector(rules);
  const laid = new Map<DeviceKey, ConfiguredDevice>();
  const dropped = new Set<DeviceKey>();
  const ended: DeviceKey[] = [];
  for (const [key, { name, change, line }] of entries) {
    const base = below.get(key);
    if (change.op === 'put' && change.isPatch && base === undefined) ended.push(key);
    else if (change.op === 'put') {
      const { length } = collector.devices;
      const value = laidValue(name, base, change.keys, rules.defaultGroup);
      collector.add(value, [name], { locate: () => (line === undefined ? { file } : { file, line }) });
      const device = collector.devices[length];
      if (device === undefined) continue;
      if (base !== undefined && equalDevices(base, device)) ended.push(key);
      else laid.set(key, device);
    } else if (change.op === 'drop') {
      if (base !== undefined && fingerprintOf(base, rules.defaultGroup) === change.over) dropped.add(key);
      else ended.push(key);
    }
  }
  const added = [...laid].flatMap(([key, device]) => (below.has(key) ? [] : [device]));
  const effective = devices.flatMap((device) => {
    const key = deviceKey(device.name);
    return dropped.has(key) ? [] : [laid.get(key) ?? device];
  });
  const others = effective.filter(({ name, digest }) => digest !== undefined && !laid.has(deviceKey(name)));
  return {
    devices: [...effective, ...added],
    runtime: new Set(laid.keys()),
    below,
    ended,
    faults: [
      ...collector.faults(),
      ...sharedUsers([...laid.values()], others).map(
        ([device, holder]): ConfigurationProblem => ({
          file,
          ...lineOf(entries.get(deviceKey(device.name))),
          key: `${device.name}.digest.user`,
          found: JSON.stringify(device.digest?.user),
          wanted: `a digest user of its own: ${holder.name} has it`,
        }),
      ),
    ],
  };
};

const belowOf = (devices: readonly ConfiguredDevice[], entries: LayerEntries): Map<DeviceKey, ConfiguredDevice> => {
  const below = new Map<DeviceKey, ConfiguredDevice>();
  for (const device of devices) {
    const key = deviceKey(device.name);
    if (entries.has(key)) below.set(key, device);
  }
  return below;
};

const lineOf = (entry: LayerEntry | undefined): { readonly line?: number } =>
  entry?.line === undefined ? {} : { line: entry.line };

/** A device of the layer as it is checked: its keys over those that the files give that name. */
export const laidValue = (
  name: string,
  base: ConfiguredDevice | undefined,
  keys: Mapping,
  defaultGroup: string,
): Mapping => ({
  ...withKeys(base === undefined ? {} : writtenDevice(base, defaultGroup), keys),
  name: base?.name ?? name,
});

/** The keys that make of any device exactly this one: those that it does not name are taken away. */
export const wholeKeys = (device: Mapping): Mapping => ({
  ...Object.fromEntries(topKeys(deviceSchema).map((key) => [key, null])),
  ...device,
});

/** Each device whose digest user one of the others has, with that one. */
export const sharedUsers = (
  devices: readonly ConfiguredDevice[],
  others: Iterable<ConfiguredDevice>,
): readonly (readonly [ConfiguredDevice, ConfiguredDevice])[] => {
  const users = new Map(
    devices.flatMap((device) => (device.digest === undefined ? [] : [[device.digest.user, device]])),
  );
  if (users.size === 0) return [];
  const shared: (readonly [ConfiguredDevice, ConfiguredDevice])[] = [];
  for (const other of others) {
    const device = other.digest === undefined ? undefined : users.get(other.digest.user);
    if (device !== undefined && deviceKey(device.name) !== deviceKey(other.name)) shared.push([device, other]);
  }
  return shared;
};

/** Devices that a request writes, checked as those of a file are: all faults, or the devices in their order. */
export const checkedDevices = (
  values: readonly unknown[],
  isList: boolean,
  rules: DeviceRules,
): { readonly devices: readonly ConfiguredDevice[]; readonly faults: readonly ConfigurationProblem[] } => {
  const collector = new DeviceCollector(rules);
  for (const [index, value] of values.entries())
    collector.add(value, isList ? ['devices', index] : [], { locate: () => ({ file: REQUEST }) });
  return { devices: collector.devices, faults: collector.faults() };
};

/** Stands for the file in faults of a request. */
export const REQUEST = 'request';
