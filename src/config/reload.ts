// Compares two configurations: which keys take effect at once on a reload, and which ones wait for a restart.

import { isDeepStrictEqual } from 'node:util';
import { equalDevices } from '../devices/device.js';
import { type Config, withSelf } from './config.js';

/** What a reload changes. Keys are dotted and in the order of the configuration. */
export interface ReloadPlan {
  /** Keys that change now. */
  readonly live: readonly string[];
  /** Keys that change at the next start. */
  readonly restart: readonly string[];
  /** What is in effect from now on: the new configuration with the old values of the keys in `restart`. */
  readonly effective: Config;
}

// Whatever is opened, bound or named at the start stays. A row covers the keys below it.
const AT_RESTART: readonly string[] = [
  'cluster',
  'clusterBus',
  'self',
  'security',
  'secureMode',
  'policy.security',
  'provisioning.security',
  'state',
  'trace',
  'records',
  'calls.enabled',
  ...['enabled', 'interfaces', 'port', 'clientPort'].map((key) => `dhcp.${key}`),
  ...['enabled', 'address', 'port', 'root', 'cache'].map((key) => `tftp.${key}`),
  'http',
  'management',
  ...['enabled', 'address', 'port', 'tls', 'node'].map((key) => `sccp.${key}`),
  ...['enabled', 'address', 'udp', 'tcp', 'tls', 'node'].map((key) => `sip.${key}`),
];

// Derived from other keys, which are reported instead.
const DERIVED = new Set([
  'file',
  'sccp.groups',
  'sccp.loads',
  'sccp.dateTemplate',
  'sccp.timeZone',
  'sip.own',
  'sip.peers',
  'sip.cluster',
  'provisioning.cluster',
  'provisioning.servesUrls',
  ...['cluster', 'timeZone', 'entries', 'urls', 'boundPort'].map((key) => `services.${key}`),
]);

const isAtRestart = (key: string): boolean => AT_RESTART.some((row) => key === row || key.startsWith(`${row}.`));

/** Keys of the file whose keys of `Config` have other names. */
const WRITTEN: Readonly<Record<string, string>> = {
  nodes: 'self',
  'dhcp.interface': 'dhcp.interfaces',
  'tftp.listen': 'tftp.address',
  'sccp.listen': 'sccp.address',
  'sip.listen': 'sip.address',
};

/** `sip.tlsMinVersion` is `sip.tls` in `Config`. */
const OF_TLS = /^(sccp|sip)\.tls.*$/;

/** Whether a key of the file, such as `sip.listen`, takes effect at the next start only. */
export const needsRestart = (written: string): boolean =>
  isAtRestart(WRITTEN[written] ?? written.replace(OF_TLS, '$1.tls'));

/** Plans a reload from `old` to `fresh`. Values are compared by content, devices as the database compares them. */
export const describeReload = (old: Config, fresh: Config): ReloadPlan => {
  const restart = differences(old, fresh).filter(isAtRestart);
  const effective = restart.length === 0 ? fresh : withOld(old, fresh, restart);
  return { live: differences(old, effective), restart, effective: effective };
};

const differences = (old: Config, fresh: Config): readonly string[] => {
  const keys: string[] = [];
  const note = (key: string, before: unknown, now: unknown): void => {
    if (!DERIVED.has(key) && before !== now && !isDeepStrictEqual(before, now)) keys.push(key);
  };
  for (const key of Object.keys(fresh) as (keyof Config)[]) {
    const before: unknown = old[key];
    const now: unknown = fresh[key];
    if (key === 'devices') {
      if (!sameDevices(old, fresh)) keys.push(key);
    } else if (isSection(before) && isSection(now)) {
      for (const part of new Set([...Object.keys(before), ...Object.keys(now)]))
        note(`${key}.${part}`, before[part], now[part]);
    } else note(key, before, now);
  }
  return keys;
};

type Section = Readonly<Record<string, unknown>>;

const isSection = (value: unknown): value is Section =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Map);

/** Files for phones must not name addresses where this daemon listens only after its next start. */
const withOld = (old: Config, fresh: Config, keys: readonly string[]): Config => {
  const restored: Record<string, unknown> = { ...fresh };
  for (const key of keys) {
    const [section = '', part] = key.split('.');
    const [before, now] = [(old as Section)[section], restored[section]];
    restored[section] =
      part === undefined || !isSection(before) || !isSection(now) ? before : { ...now, [part]: before[part] };
  }
  return Object.freeze(withSelf(restored as Config, old.self));
};

const sameDevices = ({ devices: old }: Config, { devices: fresh }: Config): boolean =>
  old.length === fresh.length &&
  fresh.every((device, index) => {
    const before = old[index];
    return before !== undefined && equalDevices(before, device);
  });
