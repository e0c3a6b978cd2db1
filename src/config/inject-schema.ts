// The `inject` section of the configuration: rules for faults that labcm makes on purpose. The API takes the same rules.

import * as z from 'zod';
import type { ConfigurationProblem } from '../core/errors.js';
import { parseIpv4Address } from '../core/identifiers.js';
import { type Duration, milliseconds, parseDuration } from '../core/time.js';
import { findModel } from '../devices/index.js';
import {
  DEFAULT_FAULT_RULE,
  type DelaySpread,
  FAULT_NAMES,
  FAULT_PLACES,
  type FaultArgument,
  type FaultPlace,
  type FaultRule,
  type FaultValue,
  faultRow,
  MOST_FAULT_RULES,
  placesOf,
} from '../injection/settings.js';
import { duration, field, integer, listOf, oneOf, share, text } from './fields.js';
import { FORM } from './forms.js';
import type { KeyProblem } from './key-problem.js';
import { describeFound, faultsOf, nearest } from './schema-errors.js';
import type { Path } from './yaml-source.js';

/** The names that exist at a place: of its messages, or of the fields of some of them. Only the services know them. */
export type FaultNameReader = (
  place: FaultPlace,
  kind: 'message' | 'field',
  messages: readonly string[],
) => { readonly known: readonly string[]; readonly isKnown: (name: string) => boolean };

const MOST_DELAY = '10m';
const WANTED_DELAY = `a duration such as 200ms of at most ${MOST_DELAY}, or { from: …, to: … }, or { mean: …, deviation: … }`;

const durationOf = (value: unknown): Duration | undefined => {
  const found = typeof value === 'string' ? parseDuration(value.trim()) : undefined;
  return found === undefined || found > (parseDuration(MOST_DELAY) ?? 0) ? undefined : milliseconds(found);
};

const spreadOf = (value: unknown): DelaySpread | undefined => {
  if (typeof value !== 'object' || value === null) {
    const always = durationOf(value);
    return always === undefined ? undefined : { from: always, to: always };
  }
  const { from, to, mean, deviation, ...others } = value as Readonly<Record<string, unknown>>;
  if (Object.keys(others).length > 0) return undefined;
  const [least, most, middle, around] = [from, to, mean, deviation].map(durationOf);
  if (least !== undefined && most !== undefined && least <= most && mean === undefined && deviation === undefined)
    return { from: least, to: most };
  return middle !== undefined && around !== undefined && from === undefined && to === undefined
    ? { mean: middle, deviation: around }
    : undefined;
};

type WrittenDelay =
  | string
  | { readonly from: string; readonly to: string }
  | { readonly mean: string; readonly deviation: string };

const delaySpread = () =>
  field<DelaySpread, WrittenDelay>(WANTED_DELAY, { anyOf: [FORM.duration, { type: 'object' }] }, spreadOf);

const MOST_VALUES = 16;

const faultValue = () =>
  field<FaultValue, FaultValue>(
    `a text of at most 1024 characters, a number, or at most ${MOST_VALUES} texts`,
    { anyOf: [FORM.scalar, { type: 'array', items: FORM.text, maxItems: MOST_VALUES }] },
    (value) => {
      const isText = (one: unknown): one is string => typeof one === 'string' && one.length <= 1024;
      if (typeof value === 'number' || isText(value)) return value;
      return Array.isArray(value) && value.length > 0 && value.length <= MOST_VALUES && value.every(isText)
        ? value
        : undefined;
    },
  );

const NETWORK = /^([\d.]+)\/(\d{1,2})$/;

const addressOrNetwork = () =>
  field<string, string>(
    'an IPv4 address, or a network such as 10.1.0.0/16',
    { anyOf: [FORM.address, FORM.subnet] },
    (value) => {
      if (typeof value !== 'string') return undefined;
      const [, base = value, prefix = '32'] = NETWORK.exec(value) ?? [];
      return parseIpv4Address(base) !== undefined && Number(prefix) <= 32 ? value : undefined;
    },
  );

const ID = /^[A-Za-z0-9._-]{1,64}$/;

const ruleId = () =>
  field<string, string | number>('1 to 64 letters, digits, dots, dashes or underscores', FORM.text, (value) => {
    const found = typeof value === 'number' ? String(value) : value;
    return typeof found === 'string' && ID.test(found) ? found : undefined;
  });

/** One rule. */
export const faultRuleSchema = z.strictObject({
  id: ruleId()
    .optional()
    .describe('A name for the rule, in traces and to clear it by. Without one labcm gives it one.'),
  where: oneOf(...FAULT_PLACES, 'all').describe(
    'Where the fault is made. `all` stands for those of `dhcp`, `tftp`, `http`, `sccp` and `sip` where it can be.',
  ),
  fault: oneOf(...FAULT_NAMES).describe('What is done. See `faults.md`.'),
  message: listOf(text(64, 1), 64)
    .prefault([])
    .describe(
      'The messages that it meets, by their names: `KeepAliveAckMessage`, `REGISTER 200`. Without one: every one.',
    ),
  direction: oneOf('sent', 'received', 'both')
    .optional()
    .describe('Whether it meets what labcm sends, what it receives, or both. Without one: as `faults.md` says.'),
  device: text(64, 1).optional().describe('The device that it meets, or a pattern such as `SEP0011*`.'),
  model: text(64, 1).optional().describe('The model of the devices that it meets, by name or type id.'),
  address: addressOrNetwork().optional().describe('The IPv4 address of the phones that it meets, or their network.'),
  oneIn: integer(1, 1_000_000)
    .default(DEFAULT_FAULT_RULE.oneIn)
    .describe('It meets one phone of so many, always the same ones with the same seed.'),
  chance: share().default(DEFAULT_FAULT_RULE.chance).describe('The share of the messages that it meets.'),
  skip: integer(0, 1_000_000)
    .default(DEFAULT_FAULT_RULE.skip)
    .describe('How many such messages of each phone pass first.'),
  times: integer(1, 1_000_000_000).optional().describe('How often the fault is made in all. Without one: no limit.'),
  after: duration('0s', '1d').prefault('0s').describe('How long after it was added it begins.'),
  for: duration('1ms', '366d').optional().describe('How long after that it ends. Without one: it does not.'),
  seed: integer(0, 2_147_483_647)
    .default(DEFAULT_FAULT_RULE.seed)
    .describe('Where its random numbers begin: with the same seed a run repeats.'),
  delay: delaySpread()
    .optional()
    .describe(
      'How long `delay` waits: always so long, between two bounds (`from`, `to`), or around a mean (`mean`, `deviation`).',
    ),
  octets: integer(0, 65_535).optional().describe('How many octets `cut` leaves. Without one: half of them.'),
  rate: integer(1, 1_000_000)
    .optional()
    .describe(`How many octets a second leave with \`slow\`. Without one: ${DEFAULT_FAULT_RULE.rate}.`),
  field: text(64, 1).optional().describe('The field that `garble` or `set` changes, by its name in the protocol.'),
  value: faultValue().optional().describe('The value that `set` gives it; the servers of `wrong-option-150`.'),
  reason: field<string | number, string | number>(
    'a text of at most 128 characters, or a number',
    FORM.text,
    (value) =>
      typeof value === 'number' || (typeof value === 'string' && value.length <= 128 && !/[\r\n\0]/.test(value))
        ? value
        : undefined,
  )
    .optional()
    .describe('The words or the number of `refuse` and `nak`. Without one: what is usual in the protocol.'),
  file: text(255, 1).optional().describe('The file that `wrong-file` serves instead.'),
});

export const injectSchema = z.array(faultRuleSchema).max(MOST_FAULT_RULES, `at most ${MOST_FAULT_RULES} rules`);

const ARGUMENTS: readonly FaultArgument[] = ['delay', 'octets', 'rate', 'field', 'value', 'reason', 'file'];

const quoted = (value: unknown): string => describeFound(value);

const placeProblem = ({ where, fault }: FaultRule, path: Path): readonly KeyProblem[] => {
  const { where: places } = faultRow(fault);
  if (placesOf({ where, fault }).some((place) => places.includes(place))) return [];
  return [
    [
      [...path, 'fault'],
      quoted(fault),
      `a fault of ${where}: ${FAULT_NAMES.filter((name) => where === 'all' || faultRow(name).where.includes(where)).join(', ')}`,
    ],
  ];
};

const argumentProblems = (rule: FaultRule, path: Path): readonly KeyProblem[] => {
  const { needs = [], takes = [] } = faultRow(rule.fault);
  return ARGUMENTS.flatMap((key): KeyProblem[] => {
    const isGiven = rule[key] !== undefined;
    if (!isGiven && needs.includes(key)) return [[[...path, key], 'nothing', `what ${rule.fault} needs to know`]];
    if (!isGiven || needs.includes(key) || takes.includes(key)) return [];
    return [[[...path, key], quoted(rule[key]), `no such key: ${rule.fault} does not use it`]];
  });
};

const directionProblem = ({ direction, fault }: FaultRule, path: Path): readonly KeyProblem[] => {
  const { directions } = faultRow(fault);
  if (direction === undefined || directions.includes(direction)) return [];
  return [[[...path, 'direction'], quoted(direction), `one of ${directions.join(', ')} for ${fault}`]];
};

const modelProblem = ({ model }: FaultRule, path: Path): readonly KeyProblem[] =>
  model === undefined || findModel(model) !== undefined
    ? []
    : [[[...path, 'model'], quoted(model), 'a model by name or type id, such as 7962 or 404']];

const isNamed = (names: ReturnType<FaultNameReader>, name: string): boolean =>
  names.isKnown(name) || names.known.some((known) => known.toLowerCase() === name.toLowerCase());

const nameProblems = (rule: FaultRule, path: Path, reader: FaultNameReader): readonly KeyProblem[] => {
  const places = placesOf(rule).filter((place) => faultRow(rule.fault).where.includes(place));
  const remedy = (kind: 'message' | 'field', name: string): string => {
    const known = places.flatMap((place) => reader(place, kind, rule.message).known);
    const near = nearest(name, known);
    if (near !== undefined) return `${near} (is that what was meant?)`;
    const some = known.slice(0, 12).join(', ');
    return known.length === 0 ? `no such key for ${rule.where}` : `one of ${some}${known.length > 12 ? ', …' : ''}`;
  };
  const isUnknown = (kind: 'message' | 'field', name: string): boolean =>
    !places.some((place) => isNamed(reader(place, kind, rule.message), name));
  if (places.length === 0) return [];
  if (rule.message.length > 0 && faultRow(rule.fault).isWithoutMessages === true)
    return [[[...path, 'message'], quoted(rule.message), `no such key: ${rule.fault} knows its messages itself`]];
  const messages = rule.message.flatMap((name, index): KeyProblem[] =>
    isUnknown('message', name) ? [[[...path, 'message', index], quoted(name), remedy('message', name)]] : [],
  );
  const { field: name } = rule;
  if (messages.length > 0 || name === undefined || !isUnknown('field', name)) return messages;
  return [[[...path, 'field'], quoted(name), remedy('field', name)]];
};

const ruleProblems = (rule: FaultRule, path: Path, reader: FaultNameReader): readonly KeyProblem[] => [
  ...placeProblem(rule, path),
  ...argumentProblems(rule, path),
  ...directionProblem(rule, path),
  ...modelProblem(rule, path),
  ...nameProblems(rule, path, reader),
];

/** Every name is taken: what a program without services can say. */
export const anyFaultName: FaultNameReader = () => ({ known: [], isKnown: () => true });

/** What is wrong with the rules of a configuration. */
export const injectProblems = (rules: readonly FaultRule[], reader: FaultNameReader): readonly KeyProblem[] => [
  ...rules.flatMap((rule, index) => ruleProblems(rule, ['inject', index], reader)),
  ...rules.flatMap(({ id }, index): KeyProblem[] =>
    id !== undefined && rules.findIndex((other) => other.id === id) < index
      ? [[['inject', index, 'id'], quoted(id), 'an id that no other rule has']]
      : [],
  ),
];

/** A rule of a request, checked as those of a file are: every fault, or the rule. */
export const checkedFaultRule = (
  value: unknown,
  reader: FaultNameReader,
): { readonly rule: FaultRule } | { readonly faults: readonly ConfigurationProblem[] } => {
  const source = { locate: () => ({ file: 'request' }) };
  const parsed = z.safeParse(faultRuleSchema, value);
  if (!parsed.success)
    return { faults: faultsOf({ issues: parsed.error.issues, schema: faultRuleSchema, value, path: [], source }) };
  const problems = ruleProblems(parsed.data, [], reader);
  return problems.length === 0
    ? { rule: parsed.data }
    : {
        faults: problems.map(([path, found, wanted]) => ({
          file: 'request',
          key: path.map(String).join('.'),
          found,
          wanted,
        })),
      };
};
