import type { PhoneEnvironment } from '../environment.js';
import type { PhoneIdentity } from '../identity.js';
import type { PublishStep } from '../steps.js';
import type { DeviceFile } from './device-file.js';
import { readDeviceFile } from './device-file.js';
import { DEFAULT_CONFIGURATION, type FileContext, type FileRequest, fileFamilyOf } from './file-sequence.js';
import { fetchOverHttp } from './http-client.js';
import type { FileOutcome } from './tftp-client.js';

/** Where a phone fetches its files, and which. */
export interface FilePlan {
  readonly server: string;
  readonly tftpPort: number;
  /** `undefined`: only TFTP, also for models that ask over HTTP first. */
  readonly httpPort: number | undefined;
  /** The local address of HTTP connections; absent: the kernel chooses. */
  readonly localAddress?: string;
  /** Fetch only the configuration, as after apply-config. */
  readonly only?: 'configuration';
}

/** A phone that fetches its files. */
export interface FileFetch {
  readonly identity: PhoneIdentity;
  readonly plan: FilePlan;
  /** The configuration of the boot before. The locale is fetched again only if it has changed. */
  readonly before: DeviceFile | undefined;
  readonly publish: PublishStep;
}

/**
 * Fetches a phone's files in the order of its model (`provisioning.md` §3.1): trust lists, which a server without
 * security refuses, the configuration or else the default one, the locale and the rest. Returns the configuration;
 * `undefined`: the server has none. A file that does not come is a published step, not an error.
 */
export const fetchFiles = async (
  environment: PhoneEnvironment,
  { identity, plan, before, publish }: FileFetch,
): Promise<DeviceFile | undefined> => {
  const family = fileFamilyOf(identity.model);
  const served = new Set<string>();
  const context = { device: identity.name, model: identity.model, protocol: identity.protocol, served };
  const fetch = (file: string, expected: boolean): Promise<FileOutcome> =>
    fetchFile(environment, { plan, httpFirst: family.httpFirst, file, expected, publish });
  let file: DeviceFile | undefined;
  for (const request of family.requests) {
    if (isSkipped(request, { plan, file, before })) continue;
    const name = request.name({ ...context, file } satisfies FileContext);
    if (name === undefined) continue;
    const outcome = await fetch(name, request.purpose === 'trust');
    if (outcome.kind === 'fetched') served.add(name);
    if (request.purpose !== 'configuration') continue;
    file =
      configurationOf(name, outcome, publish) ??
      configurationOf(DEFAULT_CONFIGURATION, await fetch(DEFAULT_CONFIGURATION, false), publish);
    if (file === undefined) return undefined;
  }
  return file;
};

interface Configurations {
  readonly plan: FilePlan;
  readonly file: DeviceFile | undefined;
  readonly before: DeviceFile | undefined;
}

const isSkipped = ({ purpose }: FileRequest, { plan, file, before }: Configurations): boolean => {
  if (plan.only === 'configuration') return purpose !== 'configuration';
  return purpose === 'locale' && before !== undefined && file?.userLocale === before.userLocale;
};

/** Reads a configuration that has come; `undefined`: it has not, or cannot be read. */
const configurationOf = (name: string, outcome: FileOutcome, publish: PublishStep): DeviceFile | undefined => {
  if (outcome.kind !== 'fetched') return undefined;
  const read = readDeviceFile(outcome.bytes);
  if ('fault' in read) {
    publish('phone.misconfigured', { file: name, why: read.fault });
    return undefined;
  }
  const { nodes, lines, load, versionStamp: stamp } = read.file;
  publish('phone.configured', {
    file: name,
    nodes: nodes.map((node) => node.name),
    lines: lines.map(({ dn }) => dn),
    load,
    stamp,
  });
  return read.file;
};

interface Download {
  readonly plan: FilePlan;
  readonly httpFirst: boolean;
  readonly file: string;
  /** A refusal is no fault. */
  readonly expected: boolean;
  readonly publish: PublishStep;
}

/** By TFTP, for newer models first over HTTP. */
const fetchFile = async (environment: PhoneEnvironment, download: Download): Promise<FileOutcome> => {
  const { plan, httpFirst, file } = download;
  const { server, tftpPort, httpPort, localAddress } = plan;
  if (httpFirst && httpPort !== undefined) {
    const outcome = await fetchAndReport(environment, download, 'HTTP', () =>
      fetchOverHttp(environment, file, { address: server, port: httpPort }, localAddress),
    );
    if (outcome.kind !== 'missed') return outcome;
  }
  return fetchAndReport(environment, download, 'TFTP', () =>
    environment.tftp.fetch(file, { address: server, port: tftpPort }),
  );
};

const fetchAndReport = async (
  { timers }: PhoneEnvironment,
  { plan: { server }, file, expected, publish }: Download,
  transport: 'TFTP' | 'HTTP',
  fetch: () => Promise<FileOutcome>,
): Promise<FileOutcome> => {
  const start = timers.now();
  publish('phone.file-asked', { file, server, transport });
  const outcome = await fetch();
  const took = timers.now() - start;
  if (outcome.kind === 'fetched') publish('phone.file-fetched', { file, octets: outcome.bytes.length, took });
  else if (outcome.kind === 'refused') publish('phone.file-refused', { file, why: outcome.why, expected, took });
  else publish('phone.file-missed', { file, why: outcome.why, took });
  return outcome;
};
