// The report of a drill: the numbers of each step and of the whole, who is lost, what was expected. `labcm drill` prints and
// writes it; `picture.ts` draws it.

import { type Clock, dateOf } from '../core/time.js';
import { type DrillJudgement, expectedText, judged, type WantedKeys } from './expectations.js';
import {
  type Curve,
  curveOf,
  type Figures,
  figuresOf,
  type Move,
  type Period,
  type PhoneOutcome,
  quantileOf,
} from './figures.js';
import type { Ledger } from './ledger.js';
import type { DrillPlan } from './plan.js';
import type { DrillRun, StepRun } from './runner.js';

/** Times in milliseconds; `null`: there are none. */
export interface TimesJson {
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
  readonly last: number | null;
}

/** The numbers of a step or of the whole. */
export interface FiguresJson {
  readonly hit: number;
  readonly affected: number;
  readonly back: number;
  readonly neverBack: number;
  /** From the step until the phones were back. */
  readonly backAfter: TimesJson;
  /** How long they were without a registration. */
  readonly outage: TimesJson;
  readonly lost: number;
  readonly at: Readonly<Record<string, number>>;
  readonly moves: readonly Move[];
  readonly attempts: number;
  readonly peak: number;
  readonly refused: number;
  readonly callsLost: number;
  readonly keepAlivesMissed: number;
}

/** A step as it was done. */
export interface DrillStepJson extends FiguresJson {
  readonly title: string;
  /** Milliseconds from the beginning of the drill, as planned and as it was. */
  readonly plannedAt: number;
  readonly startedAt: number;
  readonly took: number;
  readonly remark: string;
  readonly failure: string | null;
}

/** One expectation and what was found. `unknown`: the drill did not come so far. */
export interface ResultJson {
  readonly subject: string;
  readonly key: string;
  readonly expected: string;
  readonly outcome: 'held' | 'failed' | 'unknown';
  readonly found: string;
}

/** What became of one phone by one step. */
export interface PhoneOutcomeJson extends PhoneOutcome {
  /** The step, counted from 1. */
  readonly step: number;
}

/** A phone without a registration at the end, or one whose numbers are others than before. */
export interface LostPhone {
  readonly phone: string;
  readonly why: string;
}

/** The whole report. */
export interface DrillReport {
  readonly name: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly end: DrillRun['end'];
  readonly failure: string;
  /** Milliseconds. */
  readonly lasted: number;
  readonly nodes: readonly string[];
  readonly phones: number;
  readonly steps: readonly DrillStepJson[];
  readonly whole: FiguresJson;
  readonly curve: Curve;
  readonly lostPhones: readonly LostPhone[];
  readonly renumbered: readonly LostPhone[];
  /** Outages that were not kept since there were too many. */
  readonly leftOut: number;
  readonly results: readonly ResultJson[];
}

/** A report and what became of each phone, which is too much for most readers. */
export interface WholeReport {
  readonly report: DrillReport;
  readonly outcomes: readonly PhoneOutcomeJson[];
}

/** Makes the report. `others`: results of expectations that this module does not know. */
export const drillReport = (
  plan: DrillPlan,
  run: DrillRun,
  ledger: Ledger,
  clock: Pick<Clock, 'wallTime'>,
  others: readonly ResultJson[] = [],
): WholeReport => {
  const whole: Period = { from: run.begunAt, to: run.endedAt };
  const steps = run.steps.map((step, index) => {
    const period = { from: step.startedAt, to: run.steps[index + 1]?.startedAt ?? run.endedAt };
    return { step, figures: figuresOf(ledger, period) };
  });
  const all = figuresOf(ledger, whole);
  const results = [
    ...plan.steps.flatMap((planned, index) => {
      const subject = `${index + 1} ${planned.title}`;
      const done = steps[index];
      const isWhole = run.end === 'over' && done?.step.failure === undefined;
      return resultsOf(subject, planned.expect, isWhole ? done?.figures : undefined);
    }),
    ...ofWhole(plan.expect, run, all, steps),
    ...others,
  ];
  return {
    report: {
      name: plan.name,
      startedAt: dateOf(clock.wallTime(run.begunAt)).toISOString(),
      end: run.end,
      failure: run.failure,
      lasted: run.endedAt - run.begunAt,
      nodes: plan.nodes.map(({ name }) => name),
      phones: ledger.phones.size,
      steps: steps.map(({ step, figures }) => stepJson(step, figures, run)),
      whole: figuresJson(all),
      curve: curveOf(
        ledger,
        whole,
        plan.nodes.map(({ name }) => name),
      ),
      lostPhones: lostPhones(ledger),
      renumbered: renumbered(ledger),
      leftOut: ledger.leftOut,
      results,
    },
    outcomes: steps.flatMap(({ figures }, index) =>
      figures.outcomes.map((outcome) => ({ step: index + 1, ...outcome })),
    ),
  };
};

/** The whole may be judged of what has been; but nobody knows the end of a drill that did not get there. */
const ofWhole = (
  { back, ...wanted }: WantedKeys,
  run: DrillRun,
  figures: Figures,
  steps: readonly { readonly step: StepRun; readonly figures: Figures }[],
): readonly ResultJson[] => {
  const isWhole = run.end === 'over';
  const ofSteps = steps.flatMap(({ step, figures: ofStep }, index) =>
    resultsOf(`${index + 1} ${step.planned.title}`, back === undefined ? {} : { back }, isWhole ? ofStep : undefined),
  );
  return [...ofSteps, ...resultsOf('the drill', wanted, isWhole ? figures : undefined)];
};

const resultsOf = (subject: string, wanted: WantedKeys, figures: Figures | undefined): readonly ResultJson[] => {
  if (figures !== undefined) return judged(wanted, figures).map((one) => ({ subject, ...resultOf(one) }));
  return Object.entries(wanted)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ({
      ...{ subject, key, expected: expectedText(value) },
      ...{ outcome: 'unknown', found: 'the drill did not come so far' },
    }));
};

const resultOf = ({ key, expected, holds, found }: DrillJudgement) =>
  ({ key, expected, outcome: holds ? 'held' : 'failed', found }) as const;

const stepJson = (step: StepRun, figures: Figures, { begunAt }: DrillRun): DrillStepJson => ({
  title: step.planned.title,
  plannedAt: step.planned.at,
  startedAt: step.startedAt - begunAt,
  took: step.took,
  remark: step.remark,
  failure: step.failure ?? null,
  ...figuresJson(figures),
});

const figuresJson = (figures: Figures): FiguresJson => {
  const outages = figures.outcomes.map(({ outage }) => outage).sort((one, other) => one - other);
  return {
    hit: figures.hit,
    affected: figures.outcomes.length,
    back: figures.back.length,
    neverBack: figures.neverBack,
    backAfter: timesOf(figures.back),
    outage: timesOf(outages),
    lost: figures.lost,
    at: Object.fromEntries(figures.at),
    moves: figures.moves,
    attempts: figures.attempts,
    peak: figures.peak,
    refused: figures.refused,
    callsLost: figures.callsLost,
    keepAlivesMissed: figures.keepAlivesMissed,
  };
};

const timesOf = (sorted: readonly number[]): TimesJson => ({
  p50: quantileOf(sorted, 0.5) ?? null,
  p90: quantileOf(sorted, 0.9) ?? null,
  p99: quantileOf(sorted, 0.99) ?? null,
  last: sorted.at(-1) ?? null,
});

const MOST_NAMED = 1_000;

const lostPhones = ({ phones }: Ledger): readonly LostPhone[] => {
  const lost: LostPhone[] = [];
  for (const [phone, { first, outages }] of phones) {
    const last = outages.at(-1);
    const isLost = last === undefined ? first === undefined : last.backAt === undefined;
    if (isLost && lost.length < MOST_NAMED) lost.push({ phone, why: last?.why ?? 'it never had a registration' });
  }
  return lost;
};

const renumbered = ({ phones }: Ledger): readonly LostPhone[] => {
  const found: LostPhone[] = [];
  for (const [phone, { firstLines, lines }] of phones)
    if (firstLines.length > 0 && lines.join() !== firstLines.join() && found.length < MOST_NAMED)
      found.push({ phone, why: `it had ${firstLines.join(', ')} and has ${lines.join(', ') || 'none'}` });
  return found;
};

/** What became of each phone by each step, as CSV (RFC 4180). Times in milliseconds from the step. */
export const phonesCsv = ({ report, outcomes }: WholeReport): string =>
  [
    'step,title,phone,lostAfter,backAfter,outage,losses,from,to,why',
    ...outcomes.map(({ step, phone, lostAfter, backAfter, outage, losses, from, to, why }) =>
      [step, report.steps[step - 1]?.title ?? '', phone, lostAfter, backAfter ?? '', outage, losses, from, to, why]
        .map(cell)
        .join(','),
    ),
    '',
  ].join('\r\n');

/** A text that a spreadsheet would take for a formula gets an apostrophe before it. */
const cell = (value: string | number): string => {
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};
