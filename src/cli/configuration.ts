// Which configuration a command is about: the one that is named, else `labcm.yaml` here, else the quick start.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Argv } from 'yargs';
import { say, type World } from './world.js';

export interface ConfigArguments {
  readonly config?: string | undefined;
  readonly set?: readonly string[] | undefined;
}

/** `-c` and `--set`. */
export const configOptions = <T>(yargs: Argv<T>) =>
  yargs
    .option('config', {
      alias: 'c',
      type: 'string',
      requiresArg: true,
      describe: 'the configuration file [default: ./labcm.yaml, else the quick start]',
    })
    .option('set', {
      type: 'string',
      array: true,
      requiresArg: true,
      nargs: 1,
      describe: 'KEY=VALUE: one setting differently, e.g. --set sccp.port=2001',
    });

const QUICK_START = fileURLToPath(new URL('../../config/quickstart.yaml', import.meta.url));

export const configurationFile = (world: World, { config }: ConfigArguments): string => {
  if (config !== undefined) return config;
  const here = join(world.directory, 'labcm.yaml');
  const chosen = world.fileExists(here) ? here : QUICK_START;
  say(world, `configuration: ${chosen}`);
  return chosen;
};
