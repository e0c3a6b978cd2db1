import type { Argv, CommandModule } from 'yargs';
import type { CommandJson } from '../../http/api/shapes.js';
import { type ApiArguments, apiClient, apiOptions, devicePath } from '../api-client.js';
import { answerOf, record, text } from '../api-schemas.js';
import { type CliEnvironment, print } from '../environment.js';

interface DeviceArguments extends ApiArguments {
  readonly device?: string | undefined;
}

const COMMANDS = {
  reset: 'have a phone start anew: it leaves its registration and boots',
  restart: 'have a phone read its configuration again and register anew, without booting',
  apply: 'have a phone apply its changed configuration',
} as const;

const answer = answerOf<CommandJson>()(record({ device: text, outcome: text }));

/** `labcm reset`, `restart` and `apply`: has the daemon send a phone the command of its protocol. */
export const deviceCommands = (environment: CliEnvironment): readonly CommandModule<object, DeviceArguments>[] =>
  Object.entries(COMMANDS).map(([command, describe]) => ({
    command: `${command} <device>`,
    describe,
    builder: (yargs: Argv) =>
      apiOptions(yargs)
        .positional('device', { type: 'string', demandOption: true, describe: 'its name in any case' })
        .example(`labcm ${command} SEP005056A1033D`, describe),
    handler: async ({ device: name = '', ...where }) => {
      const api = await apiClient(environment, where);
      const { device, outcome } = await api.ask(answer, `${devicePath(name)}/${command}`, 'POST', name);
      print(environment, `${device}: ${command} ${outcome}`);
    },
  }));
