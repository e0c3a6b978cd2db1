// Loads the configuration: from a file and `--set` to a frozen `Config`, or to a `ConfigError` with every fault.

import { dirname, resolve } from 'node:path';
import * as z from 'zod';
import { ConfigError, type ConfigurationProblem } from '../core/errors.js';
import type { MacAddress } from '../core/identifiers.js';
import { readText, UnreadableFile } from '../net/files/text-files.js';
import { describeSubnet, PLACEHOLDER_SUBNET } from './addresses.js';
import { callWarnings, translationLoops } from './call-warnings.js';
import { CHECKS } from './checks.js';
import { assemble, type Config, type ConfigReaders, defaultGroupOf } from './config.js';
import { isProblem, readCredentials } from './credentials.js';
import { DeviceCollector } from './device-collector.js';
import { collectDevicesFile } from './devices-file.js';
import { unknownReservations } from './dhcp-checks.js';
import { type DhcpOptionReader, optionProblems } from './dhcp-schema.js';
import { encryptionWarnings } from './encryption-warnings.js';
import { hexadecimal } from './fields.js';
import { anyFaultName, injectProblems } from './inject-schema.js';
import type { KeyProblem } from './key-problem.js';
import { accountIn, endUsersIn } from './management-schema.js';
import { managementWarnings } from './management-warnings.js';
import { override } from './overrides.js';
import { partialSection } from './partial-sections.js';
import { SECTIONS, type Sections, type WrittenConfig } from './schema.js';
import { describeFound, faultsOf, keyOf, unknownKey } from './schema-errors.js';
import { profileWarnings } from './secure-mode-schema.js';
import { YEAR_OF_THE_TABLE } from './time-zones.js';
import { trunkNameProblems } from './trunks-schema.js';
import { warningsOf } from './warnings.js';
import { type Path, readYaml, type Source } from './yaml-source.js';

const MAX_OCTETS = 16_777_216;

/** A configuration, and where each key was written, for faults that are found later, on the machine itself. */
export interface LocatedConfig extends Pick<Source, 'locate'> {
  readonly config: Config;
  /** Problems that the daemon can run with, such as values that phones may not take as they were meant. */
  readonly warnings: readonly ConfigurationProblem[];
  /** Where a key of a device was written, whichever file has it. */
  locateDevice(name: string, within: Path): ReturnType<Source['locate']>;
}

/**
 * Reads, checks and freezes the configuration in `file`, `--set KEY=VALUE` laid over it. Rejects with a `ConfigError`
 * that lists every fault, before anything is opened or written.
 */
export const loadLocatedConfig = async (
  file: string,
  overrides: readonly string[] = [],
  readers: ConfigReaders = {},
): Promise<LocatedConfig> => {
  const written = readYaml(await textOf(file), file);
  if (written.faults.length > 0) throw new ConfigError(written.faults);
  return configFrom(override(written, overrides), resolve(file), readers);
};

/** The same, without the places. */
export const loadConfig = async (
  file: string,
  overrides: readonly string[] = [],
  readers: ConfigReaders = {},
): Promise<Config> => (await loadLocatedConfig(file, overrides, readers)).config;

/**
 * Loads a configuration from a value in place of a file. `name` is the file name in faults; paths in it are relative
 * to the working directory. Rejects with a `ConfigError`.
 */
export const configOf = async (
  value: WrittenConfig,
  name: string,
  overrides: readonly string[] = [],
  readers: ConfigReaders = {},
): Promise<Config> =>
  (await configFrom(override({ value, locate: () => ({ file: name }) }, overrides), resolve(name), readers)).config;

const configFrom = async (
  source: Source & { readonly faults: readonly ConfigurationProblem[] },
  path: string,
  readers: ConfigReaders,
): Promise<LocatedConfig> => {
  const { dhcpOption = octetsAlone, year = YEAR_OF_THE_TABLE, music = async () => undefined, secret } = readers;
  const { sections, faults } = parseSections(source);
  const collector = await collectDevices(sections, source, dirname(path));
  const ofPhones = ['phones', 'authentication'];
  const credentials = await readCredentials(ofPhones, sections.phones?.authentication, dirname(path), secret);
  const account = await readCredentials(['management'], accountIn(sections), dirname(path), secret);
  const endUsers = await Promise.all(
    endUsersIn(sections).map((user, index) =>
      readCredentials(['management', 'users', index], user, dirname(path), secret),
    ),
  );
  const problems = [
    ...CHECKS.flatMap((check) => check(sections)),
    ...reservationProblems(sections, collector),
    ...(sections.dhcp === undefined ? [] : optionProblems(sections.dhcp, dhcpOption)),
    ...injectProblems(sections.inject ?? [], readers.faultNames ?? anyFaultName),
    ...trunkNameProblems(sections.calls?.trunks ?? [], collector.devices),
    ...translationLoops(sections.calls, collector.devices),
    ...(await musicProblems(sections.calls?.music, dirname(path), music)),
    ...[credentials, account, ...endUsers].filter(isProblem),
  ];
  const further = located(problems, source).filter(
    ({ key }) => !faults.some((fault) => isAbout(fault.key, key) || isBeside(fault.key, key)),
  );
  const all = [...source.faults, ...faults, ...further, ...collector.faults()];
  if (all.length > 0 || !isWhole(sections)) throw new ConfigError(inOrder(all));
  const authentication = isProblem(credentials) ? undefined : credentials;
  const management = isProblem(account) ? undefined : account;
  const passwords = endUsers.map((user) => (user === undefined || isProblem(user) ? '' : user.password));
  const read = { dhcpOption, year, authentication, management, passwords };
  const config = deepFreeze(assemble(sections, collector.devices, path, read));
  const ofCalls = callWarnings(config);
  for (const [device, problem] of ofCalls.devices) collector.warn(device, problem);
  for (const [device, problem] of profileWarnings(config.secureMode, config.devices)) collector.warn(device, problem);
  for (const [device, problem] of encryptionWarnings(config)) collector.warn(device, problem);
  const ofSections = [...warningsOf(sections, year), ...ofCalls.calls, ...managementWarnings(config)];
  const warnings = [...located(ofSections, source), ...collector.warnings()];
  return {
    config,
    warnings: inOrder(warnings),
    locate: source.locate,
    locateDevice: (name, within) => collector.placeOf(name, within) ?? source.locate(['devices']),
  };
};

const musicProblems = async (
  written: string | undefined,
  directory: string,
  music: NonNullable<ConfigReaders['music']>,
): Promise<readonly KeyProblem[]> => {
  if (written === undefined) return [];
  const found = await music(resolve(directory, written));
  return found === undefined ? [] : [[['calls', 'music'], found, 'a WAV file of 8 kHz, mono, 16 bit']];
};

const octetsAlone: DhcpOptionReader = (key, value) => {
  const code = Number(key);
  if (!Number.isInteger(code) || code < 1 || code > 254) return { fault: 'key', wanted: 'a number from 1 to 254' };
  const octets = z.safeParse(z.strictObject({ hex: hexadecimal(1, 4096) }), value);
  return octets.success
    ? { code, bytes: Buffer.from(octets.data.hex, 'hex') }
    : { fault: 'value', wanted: '{ hex: … } with octets in hexadecimal' };
};

const textOf = async (file: string): Promise<string> => {
  try {
    return await readText(file, MAX_OCTETS);
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    throw new ConfigError([{ file, key: 'configuration', found: error.found, wanted: error.wanted }]);
  }
};

/** Sections whose good keys are checked even if others are faulty, and placeholders for keys that are needed. */
const STAND_INS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  nodes: { address: '0.0.0.0' },
  groups: { members: [] },
  dhcp: { address: '0.0.0.0', subnet: describeSubnet(PLACEHOLDER_SUBNET) },
  http: {},
  sccp: {},
  sip: {},
  management: {},
};

/**
 * In these sections keys are compared with their siblings, so a faulty key makes findings about the others doubtful.
 */
const COMPARED: ReadonlySet<string> = new Set(['http', 'sccp', 'sip', 'management']);

/** Parses each section by itself. A faulty section is left out, or replaced by its good keys. */
const parseSections = (
  source: Source,
): { readonly sections: Partial<Sections>; readonly faults: readonly ConfigurationProblem[] } => {
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
    else {
      faults.push(...faultsOf({ issues: parsed.error.issues, schema, value: given.get(key), path: [key], source }));
      const standIns = STAND_INS[key];
      if (standIns !== undefined) sections[key] = partialSection(schema, given.get(key), parsed.error.issues, standIns);
    }
  }
  return { sections: sections as Partial<Sections>, faults };
};

/** Sorted by file and line. */
const inOrder = (faults: readonly ConfigurationProblem[]): readonly ConfigurationProblem[] => {
  const files = [...new Set(faults.map(({ file }) => file))];
  return faults.toSorted(
    (one, other) => files.indexOf(one.file) - files.indexOf(other.file) || (one.line ?? 0) - (other.line ?? 0),
  );
};

/** Whether a fault at `faultKey` covers `key`. */
const isAbout = (faultKey: string, key: string): boolean => faultKey === key || faultKey.startsWith(`${key}.`);

const isBeside = (faultKey: string, key: string): boolean =>
  COMPARED.has(key.split('.', 1)[0] ?? '') && around(faultKey) === around(key);

const around = (key: string): string => key.slice(0, key.lastIndexOf('.'));

const isWhole = (sections: Partial<Sections>): sections is Sections =>
  Object.keys(SECTIONS).every((key) => key === 'devices' || key in sections);

const collectDevices = async (
  sections: Partial<Sections>,
  source: Source,
  directory: string,
): Promise<DeviceCollector> => {
  const { groups } = sections;
  const collector = new DeviceCollector({
    defaultGroup: defaultGroupOf(sections),
    groups: groups && new Set(groups.length === 0 ? ['Default'] : groups.map(({ name }) => name)),
  });
  const devices = (source.value as { devices?: unknown } | undefined)?.devices ?? [];
  if (Array.isArray(devices))
    for (const [index, device] of devices.entries()) collector.add(device, ['devices', index], source);
  else
    collector.addFault({
      ...source.locate(['devices']),
      key: 'devices',
      found: describeFound(devices),
      wanted: 'a list of devices',
    });
  if (sections.devicesFile !== undefined)
    await collectDevicesFile(resolve(directory, sections.devicesFile), collector, source.locate(['devicesFile']));
  return collector;
};

const reservationProblems = ({ dhcp }: Partial<Sections>, { devices }: DeviceCollector): readonly KeyProblem[] => {
  if (dhcp === undefined || !dhcp.subnets.some(({ reservations }) => reservations.some(({ device }) => device)))
    return [];
  const macs = new Map<string, MacAddress | undefined>(devices.map(({ name, mac }) => [name.toUpperCase(), mac]));
  return unknownReservations(dhcp, (device) => {
    const key = device.toUpperCase();
    return macs.has(key) ? macs.get(key) : 'unknown';
  });
};

const located = (problems: readonly KeyProblem[], source: Source): readonly ConfigurationProblem[] =>
  problems.map(
    ([path, found, wanted]): ConfigurationProblem => ({ ...source.locate(path), key: keyOf(path), found, wanted }),
  );

/** Maps, sets and typed arrays cannot be frozen; they are read-only by their type alone. */
const isOpaque = (value: object): boolean => value instanceof Map || value instanceof Set || ArrayBuffer.isView(value);

const deepFreeze = <T>(value: T): T => {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || isOpaque(value)) return value;
  Object.freeze(value);
  for (const key in value) deepFreeze(value[key]);
  return value;
};
