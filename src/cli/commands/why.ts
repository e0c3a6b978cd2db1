import type { Argv, CommandModule } from 'yargs';
import { formatDuration, milliseconds } from '../../core/time.js';
import { printable } from '../../trace/line.js';
import { type ApiArguments, type ApiClient, ApiRefusal, apiClient, apiOptions, devicePath } from '../api-client.js';
import { type CliEnvironment, EXIT, type ExitCode, print, say } from '../environment.js';
import { localTime, table } from '../table.js';
import {
  findingLines,
  groupsAnswer,
  mendedLines,
  type VerdictAnswer,
  type VerdictsAnswer,
  verdictAnswer,
} from '../verdict-text.js';

interface WhyArguments extends ApiArguments {
  readonly device?: string | undefined;
  readonly list?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** `labcm why`: says in one sentence why a phone is not registered, on what that rests, and what to do. */
export const whyCommand = (
  environment: CliEnvironment,
  exit: (code: ExitCode) => void,
): CommandModule<object, WhyArguments> => ({
  command: 'why [device]',
  describe: 'why a phone is not registered, in one sentence, and what to do',
  builder: (yargs: Argv) =>
    apiOptions(yargs)
      .positional('device', {
        type: 'string',
        describe:
          'its name, its hardware address or its IP address; also of a phone that nobody configured. Absent: what is wrong with any',
      })
      .option('list', { type: 'boolean', describe: 'every cause that labcm knows' })
      .option('json', { type: 'boolean', describe: 'as the API gives it' })
      .example('labcm why', 'what is wrong now, with how many phones, and with whom that nobody configured')
      .example('labcm why SEP005056A1033D', 'by its name')
      .example('labcm why 00:50:56:a1:03:3d', 'by its hardware address')
      .example('labcm why --list', 'what it could be')
      .epilogue(
        'Exit: 0 nothing is wrong, 1 something is, 2 nobody of that name was heard or the daemon does not answer, 3 still within its time.',
      ),
  handler: async ({ device, list, json, ...where }) => {
    if (list === true) {
      await printCauses(environment, json === true);
      return;
    }
    const api = await apiClient(environment, where);
    if (device === undefined) {
      exit(await printGroups(environment, api, json === true));
      return;
    }
    const about = await api.ask(verdictAnswer, `${devicePath(device)}/verdict`, 'GET', device).catch((error) => {
      if (!(error instanceof ApiRefusal) || error.code !== 'unknown-device') throw error;
      say(environment, `${printable(device)}: nothing was heard of it, and no device is called so`);
    });
    if (about === undefined) {
      exit(EXIT.faulty);
      return;
    }
    if (json === true) print(environment, JSON.stringify(about, undefined, 2));
    else for (const line of described(environment, about)) print(environment, line);
    exit(exitOf(about));
  },
});

const exitOf = ({ verdict, registered, waitsFor }: VerdictAnswer): ExitCode => {
  if (verdict !== null && verdict.severity !== 'attention') return EXIT.failed;
  return registered || waitsFor === null ? EXIT.done : EXIT.pending;
};

const described = (environment: CliEnvironment, about: VerdictAnswer): readonly string[] => {
  const { device, verdict, mended, registered, alike, others, harmless } = about;
  const head =
    verdict === null
      ? mended !== null && mended !== undefined
        ? [`${printable(device)}:`, ...mendedLines(mended)]
        : [`${printable(device)}: ${registered ? 'nothing is wrong, it is registered' : soFar(about)}`]
      : [`${printable(device)}:`, ...findingLines(environment, verdict)];
  return [
    ...head,
    ...(alike === 0 ? [] : [`${alike} ${alike === 1 ? 'other device has' : 'other devices have'} the same`]),
    ...others.map(({ sentence }) => `it could also be: ${printable(sentence)}`),
    ...harmless.map(
      ({ sentence, count, files }) => `harmless (${count}): ${[...namesOf(files), printable(sentence)].join(': ')}`,
    ),
  ];
};

/** The files in one text; none, if there are none. */
const namesOf = (files: readonly string[] | null | undefined): readonly string[] =>
  files === null || files === undefined || files.length === 0 ? [] : [files.map(printable).join(', ')];

/** What is wrong now, and with how many phones; where a bus connects nodes, with which of them. */
const printGroups = async (environment: CliEnvironment, api: ApiClient, json: boolean): Promise<ExitCode> => {
  const answer = await api.ask(groupsAnswer, '/api/verdicts?limit=1&nodes=all');
  const own: NodeVerdicts = { ...answer, node: undefined };
  const all: readonly NodeVerdicts[] = [own, ...(answer.nodes ?? [])];
  const isShared = answer.nodes !== undefined && answer.nodes !== null;
  const daemon = all.flatMap(({ node, daemon: some }) => (some ?? []).map((finding) => ({ node, finding })));
  const groups = all.flatMap(({ node, groups: some }) => some.map((group) => ({ node, group })));
  const unknown = all.flatMap(({ node, unknown: some }) => (some ?? []).map((phone) => ({ node, phone })));
  // Whoever knocks without a name may be no phone at all.
  const named = unknown.flatMap(({ phone }) => (phone.named ? [phone.verdict] : []));
  const wrong = [...daemon.map(({ finding }) => finding), ...groups.map(({ group }) => group), ...named];
  const exit = wrong.some(({ severity }) => severity !== 'attention') ? EXIT.failed : EXIT.done;
  if (json) {
    const rows = [
      ...daemon.map(({ node, finding }) => ({ ...finding, node })),
      ...groups.map(({ node, group }) => ({ ...group, node })),
      ...unknown.map(({ node, phone }) => ({ ...phone, node })),
    ];
    for (const row of rows) print(environment, JSON.stringify(row));
    return exit;
  }
  for (const { node, finding } of daemon) {
    if (node !== undefined) print(environment, `${printable(node)}:`);
    for (const line of findingLines(environment, finding)) print(environment, line);
  }
  const nodeCell = (node: string | undefined): readonly string[] => (isShared ? [printable(node ?? 'here')] : []);
  const head = isShared ? ['NODE'] : [];
  if (groups.length > 0)
    print(
      environment,
      table(
        [...head, 'PHONES', 'CODE', 'SINCE', 'WHY'],
        groups.map(({ node, group: { count, code, since, sentence } }) => [
          ...nodeCell(node),
          ...[String(count), code, localTime(since), printable(sentence)],
        ]),
      ),
    );
  if (unknown.length > 0)
    print(
      environment,
      table(
        [...head, 'NOT CONFIGURED', 'CODE', 'SINCE', 'WHY'],
        unknown.map(({ node, phone: { device, verdict } }) => [
          ...nodeCell(node),
          ...[printable(device), verdict.code, localTime(verdict.since), printable(verdict.sentence)],
        ]),
      ),
    );
  for (const node of answer.silentNodes ?? []) say(environment, `no answer from ${printable(node)}`);
  say(environment, noteOn(daemon.length, groups.length + unknown.length));
  return exit;
};

/** What a node says is wrong. `node`: `undefined` is the one that was asked. */
type NodeVerdicts = Omit<VerdictsAnswer, 'nodes' | 'silentNodes'> & { readonly node: string | undefined };

const noteOn = (daemon: number, groups: number): string => {
  if (groups > 0) return '`labcm why DEVICE` says what to do';
  return daemon > 0 ? 'nothing is wrong with any phone' : 'nothing is wrong';
};

const soFar = ({ waitsFor, usualTime, slow }: VerdictAnswer): string => {
  if (waitsFor === null) return 'nothing is wrong so far';
  const usually = usualTime === null ? '' : `, which usually comes within ${formatDuration(milliseconds(usualTime))}`;
  const so = slow === true ? 'it is slow' : 'nothing is wrong so far';
  return `${so}; it waits for ${printable(waitsFor)}${usually}`;
};

const printCauses = async (environment: CliEnvironment, json: boolean): Promise<void> => {
  const { CAUSES, HARMLESS } = await import('../../explain/index.js');
  const rows = CAUSES.map(({ code, severity, confidence, example: { sentence } }) => ({
    code,
    severity,
    confidence,
    sentence,
  }));
  const harmless = HARMLESS.map(({ code, sentence }) => ({ code, severity: 'harmless', confidence: '', sentence }));
  const all = [...rows, ...harmless];
  if (json) {
    for (const row of all) print(environment, JSON.stringify(row));
    return;
  }
  const cells = all.map(({ code, severity, confidence, sentence }) => [code, severity, confidence, sentence]);
  print(environment, table(['CODE', 'SEVERITY', 'CONFIDENCE', 'SENTENCE, WITH EXAMPLES FOR ITS VALUES'], cells));
  say(environment, `${rows.length} causes, and ${harmless.length} things that look wrong and are harmless`);
};
