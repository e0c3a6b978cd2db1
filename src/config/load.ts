// From a file and `--set` to a frozen configuration, or to every fault at once.

import { dirname, resolve } from 'node:path';
import * as z from 'zod';
import { ConfigError, type Fault } from '../core/errors.js';
import type { MacAddress } from '../core/identity.js';
import { readText, UnreadableFile } from '../net/text-files.js';
import { CHECKS } from './checks.js';
import type { Complaint } from './complaint.js';
import { assemble, type Config, defaultGroupOf } from './config.js';
import { gatherDevicesFile } from './devices-file.js';
import { unknownReservations } from './dhcp-checks.js';
import { describeFound, faultsOf, keyOf, unknownKey } from './faults.js';
import { GatheredDevices } from './gathered-devices.js';
import { override } from './overrides.js';
import { SECTIONS, type Sections } from './schema.js';
import { type Path, readYaml, type Source } from './yaml-source.js';

const MAX_OCTETS = 16_777_216;

/** A check of the caller's own, e.g. of names that only a service knows. */
export type FurtherCheck = (config: Config) => readonly Complaint[];

/**
 * Reads, checks and freezes the configuration in `file`, `--set KEY=VALUE` laid over it. Rejects with a `ConfigError`
 * that lists every fault, before anything is opened or written.
 */
export const loadConfig = async (
  file: string,
  overrides: readonly string[] = [],
  further: readonly FurtherCheck[] = [],
): Promise<Config> => {
  const path = resolve(file);
  const written = readYaml(await textOf(file), file);
  if (written.faults.length > 0) throw new ConfigError(written.faults);
  const source = override(written, overrides);
  const { sections, faults } = parseSections(source);
  const gathered = await gatherDevices(sections, source, dirname(path));
  const complaints = CHECKS.flatMap((check) => check(sections));
  const all = [
    ...source.faults,
    ...faults,
    ...told(complaints, source),
    ...told(reservationComplaints(sections, gathered), source),
    ...gathered.faults(),
  ];
  if (all.length > 0 || !isWhole(sections)) throw new ConfigError(all);
  const config = assemble(sections, gathered.devices, path, dirname(path));
  const more = told(
    further.flatMap((check) => check(config)),
    source,
  );
  if (more.length > 0) throw new ConfigError(more);
  return deepFreeze(config);
};

const textOf = async (file: string): Promise<string> => {
  try {
    return await readText(file, MAX_OCTETS);
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    throw new ConfigError([{ file, key: 'configuration', found: error.found, wanted: error.wanted }]);
  }
};

/** Each section by itself; a faulty one is left out. */
const parseSections = (source: Source): { readonly sections: Partial<Sections>; readonly faults: readonly Fault[] } => {
  const value = source.value ?? {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    const found = describeFound(value);
    return { sections: {}, faults: [{ ...source.locate([]), key: keyOf([]), found, wanted: 'a mapping of keys' }] };
  }
  const given = new Map(Object.entries(value));
  const faults = [...given.keys()]
    .filter((key) => !Object.hasOwn(SECTIONS, key))
    .map((key) => unknownKey([key], Object.keys(SECTIONS), source));
  const sections: Record<string, unknown> = {};
  for (const [key, schema] of Object.entries(SECTIONS)) {
    if (key === 'devices') continue;
    const parsed = z.safeParse(schema, given.get(key));
    if (parsed.success) sections[key] = parsed.data;
    else faults.push(...faultsOf(parsed.error.issues, schema, given.get(key), [key], source));
  }
  return { sections: sections as Partial<Sections>, faults };
};

const isWhole = (sections: Partial<Sections>): sections is Sections =>
  Object.keys(SECTIONS).every((key) => key === 'devices' || key in sections);

const gatherDevices = async (
  sections: Partial<Sections>,
  source: Source,
  directory: string,
): Promise<GatheredDevices> => {
  const { groups } = sections;
  const gathered = new GatheredDevices({
    defaultGroup: defaultGroupOf(sections),
    groups: groups && new Set(groups.length === 0 ? ['Default'] : groups.map(({ name }) => name)),
  });
  const devices = (source.value as { devices?: unknown } | undefined)?.devices ?? [];
  if (Array.isArray(devices))
    for (const [index, device] of devices.entries()) gathered.add(device, ['devices', index], source);
  else
    gathered.tell({
      ...source.locate(['devices']),
      key: 'devices',
      found: describeFound(devices),
      wanted: 'a list of devices',
    });
  if (sections.devicesFile !== undefined)
    await gatherDevicesFile(resolve(directory, sections.devicesFile), gathered, source.locate(['devicesFile']));
  return gathered;
};

const reservationComplaints = ({ dhcp }: Partial<Sections>, { devices }: GatheredDevices): readonly Complaint[] => {
  if (dhcp === undefined || !dhcp.subnets.some(({ reservations }) => reservations.some(({ device }) => device)))
    return [];
  const macs = new Map<string, MacAddress | undefined>(devices.map(({ name, mac }) => [name.toUpperCase(), mac]));
  return unknownReservations(dhcp, (device) => {
    const key = device.toUpperCase();
    return macs.has(key) ? macs.get(key) : 'unknown';
  });
};

const told = (complaints: readonly Complaint[], source: Source): readonly Fault[] =>
  complaints.map(([path, found, wanted]): Fault => ({ ...place(source, path), key: keyOf(path), found, wanted }));

const place = (source: Source, path: Path): ReturnType<Source['locate']> => source.locate(path);

const deepFreeze = <T>(value: T): T => {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || value instanceof Map) return value;
  Object.freeze(value);
  for (const key in value) deepFreeze(value[key]);
  return value;
};
