// A phone fetches its files: trust lists that are refused, its configuration or the default one, the locale and the rest
// (`provisioning.md` §3.1). Over HTTP first where the model does so, else by TFTP.

import type { PhoneEnvironment } from '../environment.js';
import type { PhoneIdentity } from '../identity.js';
import type { PublishStep } from '../steps.js';
import type { DeviceFile } from './device-file.js';
import { readDeviceFile } from './device-file.js';
import { DEFAULT_CONFIGURATION, type FileContext, type FileRequest, fileFamilyOf } from './file-sequence.js';
import { fetchOverHttp } from './http-client.js';
import type { FileOutcome } from './tftp-client.js';

export interface FilePlan {
  readonly server: string;
  readonly tftpPort: number;
  /** `undefined`: TFTP alone, whatever the model would do. */
  readonly httpPort: number | undefined;
  /** From where HTTP asks; absent: the kernel's choice. */
  readonly localAddress?: string;
  /** Nothing but the configuration, as after apply-config. */
  readonly only?: 'configuration';
}

/**
 * `before`: the configuration of the boot before; a locale that has not changed is not fetched again. `undefined`: there
 * is no configuration to be had, neither the phone's own nor the default.
 */
export const fetchFiles = async (
  environment: PhoneEnvironment,
  identity: PhoneIdentity,
  plan: FilePlan,
  before: DeviceFile | undefined,
  publish: PublishStep,
): Promise<DeviceFile | undefined> => {
  const family = fileFamilyOf(identity.model);
  const served = new Set<string>();
  const context = { device: identity.name, model: identity.model, protocol: identity.protocol, served };
  const fetch = (name: string, expected: boolean): Promise<FileOutcome> =>
    fetchFile(environment, plan, family.httpFirst, name, expected, publish);
  let file: DeviceFile | undefined;
  for (const request of family.requests) {
    if (isSkipped(request, plan, file, before)) continue;
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

const isSkipped = (
  { purpose }: FileRequest,
  plan: FilePlan,
  file: DeviceFile | undefined,
  before: DeviceFile | undefined,
): boolean => {
  if (plan.only === 'configuration') return purpose !== 'configuration';
  return purpose === 'locale' && before !== undefined && file?.userLocale === before.userLocale;
};

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

const fetchFile = async (
  environment: PhoneEnvironment,
  { server, tftpPort, httpPort, localAddress }: FilePlan,
  httpFirst: boolean,
  file: string,
  expected: boolean,
  publish: PublishStep,
): Promise<FileOutcome> => {
  if (httpFirst && httpPort !== undefined) {
    const outcome = await fetchAndReport(environment, file, expected, publish, 'HTTP', server, () =>
      fetchOverHttp(environment, file, { address: server, port: httpPort }, localAddress),
    );
    if (outcome.kind !== 'missed') return outcome;
  }
  return fetchAndReport(environment, file, expected, publish, 'TFTP', server, () =>
    environment.tftp.fetch(file, { address: server, port: tftpPort }),
  );
};

const fetchAndReport = async (
  environment: PhoneEnvironment,
  file: string,
  expected: boolean,
  publish: PublishStep,
  transport: 'TFTP' | 'HTTP',
  server: string,
  fetch: () => Promise<FileOutcome>,
): Promise<FileOutcome> => {
  const start = environment.timers.now();
  publish('phone.file-asked', { file, server, transport });
  const outcome = await fetch();
  const took = environment.timers.now() - start;
  if (outcome.kind === 'fetched') publish('phone.file-fetched', { file, octets: outcome.bytes.length, took });
  else if (outcome.kind === 'refused') publish('phone.file-refused', { file, why: outcome.why, expected, took });
  else publish('phone.file-missed', { file, why: outcome.why, took });
  return outcome;
};
