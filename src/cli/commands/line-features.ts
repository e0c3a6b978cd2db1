// `labcm forward` and `labcm dnd`: what users otherwise set by a key of their phones.

import type { Argv, CommandModule } from 'yargs';
import { type ApiArguments, apiClient, apiOptions, devicePath } from '../api-client.js';
import { type CliEnvironment, print } from '../environment.js';
import { writesAnswer } from './device-changes.js';

interface ForwardArguments extends ApiArguments {
  readonly dn?: string | undefined;
  readonly number?: string | undefined;
  readonly busy?: boolean | undefined;
  readonly 'no-answer'?: boolean | undefined;
  readonly unregistered?: boolean | undefined;
  readonly json?: boolean | undefined;
}

interface DoNotDisturbArguments extends ApiArguments {
  readonly device?: string | undefined;
  readonly state?: string | undefined;
  readonly json?: boolean | undefined;
}

/** What a user says, and what the configuration says. */
const STATES: Readonly<Record<string, string>> = { on: 'ringer-off', off: 'off', reject: 'reject' };

/** Both commands. */
export const lineFeatureCommands = (environment: CliEnvironment): readonly CommandModule<object, never>[] =>
  [forwardCommand(environment), doNotDisturbCommand(environment)] as readonly CommandModule<object, never>[];

const forwardCommand = (environment: CliEnvironment): CommandModule<object, ForwardArguments> => ({
  command: 'forward <dn> <number>',
  describe: 'forward the calls of a line in the running daemon, or end that; it stays over restarts',
  builder: (yargs: Argv) =>
    apiOptions(yargs)
      .parserConfiguration({ 'dot-notation': false, 'boolean-negation': false }) // `--no-answer` switches nothing off
      .positional('dn', { type: 'string', demandOption: true, describe: 'the directory number of the line' })
      .positional('number', { type: 'string', demandOption: true, describe: 'where its calls go, or off' })
      .option('busy', { type: 'boolean', describe: 'only calls that come while the line is busy' })
      .option('no-answer', { type: 'boolean', describe: 'only calls that nobody answers' })
      .option('unregistered', { type: 'boolean', describe: 'only calls that come while no phone of it is registered' })
      .option('json', { type: 'boolean', describe: 'as the API gives it' })
      .example('labcm forward 5001 5003', 'every call of 5001 goes to 5003')
      .example('labcm forward 5001 5003 --busy --no-answer', 'those that 5001 does not take')
      .example('labcm forward 5001 off', 'its phones ring again'),
  handler: async (args) => {
    const { dn = '', number = '' } = args;
    const to = number.toLowerCase() === 'off' ? null : number;
    const kinds = [
      ...(args.busy === true ? ['busy'] : []),
      ...(args['no-answer'] === true ? ['noAnswer'] : []),
      ...(args.unregistered === true ? ['unregistered'] : []),
    ];
    const body = Object.fromEntries((kinds.length === 0 ? ['all'] : kinds).map((kind) => [kind, to]));
    const api = await apiClient(environment, args);
    const path = `/api/lines/${encodeURIComponent(dn)}/forward`;
    const answer = await api.ask(writesAnswer, path, 'PUT', dn, body);
    tell(environment, answer, args.json === true);
  },
});

const doNotDisturbCommand = (environment: CliEnvironment): CommandModule<object, DoNotDisturbArguments> => ({
  command: 'dnd <device> <state>',
  describe: 'keep a phone of the running daemon from ringing, or let it ring again; it stays over restarts',
  builder: (yargs: Argv) =>
    apiOptions(yargs)
      .positional('device', { type: 'string', demandOption: true, describe: 'its name in any case' })
      .positional('state', {
        choices: Object.keys(STATES),
        demandOption: true,
        describe: 'on: it shows calls and keeps quiet; reject: it is busy',
      })
      .option('json', { type: 'boolean', describe: 'as the API gives it' })
      .example('labcm dnd SEP005056A1033D on', 'it shows calls and keeps quiet')
      .example('labcm dnd SEP005056A1033D off', 'it rings again'),
  handler: async (args) => {
    const { device: name = '', state = '' } = args;
    const api = await apiClient(environment, args);
    const body = { doNotDisturb: STATES[state] };
    const answer = await api.ask(writesAnswer, `${devicePath(name)}/dnd`, 'PUT', name, body);
    tell(environment, answer, args.json === true);
  },
});

const tell = (
  environment: CliEnvironment,
  answer: NonNullable<ReturnType<typeof writesAnswer>>,
  asJson: boolean,
): void => {
  if (asJson) print(environment, JSON.stringify(answer));
  else for (const { name, outcome } of answer.devices) print(environment, `${name}: ${outcome}`);
};
