// `labcm check`: the configuration, the files that phones will ask for, and what this machine lacks; every fault at once.

import { relative } from 'node:path';
import type { Argv, CommandModule } from 'yargs';
import type { Config, LocatedConfig } from '../config/index.js';
import { ConfigError, describeFault, type Fault } from '../core/errors.js';
import { readText, UnreadableFile } from '../net/text-files.js';
import { catalogueFaults } from '../provisioning/faults.js';
import { type ConfigArguments, configOptions, configurationFile } from './configuration.js';
import { descriptorNotes } from './descriptors.js';
import { machineFaults } from './machine.js';
import { EXIT, type ExitCode, print, say, type World } from './world.js';

interface CheckArguments extends ConfigArguments {
  readonly json?: boolean | undefined;
}

export const checkCommand = (world: World, exit: (code: ExitCode) => void): CommandModule<object, CheckArguments> => ({
  command: 'check',
  describe:
    'check the configuration, the files for phones and what this machine has of it; exit 0 without faults, 2 with some',
  builder: (yargs: Argv) =>
    configOptions(yargs)
      .option('json', { type: 'boolean', describe: 'faults as JSON, one a line' })
      .example('labcm check -c lab.yaml', 'every fault with its file and line'),
  handler: async (args) => {
    const file = configurationFile(world, args);
    const { config, faults } = await examine(world, file, args.set ?? []);
    for (const fault of faults) print(world, args.json === true ? JSON.stringify(fault) : describeFault(fault));
    if (config !== undefined) for (const note of descriptorNotes(world, config)) say(world, note);
    if (faults.length === 0) say(world, `${file}: no faults, ${config?.devices.length ?? 0} devices`);
    else {
      say(world, `${file}: ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}`);
      exit(EXIT.faulty);
    }
  },
});

interface Examined {
  readonly config: Config | undefined;
  readonly faults: readonly Fault[];
}

const examine = async (world: World, file: string, overrides: readonly string[]): Promise<Examined> => {
  const { readLocatedConfig } = await import('../daemon/read-config.js');
  try {
    const located = await readLocatedConfig(file, overrides);
    const { config } = located;
    const catalogue = config.tftp.enabled || config.http.provisioning.enabled;
    const faults = [
      ...(catalogue ? await catalogueFaults(config.tftp.root) : []),
      ...(await identityFaults(located)),
      ...(await machineFaults(world, located)),
    ];
    return { config, faults: faults.map((fault) => ({ ...fault, file: shorter(world, fault.file) })) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { config: undefined, faults: error.faults };
  }
};

const shorter = ({ directory }: World, path: string): string => {
  const short = relative(directory, path);
  return short === '' || short.startsWith('..') ? path : short;
};

const MAX_PEM = 1_048_576;

/** Certificates and keys of the owner's own that cannot be read. */
const identityFaults = async ({ config: { sccp, sip }, locate }: LocatedConfig): Promise<readonly Fault[]> => {
  const faults: Fault[] = [];
  for (const [service, tls] of [
    ['sccp', sccp.tls],
    ['sip', sip.tls],
  ] as const)
    for (const key of ['certificate', 'key'] as const) {
      const path = tls?.[key];
      if (path === undefined) continue;
      const place = locate([service, key]);
      const pem = await readText(path, MAX_PEM).catch((error: unknown) => error);
      if (pem instanceof UnreadableFile)
        faults.push({ ...place, key: `${service}.${key}`, found: `${pem.found} (${path})`, wanted: pem.wanted });
      else if (typeof pem === 'string' && !pem.includes('-----BEGIN '))
        faults.push({ ...place, key: `${service}.${key}`, found: `no PEM in ${path}`, wanted: 'PEM: -----BEGIN …' });
    }
  return faults;
};
