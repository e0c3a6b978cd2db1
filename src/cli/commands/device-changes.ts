// `labcm add`, `set` and `remove`: devices while the daemon runs.

import type { Argv, CommandModule } from 'yargs';
import type { DeviceWritesJson } from '../../http/api/shapes.js';
import { type ApiArguments, apiClient, apiOptions, devicePath } from '../api-client.js';
import { answerOf, listOf, record, text } from '../api-schemas.js';
import { type CliEnvironment, print } from '../environment.js';
import { OptionFailure } from '../failure.js';

interface ChangeArguments extends ApiArguments {
  readonly device?: string | undefined;
}

interface AddArguments extends ChangeArguments {
  readonly model?: string | undefined;
  readonly protocol?: string | undefined;
  readonly line?: readonly string[] | undefined;
  readonly description?: string | undefined;
  readonly group?: string | undefined;
  readonly set?: readonly string[] | undefined;
}

interface SetArguments extends ChangeArguments {
  readonly settings?: readonly string[] | undefined;
}

interface RemoveArguments extends ChangeArguments {
  readonly layer?: boolean | undefined;
}

/** What became of the devices of a request. */
export const writesAnswer = answerOf<DeviceWritesJson>()(
  record({ devices: listOf(record({ name: text, outcome: text })) }),
);

/** `key=value` as a device. */
const deviceOf = async (settings: readonly string[], isWhole: boolean) => {
  const { deviceOfCells } = await import('../../config/index.js');
  const read = deviceOfCells(settings, isWhole);
  if ('device' in read) return read.device;
  throw new OptionFailure('key=value', read.found, read.wanted);
};

const upper = (written: string | undefined): string | undefined => written?.toUpperCase();

/** The three commands. */
export const deviceChangeCommands = (environment: CliEnvironment): readonly CommandModule<object, never>[] =>
  [addCommand(environment), setCommand(environment), removeCommand(environment)] as readonly CommandModule<
    object,
    never
  >[];

const addCommand = (environment: CliEnvironment): CommandModule<object, AddArguments> => ({
  command: 'add <device>',
  describe: 'add a device to the running daemon; it stays over restarts',
  builder: (yargs: Argv) =>
    apiOptions(yargs)
      .positional('device', { type: 'string', demandOption: true, describe: 'its name, such as SEP005056A1033D' })
      .option('model', { type: 'string', demandOption: true, describe: 'its model, such as 7962' })
      .option('protocol', { choices: ['SCCP', 'SIP'], coerce: upper, describe: 'the protocol that its load speaks' })
      .option('line', {
        type: 'string',
        array: true,
        nargs: 1,
        describe: 'a directory number, or 5001=Lobby with a label; again for more',
      })
      .option('description', { type: 'string', describe: 'a note, such as where it stands' })
      .option('group', { type: 'string', describe: 'its call manager group' })
      .option('set', { type: 'string', array: true, nargs: 1, describe: 'any other key: KEY=VALUE, as in a CSV table' })
      .example('labcm add SEP005056A1033D --model 7962 --protocol SCCP --line 5001', 'a phone with one line')
      .example(
        'labcm add SEP005056A1033D --model 7961 --line 5005 --set digest.user=lab --set digest.password=secret',
        'with more',
      ),
  handler: async (args) => {
    const { device: name = '', model = '', protocol, line = [], description, group, set = [] } = args;
    const settings = [
      `name=${name}`,
      `model=${model}`,
      ...(protocol === undefined ? [] : [`protocol=${protocol}`]),
      ...(line.length === 0 ? [] : [`lines=${line.join(';')}`]),
      ...(description === undefined ? [] : [`description=${description}`]),
      ...(group === undefined ? [] : [`group=${group}`]),
      ...set,
    ];
    const body = await deviceOf(settings, true);
    const api = await apiClient(environment, args);
    const { devices } = await api.ask(writesAnswer, '/api/devices', 'POST', name, body);
    for (const { name: written, outcome } of devices) print(environment, `${written}: ${outcome}`);
  },
});

const setCommand = (environment: CliEnvironment): CommandModule<object, SetArguments> => ({
  command: 'set <device> <settings..>',
  describe: 'change keys of a device in the running daemon; it stays over restarts',
  builder: (yargs: Argv) =>
    apiOptions(yargs)
      .positional('device', { type: 'string', demandOption: true, describe: 'its name in any case' })
      .positional('settings', {
        type: 'string',
        array: true,
        demandOption: true,
        describe: 'KEY=VALUE, as in a CSV table; KEY= takes it away',
      })
      .example('labcm set SEP005056A1033D "lines=5001=Front desk;5002" description=Lobby', 'its lines, and a note')
      .example('labcm set SEP005056A1033D load=', 'no load of its own any more'),
  handler: async (args) => {
    const { device: name = '', settings = [] } = args;
    const patch = await deviceOf(settings, false);
    const api = await apiClient(environment, args);
    const { devices } = await api.ask(writesAnswer, devicePath(name), 'PATCH', name, patch);
    for (const { name: written, outcome } of devices) print(environment, `${written}: ${outcome}`);
  },
});

const removeCommand = (environment: CliEnvironment): CommandModule<object, RemoveArguments> => ({
  command: 'remove <device>',
  describe: 'remove a device from the running daemon; it stays removed over restarts',
  builder: (yargs: Argv) =>
    apiOptions(yargs)
      .positional('device', { type: 'string', demandOption: true, describe: 'its name in any case' })
      .option('layer', {
        type: 'boolean',
        describe: 'only what was changed at runtime: its entry in a file holds again',
      })
      .example('labcm remove SEP005056A1033D', 'its registration ends')
      .example('labcm remove SEP005056A1033D --layer', 'as the files have it'),
  handler: async (args) => {
    const { device: name = '', layer } = args;
    const api = await apiClient(environment, args);
    const path = `${devicePath(name)}${layer === true ? '?layer=only' : ''}`;
    const { devices } = await api.ask(writesAnswer, path, 'DELETE', name);
    for (const { name: written, outcome } of devices) print(environment, `${written}: ${outcome}`);
  },
});
