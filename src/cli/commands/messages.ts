import type { Argv, CommandModule } from 'yargs';
import { type CliEnvironment, print, say } from '../environment.js';
import { CommandFailure } from '../failure.js';
import { table } from '../table.js';

interface MessagesArguments {
  readonly name?: string | undefined;
  readonly json?: boolean | undefined;
}

/** `labcm messages`: shows the declarations of the SCCP messages. */
export const messagesCommand = (environment: CliEnvironment): CommandModule<object, MessagesArguments> => ({
  command: 'messages [name]',
  describe: 'the SCCP message table, or one message with its layouts',
  builder: (yargs: Argv) =>
    yargs
      .positional('name', { type: 'string', describe: 'a name, an alias or an id such as 0x0001' })
      .option('json', { type: 'boolean', describe: 'as JSON' })
      .example('labcm messages', 'every message')
      .example('labcm messages RegisterReqMessage', 'its fields, version by version'),
  handler: async ({ name, json }) => {
    const { describeMessage, messageRows } = await import('../message-tables.js');
    if (name === undefined) {
      const rows = messageRows();
      if (json === true) print(environment, JSON.stringify(rows, undefined, 2));
      else {
        const cells = rows.map(({ id, name: messageName, direction, answer, verified }) => [
          id,
          messageName,
          direction,
          answer,
          verified ? 'captured' : 'unverified',
        ]);
        print(environment, table(['ID', 'NAME', 'DIRECTION', 'ANSWER', 'LAYOUT'], cells));
        say(environment, `${rows.length} messages`);
      }
      return;
    }
    const described = describeMessage(name);
    if ('known' in described) {
      const remedy = remedyFor(described.near);
      throw new CommandFailure(name, 'no such message', `one of the ${described.known} that are declared`, remedy);
    }
    print(environment, json === true ? JSON.stringify(described, undefined, 2) : described.text);
  },
});

const remedyFor = (near: readonly string[]): string => {
  if (near.length === 0) return '`labcm messages` lists them';
  return near.length === 1 ? `is ${near[0]} meant?` : `is one of ${near.join(', ')} meant?`;
};
