import type { Argv, CommandModule } from 'yargs';
import { milliseconds, parseWallTime } from '../../core/time.js';
import type { TimelineJson } from '../../http/api/shapes.js';
import { printable } from '../../trace/line.js';
import { type ApiArguments, apiClient, apiOptions, devicePath } from '../api-client.js';
import { answerOf, type JsonReader, listOf, number, orAbsent, orNull, record, text } from '../api-schemas.js';
import { advice } from '../device-schemas.js';
import { type CliEnvironment, print, say } from '../environment.js';
import { interruption } from '../signals.js';
import { localTime } from '../table.js';
import { type FindingAnswer, findingAnswer, findingLines } from '../verdict-text.js';
import { inFull } from './status.js';

interface TimelineArguments extends ApiArguments {
  readonly device?: string | undefined;
  readonly json?: boolean | undefined;
  readonly follow?: boolean | undefined;
}

const step = record({
  ...{ at: text, step: text, type: text, text, times: orAbsent(number), since: orAbsent(text), node: orAbsent(text) },
});
const timeline = answerOf<TimelineJson>()(
  record({
    device: text,
    steps: listOf(step),
    waitsFor: orNull(text),
    verdict: orAbsent(findingAnswer),
    unknown: orAbsent(advice),
    silentNodes: orAbsent(listOf(text)),
  }),
);

type Answer<R> = R extends JsonReader<infer T> ? T : never;
type Step = Answer<typeof step>;

const LOOK_AGAIN = milliseconds(500);
const SAME_WITHIN = milliseconds(500);
const WIDEST_STEP = 'configuration'.length;

/** `labcm timeline`: shows what happened to a device, over all protocols in one list, and what it waits for now. */
export const timelineCommand = (environment: CliEnvironment): CommandModule<object, TimelineArguments> => ({
  command: 'timeline <device>',
  describe: 'what happened to a device, over DHCP, files and registration in one list, and what it waits for now',
  builder: (yargs: Argv) =>
    apiOptions(yargs)
      .positional('device', { type: 'string', demandOption: true, describe: 'its name in any case' })
      .option('json', { type: 'boolean', describe: 'as the API gives it; with --follow a line for each step' })
      .option('follow', { alias: 'f', type: 'boolean', describe: 'go on with what happens, until interrupted' })
      .example('labcm timeline SEP005056A1033D', 'where its boot has got to')
      .example('labcm timeline SEP005056A1033D --follow', 'beside the phone, while it boots'),
  handler: async ({ device = '', json, follow, ...where }) => {
    const api = await apiClient(environment, where);
    const look = () => api.ask(timeline, `${devicePath(device)}/timeline`, 'GET', device);
    const first = await look();
    const ending = follow === true ? interruption(environment) : undefined; // before anything is printed, so that no signal is lost
    if (json === true && follow !== true) {
      print(environment, JSON.stringify(first, undefined, 2));
      return;
    }
    const show = (one: Step): void => print(environment, json === true ? JSON.stringify(one) : describeStep(one));
    for (const one of first.steps) show(one);
    if (json !== true && first.steps.length === 0) say(environment, `${first.device}: nothing was heard of it`);
    printWaiting(environment, first.waitsFor, json);
    printVerdict(environment, first.verdict, json);
    if (json !== true && first.unknown !== undefined && first.unknown !== null)
      for (const line of inFull(first.unknown)) say(environment, line);
    if (json !== true) saySilent(environment, first.silentNodes);
    if (ending === undefined) return;

    let last = first;
    while (!(await ending.comesWithin(LOOK_AGAIN))) {
      const now = await look();
      for (const one of since(last.steps, now.steps)) show(one);
      if (now.waitsFor !== last.waitsFor) printWaiting(environment, now.waitsFor, json);
      if (now.verdict?.code !== last.verdict?.code) printVerdict(environment, now.verdict, json);
      last = now;
    }
    ending.stop();
  },
});

const saySilent = (environment: CliEnvironment, silent: readonly string[] | null | undefined): void => {
  if (silent !== null && silent !== undefined && silent.length > 0)
    say(environment, `no answer from ${silent.map(printable).join(', ')}: what happened there is missing`);
};

const describeStep = ({ at, step: part, text, times, since: first, node }: Step): string =>
  `${localTime(at)}  ${part.padEnd(WIDEST_STEP)}  ${node === null || node === undefined ? '' : `${printable(node)}: `}${printable(text)}${again(times, first)}`;

const again = (times: Step['times'], first: Step['since']): string =>
  times === undefined || times === null ? '' : ` (${times} times since ${localTime(first ?? null)})`;

const printWaiting = (environment: CliEnvironment, waitsFor: string | null, json: boolean | undefined): void => {
  if (waitsFor !== null && json !== true) say(environment, `waits for ${waitsFor}`);
};

const printVerdict = (
  environment: CliEnvironment,
  verdict: FindingAnswer | null | undefined,
  json: boolean | undefined,
): void => {
  if (verdict === null || verdict === undefined || json === true) return;
  for (const line of ['', ...findingLines(environment, verdict)]) print(environment, line);
};

/** The steps that are not in `seen`. The daemon drops the oldest ones, so positions do not help. */
const since = (seen: readonly Step[], steps: readonly Step[]): readonly Step[] => {
  const newest = seen.at(-1);
  if (newest === undefined) return steps;
  const known = new Set(seen.map(keyOf));
  const isKnown = (one: Step): boolean =>
    isOfNode(one) ? seen.some((other) => isSame(one, other)) : one.at < newest.at || known.has(keyOf(one));
  return steps.filter((one) => !isKnown(one));
};

const keyOf = ({ at, type, text }: Step): string => `${at} ${type} ${text}`;

const isOfNode = ({ node }: Step): boolean => node !== null && node !== undefined;

/** Other nodes say how long ago a step was: its time differs a little each time. */
const isSame = (one: Step, other: Step): boolean =>
  one.node === other.node &&
  one.type === other.type &&
  one.text === other.text &&
  Math.abs((parseWallTime(one.at) ?? 0) - (parseWallTime(other.at) ?? 0)) < SAME_WITHIN;
