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

type Step = NonNullable<ReturnType<typeof answer>>['steps'][number];

/** What each rule makes of the text before it. */
const RULES: Readonly<Record<DialJson['steps'][number]['rule'], string>> = {
  line: 'is a directory number',
  emergency: 'is an emergency number',
  hunt: 'is the number of a hunt list',
  pickup: 'is a pick-up number',
  page: 'is the number of a page',
  park: 'is a number of parked calls',
  conference: 'is a meeting room',
  service: 'is a service number',
  intercom: 'is the code of intercom calls and a directory number',
  forward: 'is the code that forwards all calls of the caller’s line',
  translation: 'is a translation',
  pattern: 'is a pattern',
};

/** What became of the number by a rule; empty: nothing. An emergency number behind a pattern is not sent. */
const outcomeOf = ({ rule, to, trunk }: Step, next: Step | undefined): string => {
  if (to === undefined || to === null) return '';
  if (rule === 'forward') return `: to ${to}`;
  if (trunk === undefined || trunk === null) return `: ${to} is dialled`;
  return `: ${to} ${next?.rule === 'emergency' ? 'would be' : 'is'} sent to the trunk ${trunk}`;
};

const ruleOf = (step: Step, next: Step | undefined): string =>
  `${(RULES as Readonly<Record<string, string>>)[step.rule] ?? step.rule}${outcomeOf(step, next)}`;

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
    for (const [index, step] of found.steps.entries())
      print(environment, `  ${step.pattern} ${ruleOf(step, found.steps[index + 1])}`);
    for (const { device, outcome } of found.phones) print(environment, `  ${device} ${outcome}`);
  },
});
