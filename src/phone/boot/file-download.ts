// A phone fetches its files: trust lists that are refused, its configuration or the default one, the locale and the rest
// (`provisioning.md` §3.1). Over HTTP first where the model does so, else by TFTP.

import type { PhoneIdentity } from '../identity.js';
import type { Tell } from '../steps.js';
import type { PhoneWorld } from '../world.js';
import type { DeviceFile } from './device-file.js';
import { readDeviceFile } from './device-file.js';
import { type Asker, DEFAULT_CONFIGURATION, type FileQuestion, fileFamilyOf } from './file-sequence.js';
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
  world: PhoneWorld,
  identity: PhoneIdentity,
  plan: FilePlan,
  before: DeviceFile | undefined,
  tell: Tell,
): Promise<DeviceFile | undefined> => {
  const family = fileFamilyOf(identity.model);
  const served = new Set<string>();
  const asker = { device: identity.name, model: identity.model, protocol: identity.protocol, served };
  const fetch = (name: string, expected: boolean): Promise<FileOutcome> =>
    fetchFile(world, plan, family.httpFirst, name, expected, tell);
  let file: DeviceFile | undefined;
  for (const question of family.questions) {
    if (skips(question, plan, file, before)) continue;
    const name = question.name({ ...asker, file } satisfies Asker);
    if (name === undefined) continue;
    const outcome = await fetch(name, question.purpose === 'trust');
    if (outcome.kind === 'fetched') served.add(name);
    if (question.purpose !== 'configuration') continue;
    file =
      configurationOf(name, outcome, tell) ??
      configurationOf(DEFAULT_CONFIGURATION, await fetch(DEFAULT_CONFIGURATION, false), tell);
    if (file === undefined) return undefined;
  }
  return file;
};

const skips = (
  { purpose }: FileQuestion,
  plan: FilePlan,
  file: DeviceFile | undefined,
  before: DeviceFile | undefined,
): boolean => {
  if (plan.only === 'configuration') return purpose !== 'configuration';
  return purpose === 'locale' && before !== undefined && file?.userLocale === before.userLocale;
};

const configurationOf = (name: string, outcome: FileOutcome, tell: Tell): DeviceFile | undefined => {
  if (outcome.kind !== 'fetched') return undefined;
  const read = readDeviceFile(outcome.bytes);
  if ('fault' in read) {
    tell('phone.misconfigured', { file: name, why: read.fault });
    return undefined;
  }
  const { nodes, lines, load, stamp } = read.file;
  tell('phone.configured', {
    file: name,
    nodes: nodes.map((node) => node.name),
    lines: lines.map(({ dn }) => dn),
    load,
    stamp,
  });
  return read.file;
};

const fetchFile = async (
  world: PhoneWorld,
  { server, tftpPort, httpPort, localAddress }: FilePlan,
  httpFirst: boolean,
  file: string,
  expected: boolean,
  tell: Tell,
): Promise<FileOutcome> => {
  if (httpFirst && httpPort !== undefined) {
    const outcome = await told(world, file, expected, tell, 'HTTP', server, () =>
      fetchOverHttp(world, file, { address: server, port: httpPort }, localAddress),
    );
    if (outcome.kind !== 'missed') return outcome;
  }
  return told(world, file, expected, tell, 'TFTP', server, () =>
    world.fetcher.fetch(file, { address: server, port: tftpPort }),
  );
};

const told = async (
  world: PhoneWorld,
  file: string,
  expected: boolean,
  tell: Tell,
  transport: 'TFTP' | 'HTTP',
  server: string,
  fetch: () => Promise<FileOutcome>,
): Promise<FileOutcome> => {
  const start = world.agenda.now();
  tell('phone.file-asked', { file, server, transport });
  const outcome = await fetch();
  const took = world.agenda.now() - start;
  if (outcome.kind === 'fetched') tell('phone.file-fetched', { file, octets: outcome.bytes.length, took });
  else if (outcome.kind === 'refused') tell('phone.file-refused', { file, why: outcome.why, expected, took });
  else tell('phone.file-missed', { file, why: outcome.why, took });
  return outcome;
};
