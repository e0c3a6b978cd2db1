import type { Argv, CommandModule } from 'yargs';
import { type ApiArguments, apiClient, apiOptions, devicePath } from '../api-client.js';
import { number, record, text } from '../api-schemas.js';
import { type CliEnvironment, EXIT, type ExitCode, print } from '../environment.js';
import { OptionFailure } from '../failure.js';

interface PushArguments extends ApiArguments {
  readonly device?: string | undefined;
  readonly text?: string | undefined;
  readonly title?: string | undefined;
  readonly url?: string | undefined;
  readonly execute?: readonly string[] | undefined;
  readonly priority?: number | undefined;
  readonly json?: boolean | undefined;
}

const answer = record({
  device: text,
  address: text,
  transport: text,
  outcome: text,
  answer: text,
  milliseconds: number,
});

/** The body of the request: what was given of the options. */
const pushOf = ({ text: written, title, url, execute, priority }: PushArguments): Record<string, unknown> => {
  const uris = (execute ?? []).map(String);
  const ways = [written, url, uris.length === 0 ? undefined : uris].filter((way) => way !== undefined);
  if (ways.length !== 1)
    throw new OptionFailure('labcm push', `${ways.length} of them`, 'one of --text, --url and --execute');
  if (written !== undefined && priority !== undefined)
    throw new OptionFailure(
      '--priority',
      'it beside --text',
      'it beside --url or --execute alone: a text is shown at once',
    );
  if (written === undefined && title !== undefined)
    throw new OptionFailure('--title', 'it without --text', 'it beside --text alone');
  if (priority !== undefined && ![0, 1, 2].includes(priority))
    throw new OptionFailure(
      '--priority',
      String(priority),
      '0 (at once), 1 (when it is idle) or 2 (only if it is idle)',
    );
  if (written !== undefined) return { text: written, ...(title === undefined ? {} : { title }) };
  return { ...(url === undefined ? { execute: uris } : { url }), ...(priority === undefined ? {} : { priority }) };
};

/** `labcm push`: shows a text on a phone, has it open a page, or presses its keys, and tells what the phone answered. */
export const pushCommand = (
  environment: CliEnvironment,
  exit: (code: ExitCode) => void,
): CommandModule<object, PushArguments> => ({
  command: 'push <device>',
  describe: 'show a text on a phone, have it open a page, or press its keys; and what it answered',
  builder: (yargs: Argv) =>
    apiOptions(yargs)
      .positional('device', { type: 'string', demandOption: true, describe: 'its name in any case' })
      .option('text', { type: 'string', describe: 'the text to show, of at most 4000 characters' })
      .option('title', { type: 'string', describe: 'what stands above the text [default: labcm]' })
      .option('url', { type: 'string', describe: 'the page to open' })
      .option('execute', {
        type: 'string',
        array: true,
        describe: 'up to three URIs, such as Key:Services or Dial:5005',
      })
      .option('priority', {
        type: 'number',
        describe: '0 at once, 1 when it is idle, 2 only if it is idle [default: 0]',
      })
      .option('json', { type: 'boolean', describe: 'as the API gives it' })
      .example('labcm push SEP005056A1033D --text "The lab restarts at noon."', 'a text on the screen')
      .example('labcm push SEP005056A1033D --execute Key:Services', 'the key is pressed'),
  handler: async ({ device = '', json, ...given }) => {
    const push = pushOf(given);
    const api = await apiClient(environment, given);
    const found = await api.ask(answer, `${devicePath(device)}/push`, 'POST', device, push);
    if (found.outcome !== 'done') exit(EXIT.failed);
    if (json === true) print(environment, JSON.stringify(found, undefined, 2));
    else
      print(
        environment,
        `${found.device} at ${found.address} over ${found.transport}: ${found.answer} (${found.milliseconds} ms)`,
      );
  },
});
