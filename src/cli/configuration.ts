// Chooses the configuration of a command: the named file, else `labcm.yaml` in the working directory, else the quick
// start; and where the quick start writes.

import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Argv } from 'yargs';
import { type CliEnvironment, say } from './environment.js';

/** The options of `configOptions`. */
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
const PACKAGES = /[\\/]node_modules[\\/]/;

/** A configuration file and its `--set` overrides. */
export interface ChosenConfiguration {
  readonly file: string;
  readonly overrides: readonly string[];
}

/** The configuration that the options choose. */
export const chosenConfiguration = (
  environment: CliEnvironment,
  { config, set = [] }: ConfigArguments,
): ChosenConfiguration => {
  const file = config ?? fileHere(environment);
  return { file, overrides: [...placesOf(environment, resolve(environment.directory, file)), ...set] };
};

const fileHere = (environment: CliEnvironment): string => {
  const here = join(environment.directory, 'labcm.yaml');
  const chosen = environment.fileExists(here) ? here : QUICK_START;
  say(environment, `configuration: ${chosen}`);
  return chosen;
};

/**
 * Overrides for the directories of the quick start in an installed package. It must not write into the package, which
 * may belong to another user and is replaced by an update, but where the XDG Base Directory Specification keeps state.
 */
export const placesOf = (
  { variables: environment }: Pick<CliEnvironment, 'variables'>,
  file: string,
  quickStart = QUICK_START,
): readonly string[] => {
  if (file !== quickStart || !PACKAGES.test(file)) return [];
  const { XDG_STATE_HOME: given = '' } = environment;
  const base = isAbsolute(given) ? given : join(homedir(), '.local', 'state'); // the specification says to ignore a relative path
  const place = (name: string): string => JSON.stringify(join(base, 'labcm', name));
  return [`state.directory=${place('state')}`, `trace.directory=${place('logs')}`];
};
