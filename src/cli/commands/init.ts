import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Argv, CommandModule } from 'yargs';
import { type CliEnvironment, type MachineAddress, print, say } from '../environment.js';
import { CommandFailure, OptionFailure } from '../failure.js';
import { newConfiguration } from '../new-configuration.js';

interface InitArguments {
  readonly directory?: string | undefined;
  readonly interface?: string | undefined;
}

const CONFIGURATION = 'labcm.yaml';
const FILES = 'tftp-root';
const SHIPPED_FILES = fileURLToPath(new URL(`../../../${FILES}`, import.meta.url));

/**
 * `labcm init`: writes a configuration for this machine's addresses and a folder for files, so that `labcm run` serves
 * a real network. Overwrites nothing.
 */
export const initCommand = (environment: CliEnvironment): CommandModule<object, InitArguments> => ({
  command: 'init [directory]',
  describe: `write a ${CONFIGURATION} for this machine’s addresses, and a ${FILES} for files, into a directory`,
  builder: (yargs: Argv) =>
    yargs
      .positional('directory', { type: 'string', default: '.', describe: 'where; made where it is missing' })
      .option('interface', {
        type: 'string',
        requiresArg: true,
        describe: 'the interface that phones are on [default: the first one beyond this machine]',
      })
      .example('labcm init lab', 'then: cd lab; labcm check; sudo labcm run')
      .example('labcm init lab --interface eth1', 'where this machine has several'),
  handler: ({ directory = '.', interface: wanted }) => {
    const chosen = chosenAddress(environment.addresses(), wanted);
    const folder = resolve(environment.directory, directory);
    const file = join(folder, CONFIGURATION);
    if (existsSync(file)) throw new CommandFailure(file, 'a file of that name', 'none; give another directory');
    try {
      mkdirSync(folder, { recursive: true });
      // Existing files stay as they are.
      cpSync(SHIPPED_FILES, join(folder, FILES), { recursive: true, force: false });
      writeFileSync(file, newConfiguration(chosen), { flag: 'wx' });
    } catch (error) {
      throw new CommandFailure(folder, (error as Error).message, 'a directory that can be written to');
    }
    print(environment, file);
    print(environment, join(folder, FILES));
    say(environment, `written for ${chosen.address} on ${chosen.interface}; ${CONFIGURATION} says what to change`);
    const there = directory === '.' ? '' : `cd ${directory} && `;
    say(environment, `next: ${there}labcm check, then: sudo labcm run`);
  },
});

/** The address for phones: that of the named interface, else the first one that is not loopback. */
const chosenAddress = (addresses: readonly MachineAddress[], wanted: string | undefined): MachineAddress => {
  const found =
    wanted === undefined
      ? (addresses.find(({ loopback }) => !loopback) ?? addresses[0])
      : addresses.find((one) => one.interface === wanted);
  if (found !== undefined) return found;
  const names = [...new Set(addresses.map((one) => one.interface))].join(', ');
  throw new OptionFailure('--interface', wanted ?? 'nothing', `one with an IPv4 address: ${names || 'there is none'}`);
};
