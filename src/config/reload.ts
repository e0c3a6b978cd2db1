// What a new configuration changes, and which of it takes effect while phones stay registered: one row per key that
// does not.

import { isDeepStrictEqual } from 'node:util';
import { sameDevice } from '../devices/same-device.js';
import type { Config } from './config.js';

/** Dotted keys, in the order of the configuration. */
export interface ReloadPlan {
  /** These are applied at once. */
  readonly live: readonly string[];
  /** These take effect when the daemon is started anew; until then the old values stay in force. */
  readonly restart: readonly string[];
}

// What was opened, bound or named at the start stays as it is. A row covers what lies below it.
const AT_RESTART: readonly string[] = [
  'cluster',
  'self',
  'state',
  'trace',
  ...['enabled', 'interfaces', 'port', 'clientPort'].map((key) => `dhcp.${key}`),
  ...['enabled', 'address', 'port', 'root', 'cache'].map((key) => `tftp.${key}`),
  'http',
  ...['enabled', 'address', 'port', 'tls', 'node'].map((key) => `sccp.${key}`),
  ...['enabled', 'address', 'udp', 'tcp', 'tls', 'node'].map((key) => `sip.${key}`),
];

// Made of other keys, which are named instead.
const DERIVED = new Set([
  'file',
  'sccp.groups',
  'sccp.loads',
  'sccp.dateTemplate',
  'sip.peers',
  'provisioning.cluster',
]);

/** Compares by value; devices as the database does. */
export const describeReload = (old: Config, fresh: Config): ReloadPlan => {
  const live: string[] = [];
  const restart: string[] = [];
  const note = (key: string, before: unknown, now: unknown): void => {
    if (DERIVED.has(key) || before === now || isDeepStrictEqual(before, now)) return;
    (AT_RESTART.some((row) => key === row || key.startsWith(`${row}.`)) ? restart : live).push(key);
  };
  for (const key of Object.keys(fresh) as (keyof Config)[]) {
    if (key === 'devices') {
      if (!sameDevices(old, fresh)) live.push(key);
    } else if (isSection(old[key]) && isSection(fresh[key])) {
      const [before, now]: readonly [Section, Section] = [old[key], fresh[key]];
      for (const part of new Set([...Object.keys(before), ...Object.keys(now)]))
        note(`${key}.${part}`, before[part], now[part]);
    } else note(key, old[key], fresh[key]);
  }
  return { live, restart };
};

type Section = Readonly<Record<string, unknown>>;

const isSection = (value: unknown): value is Section =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Map);

const sameDevices = ({ devices: old }: Config, { devices: fresh }: Config): boolean =>
  old.length === fresh.length &&
  fresh.every((device, index) => {
    const before = old[index];
    return before !== undefined && sameDevice(before, device);
  });
