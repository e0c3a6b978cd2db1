// What the page shows of a device besides its record: its configuration as it is in force, its keepalives, its file.

import { type Config, type DevicePlace, isMapping, writtenDevice } from '../config/index.js';
import type { FileFound } from '../core/files.js';
import { shownSetting } from '../core/secrets.js';
import { type Duration, milliseconds } from '../core/time.js';
import type { ConfiguredDevice, DeviceDatabase, DeviceRecord } from '../devices/index.js';
import type { ApiConfiguredValue, DeviceInsight } from '../http/index.js';
import type { FileCatalogue } from '../provisioning/catalogue.js';

/** What it needs of the daemon. */
export interface InsightDependencies {
  readonly database: DeviceDatabase;
  readonly catalogue: Pick<FileCatalogue, 'clearFileOf' | 'open'>;
  config(): Config;
  /** Whether a device is at another node, which alone hears its keepalives. */
  isElsewhere(record: DeviceRecord): boolean;
  /** Where a device stands, whichever place holds. */
  placeOf(name: string): DevicePlace | undefined;
}

/** A request of nobody's phone: no line of the trace tells it. */
const NO_REQUEST = { connection: 0, sequence: 0, address: '127.0.0.1', port: 0, untraced: true } as const;

/** Makes it. */
export const deviceInsight = ({
  database,
  catalogue,
  config,
  placeOf,
  isElsewhere,
}: InsightDependencies): DeviceInsight => ({
  configuration: (record) => {
    const { defaultGroup } = config();
    const from = placeText(record, placeOf(record.configured.name));
    const { digest, ...written } = writtenDevice(record.configured, defaultGroup);
    return [
      ...cellsOf(written).map(([key, value]) => ({ key, value, from })),
      ...(isMapping(digest) ? [{ key: 'digest.user', value: String(digest.user), from }] : []),
      ...defaultsOf(record, new Set(Object.keys(written)), config()),
    ];
  },
  keepAlives: (record) => {
    const { registration } = record;
    if (isElsewhere(record)) return undefined;
    const times = database.keepAliveWatch.times(record);
    if (registration === undefined) return undefined;
    return {
      expected: expectedInterval(registration.protocol, config()),
      times: times.filter((at) => at >= registration.startedAt),
    };
  },
  configFile: async ({ configured }) => {
    const name = `${configured.name}.cnf.xml`;
    const answer = clearFile(catalogue, configured) ?? (await catalogue.open(name, NO_REQUEST));
    if (!answer.found) return undefined;
    const { content } = answer;
    try {
      return { name, octets: await content.read(0, content.size) };
    } finally {
      content.close();
    }
  },
});

/** Of a device whose phone gets its file encrypted. One that cannot be made is missing, as it is for the phone. */
const clearFile = (catalogue: InsightDependencies['catalogue'], device: ConfiguredDevice): FileFound | undefined => {
  try {
    return catalogue.clearFileOf(device);
  } catch {
    return undefined;
  }
};

/** SCCP: the interval that the phone is told. SIP: what most phones are granted, before which they refresh. */
const expectedInterval = (protocol: 'SCCP' | 'SIP', { sccp, sip }: Config): Duration =>
  protocol === 'SCCP' ? (sccp.keepAlive ?? milliseconds(0)) : sip.expires.granted;

const placeText = ({ origin }: DeviceRecord, place: DevicePlace | undefined): string => {
  if (origin === 'auto-registered') return 'auto-registration';
  if (place === undefined) return 'the configuration';
  return place.line === undefined ? place.file : `${place.file}:${place.line}`;
};

/** Every value with its path: `lines.0.dn`. A secret is not shown. */
const cellsOf = (value: unknown, path = '', name = ''): readonly (readonly [key: string, value: string])[] => {
  if (!Array.isArray(value) && !isMapping(value)) return [[path, shownSetting(name, String(value))]];
  return Object.entries(value).flatMap(([step, child]) => cellsOf(child, path === '' ? step : `${path}.${step}`, step));
};

/** What holds because the device does not say it, where somebody may want to know. */
const defaultsOf = (
  { configured }: DeviceRecord,
  written: ReadonlySet<string>,
  { provisioning }: Config,
): readonly ApiConfiguredValue[] => {
  const { mac, protocol, group, model, vendorConfig } = configured;
  const load = provisioning.loads.get(model.id);
  const rows: readonly (readonly [key: string, value: string | undefined, from: string])[] = [
    ['mac', mac, 'its name'],
    ['protocol', protocol, 'the first of its model'],
    ['group', group, 'phones.defaultGroup'],
    ['load', load ?? 'what it runs', load === undefined ? 'the default' : 'phones.loads'],
  ];
  return [
    ...rows.flatMap(([key, value, from]) =>
      value === undefined || written.has(key) ? [] : [{ key, value: String(value), from }],
    ),
    ...Object.entries(provisioning.vendorConfig)
      .filter(([key]) => !Object.hasOwn(vendorConfig, key))
      .map(([key, value]) => ({
        key: `vendorConfig.${key}`,
        value: shownSetting(key, value),
        from: 'phones.vendorConfig',
      })),
  ];
};
