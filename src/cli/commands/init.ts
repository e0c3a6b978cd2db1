import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Argv, CommandModule } from 'yargs';
import { type CliEnvironment, type MachineAddress, print, say } from '../environment.js';
import { CommandFailure, OptionFailure } from '../failure.js';
import { chosenRange, newConfiguration, type PhoneRange, rangeOf } from '../new-configuration.js';
import { Questions } from '../questions.js';

interface InitArguments {
  readonly directory?: string | undefined;
  readonly interface?: string | undefined;
  readonly range?: string | undefined;
}

const CONFIGURATION = 'labcm.yaml';
const FILES = 'tftp-root';
const SHIPPED_FILES = fileURLToPath(new URL(`../../../${FILES}`, import.meta.url));

/**
 * `labcm init`: writes a configuration for this machine's addresses and a folder for files, so that `labcm run` serves
 * a real network. On a terminal it asks for what is not given and not plain. Overwrites nothing.
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
      .option('range', {
        type: 'string',
        requiresArg: true,
        describe: 'the addresses for phones, such as 10.10.210.100-10.10.210.199 [default: some of that network]',
      })
      .example('labcm init lab', 'then: cd lab; labcm check; sudo labcm run')
      .example('labcm init lab --interface eth1', 'where this machine has several'),
  handler: async ({ directory = '.', interface: wanted, range: addresses }) => {
    const folder = resolve(environment.directory, directory);
    const file = join(folder, CONFIGURATION);
    if (existsSync(file)) throw new CommandFailure(file, 'a file of that name', 'none; give another directory');
    const { chosen, range } = await choices(environment, wanted, addresses);
    try {
      mkdirSync(folder, { recursive: true });
      // Existing files stay as they are.
      cpSync(SHIPPED_FILES, join(folder, FILES), { recursive: true, force: false });
      writeFileSync(file, newConfiguration(chosen, range), { flag: 'wx' });
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

interface Choices {
  readonly chosen: MachineAddress;
  /** `undefined`: its network is too small for one. */
  readonly range: PhoneRange | undefined;
}

/** What the options say, else what is answered on a terminal, else what is proposed. */
const choices = async (
  environment: CliEnvironment,
  wanted: string | undefined,
  addresses: string | undefined,
): Promise<Choices> => {
  const all = environment.addresses();
  let chosen = chosenAddress(all, wanted);
  const outside = all.filter(({ loopback }) => !loopback);
  const questions = wanted === undefined || addresses === undefined ? Questions.of(environment) : undefined;
  try {
    if (questions !== undefined && wanted === undefined && outside.length > 1)
      chosen =
        (await questions.ask(
          `the interface that phones are on: ${outside.map((one) => `${one.interface} (${one.address})`).join(', ')}`,
          chosen.interface,
          (answer) => outside.find((one) => one.interface === answer),
          'one of these',
        )) ?? chosen;
    const proposed = rangeOf(chosen);
    if (addresses !== undefined) return { chosen, range: givenRange(chosen, addresses, proposed) };
    if (questions === undefined || proposed === undefined) return { chosen, range: proposed };
    const range = await questions.ask(
      'the addresses that phones may have, if labcm serves DHCP',
      `${proposed.first}-${proposed.last}`,
      (answer) => chosenRange(chosen, answer),
      `a range of ${proposed.subnet}, such as ${proposed.first}-${proposed.last}`,
    );
    return { chosen, range: range ?? proposed };
  } finally {
    await questions?.close();
  }
};

const givenRange = (chosen: MachineAddress, text: string, proposed: PhoneRange | undefined): PhoneRange => {
  const range = chosenRange(chosen, text);
  if (range !== undefined) return range;
  const wanted =
    proposed === undefined
      ? `none: the network of ${chosen.interface} has no room for one`
      : `a range of ${proposed.subnet}, such as ${proposed.first}-${proposed.last}`;
  throw new OptionFailure('--range', text, wanted);
};

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
