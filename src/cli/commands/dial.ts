import type { Argv, CommandModule } from 'yargs';
import type { DialJson } from '../../http/api/shapes.js';
import { type ApiArguments, apiClient, apiOptions } from '../api-client.js';
import { answerOf, boolean, listOf, orAbsent, orNull, record, text } from '../api-schemas.js';
import { type CliEnvironment, EXIT, type ExitCode, print } from '../environment.js';

interface DialArguments extends ApiArguments {
  readonly number?: string | undefined;
  readonly from?: string | undefined;
  readonly json?: boolean | undefined;
}

const answer = answerOf<DialJson>()(
  record({
    dialled: text,
    result: text,
    text,
    number: orNull(text),
    canGrow: boolean,
    steps: listOf(record({ rule: text, pattern: text, to: orAbsent(text), trunk: orAbsent(text) })),
    phones: listOf(record({ device: text, outcome: text })),
  }),
);

const RULES: Readonly<Record<string, string>> = {
  line: 'is a directory number',
  emergency: 'is an emergency number',
  service: 'is a service number',
};

/** What a rule did, behind its pattern. */
const ruleOf = ({ rule, to, trunk }: NonNullable<ReturnType<typeof answer>>['steps'][number]): string => {
  if (to === undefined || to === null) return RULES[rule] ?? rule;
  return trunk === undefined || trunk === null
    ? `is a translation: ${to} is dialled`
    : `is a pattern: ${to} is sent to the trunk ${trunk}`;
};

/** `labcm dial`: says what a number would do, and why, without calling. */
export const dialCommand = (
  environment: CliEnvironment,
  exit: (code: ExitCode) => void,
): CommandModule<object, DialArguments> => ({
  command: 'dial <number>',
  describe: 'what a number would do, and why; nobody is called',
  builder: (yargs: Argv) =>
    apiOptions(yargs)
      .positional('number', { type: 'string', demandOption: true, describe: 'as a user would dial it' })
      .option('from', { type: 'string', describe: 'the device that would dial' })
      .option('json', { type: 'boolean', describe: 'as the API gives it' })
      .example('labcm dial 5005', 'which phones would ring, and which rules lead there')
      .example('labcm dial 5005 --from SEP005056A1033D', 'the same, dialled by that phone'),
  handler: async ({ number = '', from, json, ...where }) => {
    const query = new URLSearchParams({ number: String(number), ...(from === undefined ? {} : { from }) });
    const found = await (await apiClient(environment, where)).ask(answer, `/api/dial?${query}`, 'GET', from ?? number);
    if (found.result === 'none' || found.result === 'incomplete') exit(EXIT.failed);
    if (json === true) {
      print(environment, JSON.stringify(found, undefined, 2));
      return;
    }
    print(environment, found.text);
    for (const step of found.steps) print(environment, `  ${step.pattern} ${ruleOf(step)}`);
    for (const { device, outcome } of found.phones) print(environment, `  ${device} ${outcome}`);
  },
});
