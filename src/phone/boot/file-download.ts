import type { WallTime } from '../../core/time.js';
import type { PhoneEnvironment } from '../environment.js';
import type { PhoneIdentity } from '../identity.js';
import type { PublishStep } from '../steps.js';
import type { DeviceFile, FileSecurity } from './device-file.js';
import { readDeviceFile } from './device-file.js';
import { DEFAULT_CONFIGURATION, type FileContext, type FileRequest, fileFamilyOf } from './file-sequence.js';
import { fetchOverHttp } from './http-client.js';
import type { FileOutcome } from './tftp-client.js';
import { TrustStore } from './trust-store.js';

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

/** The certificate of a phone, for which its configuration may be encrypted. */
export interface OwnCertificate {
  /** MD5 in hexadecimal; empty: it has none. */
  hash(): string;
  /** Goes to CAPF, if the file says so. Resolves with whether it went. */
  enrol(security: FileSecurity): Promise<boolean>;
}

/** A phone that fetches its files. */
export interface FileFetch {
  readonly identity: PhoneIdentity;
  readonly plan: FilePlan;
  /** The configuration of the boot before. The locale is fetched again only if it has changed. */
  readonly before: DeviceFile | undefined;
  /** The trust lists that it holds; absent: none, and it keeps none. */
  readonly trust?: TrustStore;
  /** Its own certificate; absent: it has none, and gets none. */
  readonly own?: OwnCertificate;
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
  { identity, plan, before, trust = new TrustStore(), own, publish }: FileFetch,
): Promise<DeviceFile | undefined> => {
  const family = fileFamilyOf(identity.model);
  const served = new Set<string>();
  const context = { device: identity.name, model: identity.model, protocol: identity.protocol, served };
  const now = (): WallTime => environment.clock.wallTime(environment.clock.now());
  const fetch = (file: string, expected: boolean): Promise<FileOutcome> =>
    fetchFile(environment, { plan, httpFirst: family.httpFirst, file, expected, publish });
  /** A file in the form that the phone wants. */
  const fetchTrusted = async (file: string, isEnrolling = false): Promise<TrustedOutcome> => {
    if (!trust.wantsSigned) return fetch(file, false);
    const name = `${file}.sgn`;
    const outcome = await fetch(name, false);
    if (outcome.kind !== 'fetched') return outcome;
    const opened = trust.open(name, outcome.bytes, now());
    if ('plain' in opened) {
      const stub = stubIn(opened.plain);
      if (stub === undefined) return { kind: 'fetched', bytes: opened.plain };
      const isOther = stub.certHash === '' || stub.certHash !== own?.hash();
      const goes = own !== undefined && !isEnrolling && isOther;
      if (goes && (await own.enrol(stub))) return fetchTrusted(file, true);
      if (stub.certHash !== '') return fetchTrusted(`${file}.enc`);
      const why = 'it is encrypted, and the phone has no certificate that the server knows';
      publish('phone.file-untrusted', { file: name, why });
      return { kind: 'untrusted', why };
    }
    publish('phone.file-untrusted', { file: name, why: opened.why });
    return { kind: 'untrusted', why: opened.why };
  };
  let file: DeviceFile | undefined;
  for (const request of family.requests) {
    if (isSkipped(request, { plan, file, before })) continue;
    const name = request.name({ ...context, file } satisfies FileContext);
    if (name === undefined) continue;
    const outcome = request.purpose === 'trust' ? await fetch(name, true) : await fetchTrusted(name);
    if (outcome.kind === 'fetched') served.add(name);
    if (request.purpose === 'trust' && outcome.kind === 'fetched')
      offerList(trust, { name, bytes: outcome.bytes, now: now() }, publish);
    if (request.purpose !== 'configuration') continue;
    file =
      configurationOf(name, outcome, publish) ??
      (outcome.kind === 'untrusted'
        ? undefined
        : configurationOf(DEFAULT_CONFIGURATION, await fetchTrusted(DEFAULT_CONFIGURATION), publish)) ??
      (trust.wantsSigned ? before : undefined);
    if (file === undefined) return undefined;
  }
  return file;
};

/** What is signed says that the configuration is encrypted (`docs/protocols/secure.md` §4.2). */
const STUB = /<fullConfig>\s*false[\s\S]*<encrConfig>\s*true/i;

/** What a stub says of CAPF. `undefined`: it is none, but the configuration itself. */
const stubIn = (plain: Buffer): FileSecurity | undefined => {
  if (!STUB.test(plain.toString('latin1'))) return undefined;
  const read = readDeviceFile(plain);
  return 'fault' in read ? undefined : read.file.security;
};

/** `untrusted`: it came, and the phone does not trust who signed it. */
type TrustedOutcome = FileOutcome | { readonly kind: 'untrusted'; readonly why: string };

interface OfferedList {
  readonly name: string;
  readonly bytes: Buffer;
  readonly now: WallTime;
}

/** `ITLSEP….tlv` and `ITLFile.tlv` are the same list. */
const offerList = (trust: TrustStore, { name, bytes, now }: OfferedList, publish: PublishStep): void => {
  const outcome = trust.offer(name.startsWith('CTL') ? 'CTL' : 'ITL', bytes, now);
  if (!outcome.taken) publish('phone.trust-refused', { file: name, why: outcome.why });
  else if (outcome.isNew)
    publish('phone.trust-taken', { file: name, signer: outcome.signer, onFaith: outcome.decision === 'on-faith' });
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
const configurationOf = (name: string, outcome: TrustedOutcome, publish: PublishStep): DeviceFile | undefined => {
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
