import type { Argv, CommandModule } from 'yargs';
import { type ApiArguments, apiClient, apiOptions } from '../api-client.js';
import { boolean, number, record, text } from '../api-schemas.js';
import { type CliEnvironment, print } from '../environment.js';
import { OptionFailure } from '../failure.js';

interface MwiArguments extends ApiArguments {
  readonly dn?: string | undefined;
  readonly state?: string | undefined;
  readonly new?: number | undefined;
  readonly old?: number | undefined;
  readonly json?: boolean | undefined;
}

const STATES = ['on', 'off'] as const;
const answer = record({ dn: text, waiting: boolean, new: number, old: number });

const counted = (option: string, count: number | undefined): Record<string, number> => {
  if (count === undefined) return {};
  if (!Number.isInteger(count) || count < 0) throw new OptionFailure(`--${option}`, String(count), 'a whole number');
  return { [option]: count };
};

/** `labcm mwi`: lights the message lamps of a line, puts them out, or says how they are. */
export const mwiCommand = (environment: CliEnvironment): CommandModule<object, MwiArguments> => ({
  command: 'mwi <dn> [state]',
  describe: 'the message lamp of a line: how it is, or switch it on or off',
  builder: (yargs: Argv) =>
    apiOptions(yargs)
      .positional('dn', { type: 'string', demandOption: true, describe: 'the directory number' })
      .positional('state', { type: 'string', choices: STATES, describe: 'without it: how the lamp is' })
      .option('new', { type: 'number', describe: 'how many messages nobody has heard [default: 1 with on]' })
      .option('old', { type: 'number', describe: 'how many were heard and kept [default: 0]' })
      .option('json', { type: 'boolean', describe: 'as the API gives it' })
      .example('labcm mwi 5005 on', 'all phones of the line light their lamp')
      .example('labcm mwi 5005 on --new 2 --old 1', 'with counts, for phones that show them')
      .example('labcm mwi 5005', 'whether messages wait'),
  handler: async ({ dn = '', state, new: count, old, json, ...where }) => {
    const line = String(dn);
    if (state === undefined && (count !== undefined || old !== undefined))
      throw new OptionFailure(count === undefined ? '--old' : '--new', 'no state', 'on or off behind the number');
    const api = await apiClient(environment, where);
    const path = `/api/lines/${encodeURIComponent(line)}/messages`;
    const messages =
      state === undefined
        ? await api.ask(answer, path, 'GET', line)
        : await api.ask(answer, path, 'PUT', line, {
            waiting: state === 'on',
            ...counted('new', count),
            ...counted('old', old),
          });
    if (json === true) print(environment, JSON.stringify(messages, undefined, 2));
    else
      print(
        environment,
        `${messages.dn}: ${messages.waiting ? 'messages wait' : 'no messages wait'} (${messages.new} new, ${messages.old} old)`,
      );
  },
});
