// What a drill can expect of a step or of the whole: one row per key, with its schema and its judgement.

import * as z from 'zod';
import { duration } from '../config/fields.js';
import type { CountRange } from '../core/count-range.js';
import { isIn } from '../core/count-range.js';
import { type Duration, formatDuration } from '../core/time.js';
import { type Amount, amount, counts } from './amount.js';
import type { Figures } from './figures.js';

/** Whether one expectation holds, and what was found. */
export interface DrillJudgement {
  readonly key: string;
  readonly expected: string;
  readonly holds: boolean;
  readonly found: string;
}

interface Row<W> {
  readonly schema: z.ZodType<W>;
  /** One sentence, for the documentation. */
  readonly about: string;
  readonly judge: (key: string, wanted: W, figures: Figures) => readonly DrillJudgement[];
}

const row = <W>(of: Row<W>): Row<W> => of;

const ofAmount = (about: string, count: (figures: Figures) => number): Row<Amount> =>
  row({
    schema: amount(),
    about,
    judge: (key, wanted, figures) => {
      const found = count(figures);
      const holds = wanted.holds(found, figures.phones);
      return [{ key, expected: wanted.text, holds, found: `${found} of ${figures.phones}` }];
    },
  });

const ofCount = (about: string, count: (figures: Figures) => number): Row<CountRange> =>
  row({
    schema: counts(),
    about,
    judge: (key, wanted, figures) => {
      const found = count(figures);
      return [{ key, expected: wanted.text, holds: isIn(found, wanted), found: `${found}` }];
    },
  });

/** All keys, in the order of the documentation. */
export const EXPECTATIONS = {
  back: row<Duration>({
    schema: duration('1ms', '1d'),
    about:
      'Every phone that lost its registration by the step, or had none when it came, has one again within so long after the step.',
    judge: (key, within, { back, neverBack, outcomes }) => {
      const last = back.at(-1);
      const late = back.filter((took) => took > within).length + neverBack;
      const slowest = last === undefined ? 'nobody' : `the last after ${formatDuration(roundUp(last))}`;
      const found =
        outcomes.length === 0
          ? 'no phone that lost its registration'
          : `${slowest}${neverBack === 0 ? '' : `, ${neverBack} not at all`} (${late} of ${outcomes.length} too late)`;
      return [{ key, expected: `within ${formatDuration(within)}`, holds: late === 0, found }];
    },
  }),
  hit: ofAmount('The phones that lost their registration between this step and the next one.', ({ hit }) => hit),
  lost: ofAmount(
    'The phones without a registration when the next step comes, or at the end of the drill.',
    ({ lost }) => lost,
  ),
  at: row<Readonly<Record<string, Amount>>>({
    schema: z.record(z.string(), amount()),
    about: 'The phones that each node holds when the next step comes, or at the end.',
    judge: (key, wanted, { at, phones }) =>
      Object.entries(wanted).map(([node, asked]) => {
        const found = at.get(node) ?? 0;
        return {
          key: `${key}.${node}`,
          expected: asked.text,
          holds: asked.holds(found, phones),
          found: `${found} of ${phones}`,
        };
      }),
  }),
  refused: ofCount('How many registrations were refused.', ({ refused }) => refused),
  peak: ofCount('The most registrations that phones began in one second.', ({ peak }) => peak),
  callsLost: ofCount(
    'How many calls were lost with their link. The phones must make calls.',
    ({ callsLost }) => callsLost,
  ),
  keepAlivesMissed: ofCount('How many keepalives nobody answered.', ({ keepAlivesMissed }) => keepAlivesMissed),
};

const roundUp = (took: number): Duration => Math.ceil(took) as Duration;

/** The key of an expectation. */
export type ExpectationKey = keyof typeof EXPECTATIONS;

/** The schemas of the keys, each of which may be left out. */
export const expectationKeys = () =>
  Object.fromEntries(
    Object.entries(EXPECTATIONS).map(([key, { schema, about }]) => [
      key,
      (schema as z.ZodType).optional().describe(about),
    ]),
  );

/** Expectations as the file has them. */
export type WantedKeys = Readonly<Partial<Record<ExpectationKey, unknown>>>;

/** What a key expects, for a drill that did not come so far. */
export const expectedText = (wanted: unknown): string => {
  if (typeof wanted === 'number') return `within ${formatDuration(wanted as Duration)}`;
  if (typeof wanted !== 'object' || wanted === null) return String(wanted);
  if ('text' in wanted) return String(wanted.text);
  return Object.entries(wanted)
    .map(([node, asked]) => `${node} ${expectedText(asked)}`)
    .join(', ');
};

/** Judges the keys of a step, or of the whole but for `back`, which is about each step. */
export const judged = (wanted: WantedKeys, figures: Figures): readonly DrillJudgement[] =>
  Object.entries(wanted).flatMap(([key, value]) =>
    value === undefined
      ? []
      : (EXPECTATIONS[key as ExpectationKey] as unknown as Row<unknown>).judge(key, value, figures),
  );
