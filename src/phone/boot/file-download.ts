import type { PhoneEnvironment } from '../environment.js';
import type { PhoneIdentity } from '../identity.js';
import type { PublishStep } from '../steps.js';
import type { DeviceFile } from './device-file.js';
import { readDeviceFile } from './device-file.js';
import { DEFAULT_CONFIGURATION, type FileContext, type FileRequest, fileFamilyOf } from './file-sequence.js';
import { fetchOverHttp } from './http-client.js';
import { PhoneSecurity } from './phone-security.js';
import type { FileOutcome } from './tftp-client.js';
import { TrustedFiles, type TrustedOutcome } from './trusted-files.js';

/** Where a phone fetches its files, and which. */
export interface FilePlan {
  readonly server: string;
  readonly tftpPort: number;
  /** `undefined`: only TFTP, also for models that ask over HTTP first. */
  readonly httpPort: number | undefined;
  /** HTTPS for phones whose list says so. Absent: they do not ask there. */
  readonly httpsPort?: number;
  /** HTTPS for soft clients. Absent: they do not ask there. */
  readonly clientHttpsPort?: number;
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
  /** What it trusts; absent: it holds no list, and keeps none. */
  readonly security?: PhoneSecurity;
  readonly publish: PublishStep;
}

/**
 * Fetches a phone's files in the order of its model (`provisioning.md` §3.1): trust lists, which a server without
 * security refuses, the configuration or else the default one, the locale and the rest. A phone that holds a list asks
 * for signed files and takes no others; if it gets no configuration that it trusts, it keeps the one before. Returns the
 * configuration; `undefined`: it has none. A file that does not come is a published step, not an error.
 */
export const fetchFiles = async (
  environment: PhoneEnvironment,
  fetching: FileFetch,
): Promise<DeviceFile | undefined> => {
  const { identity, plan, before, publish } = fetching;
  const family = fileFamilyOf(identity.model);
  const served = new Set<string>();
  const context = { device: identity.name, model: identity.model, protocol: identity.protocol, served };
  const security = fetching.security ?? withoutLists(environment, fetching);
  const files = filesOf(environment, fetching, security);
  let file: DeviceFile | undefined;
  for (const request of family.requests) {
    if (isSkipped(request, { plan, file, before })) continue;
    const name = request.name({ ...context, file } satisfies FileContext);
    if (name === undefined) continue;
    const outcome = await wanted(files, request, name);
    if (outcome.kind === 'fetched') served.add(name);
    if (request.purpose !== 'configuration') continue;
    const read =
      configurationOf(name, outcome, publish) ??
      (outcome.kind === 'untrusted'
        ? undefined
        : configurationOf(DEFAULT_CONFIGURATION, await files.configuration(DEFAULT_CONFIGURATION), publish));
    if (read !== undefined) security.accept(read.file, read.bytes);
    file = read?.file ?? (security.trust.wantsSigned ? before : undefined);
    if (file === undefined) return undefined;
  }
  return file;
};

const wanted = (files: TrustedFiles, { purpose }: FileRequest, name: string): Promise<TrustedOutcome> => {
  if (purpose === 'trust') return files.list(name);
  return purpose === 'configuration' ? files.configuration(name) : files.file(name);
};

const withoutLists = (environment: PhoneEnvironment, { identity, publish }: FileFetch): PhoneSecurity =>
  new PhoneSecurity({ environment, identity, localAddress: undefined, publish, onServerRefused: () => {} });

const filesOf = (
  environment: PhoneEnvironment,
  { identity, plan, publish }: FileFetch,
  security: PhoneSecurity,
): TrustedFiles => {
  const { httpFirst, https, encryptedFirst = false } = fileFamilyOf(identity.model);
  const { server: address, localAddress } = plan;
  const port = https === 'client' ? plan.clientHttpsPort : plan.httpsPort;
  const server = { address, port: port ?? 0 };
  return new TrustedFiles({
    ...{ security, publish, encryptedFirst, https, device: identity.name },
    now: () => environment.clock.wallTime(environment.clock.now()),
    fetch: (file, expected) => fetchFile(environment, { plan, httpFirst, file, expected, publish }),
    fetchSecurely:
      https === undefined || port === undefined
        ? undefined
        : (file, expected) =>
            fetchAndReport(environment, { plan, httpFirst, file, expected, publish }, 'HTTPS', () =>
              fetchOverHttp(environment, file, server, { localAddress, tls: security.clientOf('HTTPS', server) }),
            ),
  });
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

interface AcceptedConfiguration {
  readonly file: DeviceFile;
  readonly bytes: Buffer;
}

/** Reads a configuration that has come; `undefined`: it has not, or cannot be read. */
const configurationOf = (
  name: string,
  outcome: TrustedOutcome,
  publish: PublishStep,
): AcceptedConfiguration | undefined => {
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
  return { file: read.file, bytes: outcome.bytes };
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
      fetchOverHttp(environment, file, { address: server, port: httpPort }, { localAddress }),
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
  transport: 'TFTP' | 'HTTP' | 'HTTPS',
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
