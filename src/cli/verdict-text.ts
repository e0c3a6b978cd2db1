// A verdict on a terminal: the sentence first, then what it rests on, then what to do.

import { MANY } from '../explain/verdicts/fleet.js';
import type { FindingJson, VerdictJson, VerdictsJson } from '../http/api/shapes.js';
import { printable } from '../trace/line.js';
import { answerOf, boolean, type JsonReader, listOf, number, orAbsent, orNull, record, text } from './api-schemas.js';
import type { CliEnvironment } from './environment.js';
import { type Colour, localTime, painter } from './table.js';

const remedyStep = record({ do: text, text, file: orAbsent(text), line: orAbsent(number), or: orAbsent(boolean) });

/** A cause that fits a phone. */
export const findingAnswer = answerOf<FindingJson>()(
  record({
    code: text,
    severity: text,
    confidence: text,
    since: text,
    sentence: text,
    evidence: listOf(record({ at: text, type: text, text })),
    remedy: listOf(remedyStep),
  }),
);

/** `GET /api/devices/{who}/verdict`. */
export const verdictAnswer = answerOf<VerdictJson>()(
  record({
    device: text,
    configured: boolean,
    registered: boolean,
    waitsFor: orNull(text),
    usualTime: orNull(number),
    slow: orAbsent(boolean),
    verdict: orNull(findingAnswer),
    mended: orAbsent(orNull(record({ code: text, since: text, sentence: text, remedy: listOf(remedyStep) }))),
    alike: number,
    others: listOf(findingAnswer),
    harmless: listOf(record({ code: text, count: number, sentence: text, files: orAbsent(listOf(text)) })),
  }),
);

const verdictsOfNode = {
  daemon: orAbsent(listOf(findingAnswer)),
  unknown: orAbsent(listOf(record({ device: text, named: boolean, verdict: findingAnswer }))),
  groups: listOf(record({ code: text, severity: text, count: number, since: text, sentence: text })),
};

/** `GET /api/verdicts`, without its devices. */
export const groupsAnswer = answerOf<VerdictsJson>()(
  record({
    ...verdictsOfNode,
    nodes: orAbsent(listOf(record({ node: text, ...verdictsOfNode }))),
    silentNodes: orAbsent(listOf(text)),
  }),
);

type Answer<R> = R extends JsonReader<infer T> ? T : never;
/** A cause that fits a phone, as a command reads it. */
export type FindingAnswer = Answer<typeof findingAnswer>;
/** What is concluded about a phone, as a command reads it. */
export type VerdictAnswer = Answer<typeof verdictAnswer>;

const COLOURS: ReadonlyMap<string, Colour> = new Map([
  ['blocking', 'red'],
  ['degraded', 'yellow'],
]);

/** What is wrong with labcm itself or with many phones, as a command reads it. */
export type VerdictsAnswer = Answer<typeof groupsAnswer>;

/** A line for each thing that is wrong with labcm itself, with what helps, and for each verdict of many phones. */
export const fleetLines = (environment: CliEnvironment, { daemon, groups }: VerdictsAnswer): readonly string[] => {
  const paint = painter(environment);
  return [
    ...(daemon ?? []).flatMap(({ sentence, severity, remedy }) => [
      paint(printable(sentence), COLOURS.get(severity)),
      ...remedy.slice(0, 1).flatMap(remedyLines),
    ]),
    ...groups
      .filter(({ count }) => count >= MANY)
      .map(({ sentence, severity }) => paint(printable(sentence), COLOURS.get(severity))),
  ];
};

/** The lines of a verdict: its sentence, its evidence and its remedy. */
export const findingLines = (environment: CliEnvironment, finding: FindingAnswer): readonly string[] => {
  const { sentence, severity, evidence, remedy, code, confidence, since } = finding;
  return [
    painter(environment)(printable(sentence), COLOURS.get(severity)),
    ...evidence.map(({ at, text: fact }) => `  ${localTime(at)}  ${printable(fact)}`),
    ...remedy.flatMap(remedyLines),
    painter(environment)(`  ${code}, ${confidence}, since ${localTime(since)}`, 'dim'),
  ];
};

const LABELS: Readonly<Record<string, string>> = {
  config: 'write',
  command: 'run',
  signal: 'then',
  phone: 'press',
  network: 'there',
  look: 'note',
};

const LABEL_WIDTH = 5;

/** The lines of a cause that is mended. */
export const mendedLines = ({
  sentence,
  remedy,
}: NonNullable<NonNullable<VerdictAnswer['mended']>>): readonly string[] => [
  printable(sentence),
  ...remedy.flatMap(remedyLines),
];

/** `or` on a line of its own: what follows is another way. */
const remedyLines = (step: FindingAnswer['remedy'][number]): readonly string[] =>
  step.or === true ? ['  or', ...stepLines(step)] : stepLines(step);

const stepLines = ({ do: kind, text: what, file, line }: FindingAnswer['remedy'][number]): readonly string[] => {
  const label = (LABELS[kind] ?? kind).padEnd(LABEL_WIDTH);
  const where = isNothing(file) ? '' : `${file}${isNothing(line) ? '' : `:${line}`}`;
  const lines = what.split('\n').map(printable);
  if (lines.length === 1) return [`  ${label}  ${where === '' ? '' : `${where}  `}${lines[0]}`];
  return [`  ${label}  ${where}`, ...lines.map((one) => `      ${one}`)];
};

const isNothing = <T>(value: T | null | undefined): value is null | undefined => value === null || value === undefined;
