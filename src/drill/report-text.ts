// The report of a drill as text: one line per step, and what was lost.

import type { DrillReport, DrillStepJson } from './report.js';

/** A span for people: `340 ms`, `12.3 s`. */
export const spanText = (milliseconds: number | null): string => {
  if (milliseconds === null) return '-';
  return milliseconds < 1_000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1_000).toFixed(1)} s`;
};

const grouped = (count: number): string => count.toLocaleString('en-US');

/** The headings of the table of steps. */
export const STEP_HEADINGS = [
  'STEP',
  'AT',
  'HIT',
  'BACK',
  'P50',
  'P99',
  'LAST',
  'NEVER',
  'PEAK',
  'REFUSED',
  'WHERE',
] as const;

/** The row of a step. */
export const stepCells = (step: DrillStepJson): readonly string[] => [
  step.title,
  spanText(step.startedAt),
  grouped(step.hit),
  grouped(step.back),
  spanText(step.backAfter.p50),
  spanText(step.backAfter.p99),
  spanText(step.backAfter.last),
  grouped(step.neverBack),
  `${grouped(step.peak)}/s`,
  grouped(step.refused),
  whereText(step),
];

const whereText = ({ at, lost }: DrillStepJson): string =>
  [
    ...Object.entries(at).map(([node, count]) => `${node} ${grouped(count)}`),
    ...(lost === 0 ? [] : [`nowhere ${grouped(lost)}`]),
  ].join(', ');

const MOST_NAMED = 10;

/** The lines above and below the table: who was drilled, and what was lost. */
export const reportLines = (
  report: DrillReport,
): { readonly head: readonly string[]; readonly foot: readonly string[] } => {
  const { name, phones, nodes, lasted, whole, lostPhones, renumbered, leftOut, failure, end, steps } = report;
  const remarks = steps.filter(({ remark }) => remark !== '').map(({ title, remark }) => `${title}: ${remark}`);
  return {
    head: [`${name}: ${grouped(phones)} phones, ${nodes.join(', ')}, ${spanText(lasted)}`],
    foot: [
      ...remarks,
      ...movesLines(steps),
      `lost: ${grouped(whole.lost)} phones, ${grouped(whole.callsLost)} calls; ${grouped(whole.keepAlivesMissed)} keepalives without an answer, ${grouped(whole.refused)} registrations refused`,
      ...lostPhones.slice(0, MOST_NAMED).map(({ phone, why }) => `  ${phone}: ${why}`),
      ...(whole.lost > MOST_NAMED ? [`  and ${grouped(whole.lost - MOST_NAMED)} others`] : []),
      ...renumbered.slice(0, MOST_NAMED).map(({ phone, why }) => `another number: ${phone}: ${why}`),
      ...(leftOut === 0 ? [] : [`${grouped(leftOut)} outages were too many to be kept: the numbers are too small`]),
      ...(end === 'over' ? [] : [end === 'stopped' ? 'the drill was stopped early' : `the drill failed: ${failure}`]),
    ],
  };
};

const MOST_MOVES = 4;

const movesLines = (steps: readonly DrillStepJson[]): readonly string[] =>
  steps
    .filter(({ moves }) => moves.length > 0)
    .map(({ title, moves }) => {
      const shown = moves
        .slice(0, MOST_MOVES)
        .map(({ from, to, phones }) => `${grouped(phones)} from ${from || 'nowhere'} to ${to || 'nowhere'}`);
      const rest = moves.length - shown.length;
      return `${title}: ${shown.join(', ')}${rest > 0 ? `, and ${rest} other ways` : ''}`;
    });
