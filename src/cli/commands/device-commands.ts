import type { Argv, CommandModule } from 'yargs';
import { seconds } from '../../core/time.js';
import { isWildcard } from '../../core/wildcards.js';
import type { CommandJson, CommandRunJson } from '../../http/api/shapes.js';
import { type ApiArguments, type ApiClient, apiClient, apiOptions, devicePath } from '../api-client.js';
import { answerOf, listOf, number, orNull, record, text } from '../api-schemas.js';
import { type CliEnvironment, print, say } from '../environment.js';
import { CommandFailure } from '../failure.js';
import { poll } from '../poll.js';

interface DeviceArguments extends ApiArguments {
  readonly device?: string | undefined;
  readonly perSecond?: number | undefined;
}

const COMMANDS = {
  reset: 'have a phone start anew: it leaves its registration and boots',
  restart: 'have a phone read its configuration again and register anew, without booting',
  apply: 'have a phone apply its changed configuration',
} as const;

const answer = answerOf<CommandJson>()(record({ device: text, outcome: text }));

const runAnswer = answerOf<CommandRunJson>()(
  record({
    id: number,
    endedAt: orNull(text),
    devices: number,
    sent: number,
    left: number,
    perSecond: number,
    untoldDevices: listOf(record({ device: text, reason: text })),
  }),
);

/** Devices that were not told and are listed. */
const MOST_LISTED = 20;

/** Tells every device of a pattern. Fails where none was told. */
const tellMany = async (
  environment: CliEnvironment,
  api: ApiClient,
  command: string,
  { device: pattern = '', perSecond }: DeviceArguments,
): Promise<void> => {
  const order = { command, filter: { name: pattern }, ...(perSecond === undefined ? {} : { perSecond }) };
  const begun = await api.ask(runAnswer, '/api/commands', 'POST', pattern, order);
  const run = await poll(environment, {
    // Others may come first, and a busy daemon leaves out turns.
    within: seconds(60 + (10 * begun.devices) / begun.perSecond),
    look: () => api.ask(runAnswer, `/api/commands/${begun.id}`),
    done: ({ endedAt }) => endedAt !== null,
    progress: (seen) => `${command}: ${seen?.sent ?? 0} of ${begun.devices} told`,
  });
  const { devices, sent, left, untoldDevices } = run;
  if (devices === 0)
    throw new CommandFailure(pattern, 'no device of such a name', 'one or more', '`labcm status` lists them');
  for (const { device, reason } of untoldDevices.slice(0, MOST_LISTED)) say(environment, `${device}: ${reason}`);
  const unlisted = devices - sent - left - Math.min(untoldDevices.length, MOST_LISTED);
  if (unlisted > 0) say(environment, `and ${unlisted} others that were not told`);
  print(environment, `${command}: ${sent} of ${devices} told${left === 0 ? '' : `, ${left} left out`}`);
  if (sent === 0) throw new CommandFailure(pattern, 'no device that is registered', 'one or more');
};

/** `labcm reset`, `restart` and `apply`: has the daemon send phones the command of their protocol. */
export const deviceCommands = (environment: CliEnvironment): readonly CommandModule<object, DeviceArguments>[] =>
  Object.entries(COMMANDS).map(([command, describe]) => ({
    command: `${command} <device>`,
    describe,
    builder: (yargs: Argv) =>
      apiOptions(yargs)
        .positional('device', {
          type: 'string',
          demandOption: true,
          describe: 'its name in any case, or some: SEP0050*',
        })
        .option('per-second', { type: 'number', describe: 'of a pattern: devices that are told in a second [50]' })
        .example(`labcm ${command} SEP005056A1033D`, describe)
        .example(`labcm ${command} 'SEP0050*' --per-second 10`, 'every phone whose name begins so, ten a second'),
    handler: async (args) => {
      const { device: name = '', ...where } = args;
      const api = await apiClient(environment, where);
      if (isWildcard(name)) {
        await tellMany(environment, api, command, args);
        return;
      }
      const { device, outcome } = await api.ask(answer, `${devicePath(name)}/${command}`, 'POST', name);
      print(environment, `${device}: ${command} ${outcome}`);
    },
  }));
