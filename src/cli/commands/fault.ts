import type { Argv, CommandModule } from 'yargs';
import type { ClearedFaultsJson, FaultJson, FaultsJson } from '../../http/api/shapes.js';
import { RULE_FORM, ruleOfWords } from '../../injection/rule-words.js';
import { printable } from '../../trace/line.js';
import { type ApiArguments, apiClient, apiOptions } from '../api-client.js';
import { answerOf, listOf, number, record, text } from '../api-schemas.js';
import { type CliEnvironment, print, say } from '../environment.js';
import { OptionFailure } from '../failure.js';
import { table } from '../table.js';

const ACTIONS = ['add', 'list', 'clear'] as const;

interface FaultArguments extends ApiArguments {
  readonly action?: (typeof ACTIONS)[number] | undefined;
  readonly words?: readonly string[] | undefined;
  readonly json?: boolean | undefined;
}

const rule = record({ id: text, says: text, by: text, state: text, matched: number, injected: number });
const one = answerOf<Omit<FaultJson, 'state'> & { readonly state: string }>()(rule);
const all = answerOf<FaultsJson>()(record({ faults: listOf(rule) }));
const cleared = answerOf<ClearedFaultsJson>()(record({ cleared: number }));

const add = async (environment: CliEnvironment, { words = [], json, ...given }: FaultArguments): Promise<void> => {
  const { rule: wanted, surplus } = ruleOfWords(words);
  if (surplus !== undefined) throw new OptionFailure('labcm fault add', surplus, RULE_FORM);
  const api = await apiClient(environment, given);
  const found = await api.ask(one, '/api/faults', 'POST', 'labcm fault add', wanted);
  if (json === true) print(environment, JSON.stringify(found, undefined, 2));
  else print(environment, printable(`${found.id}: ${found.says}`));
};

const list = async (environment: CliEnvironment, { json, ...given }: FaultArguments): Promise<void> => {
  const api = await apiClient(environment, given);
  const { faults } = await api.ask(all, '/api/faults');
  if (json === true) {
    print(environment, JSON.stringify({ faults }, undefined, 2));
    return;
  }
  const rows = faults.map(({ id, state, injected, matched, by, says }) => [
    ...[id, state, String(injected), String(matched), by, says].map(printable),
  ]);
  if (rows.length > 0) print(environment, table(['RULE', 'STATE', 'MADE', 'MET', 'BY', 'SAYS'], rows));
  say(environment, rows.length === 0 ? 'no rules: labcm makes no faults on purpose' : `rules: ${rows.length}`);
};

const clear = async (environment: CliEnvironment, { words = [], json, ...given }: FaultArguments): Promise<void> => {
  const api = await apiClient(environment, given);
  if (words.length === 0) {
    const found = await api.ask(cleared, '/api/faults', 'DELETE');
    print(environment, json === true ? JSON.stringify(found, undefined, 2) : `cleared: ${found.cleared}`);
    return;
  }
  for (const id of words) {
    const found = await api.ask(one, `/api/faults/${encodeURIComponent(id)}`, 'DELETE', id);
    print(
      environment,
      json === true ? JSON.stringify(found, undefined, 2) : printable(`${found.id}: made ${found.injected} times`),
    );
  }
};

const RUN = { add, list, clear } as const;

/** `labcm fault`: faults that the daemon makes on purpose. */
export const faultCommand = (environment: CliEnvironment): CommandModule<object, FaultArguments> => ({
  command: 'fault <action> [words..]',
  describe: 'faults that the daemon makes on purpose: add a rule, list them, clear them',
  builder: (yargs: Argv) =>
    apiOptions(yargs)
      .positional('action', {
        choices: ACTIONS,
        demandOption: true,
        describe: 'add: WHERE FAULT [KEY=VALUE]…; list: the rules with their counts; clear: [ID]…, else all',
      })
      .positional('words', { type: 'string', array: true, describe: 'the rule (docs/faults.md), or the ids' })
      .option('json', { type: 'boolean', describe: 'as the API gives it' })
      .example('labcm fault add sip drop message=REGISTER chance=0.3 for=1m', 'three of ten registrations are lost')
      .example("labcm fault add sccp delay delay=100ms..1s device='SEP*'", 'what phones are sent comes late')
      .example('labcm fault add tftp refuse oneIn=10', 'one phone of ten gets no file')
      .example('labcm fault clear', 'everything is as it should be again'),
  handler: (given) => RUN[given.action ?? 'list'](environment, given),
});
