// The texts of a fleet: one line while it runs, a table at its end.

import type { FleetOutcome, FleetProgress } from './fleet.js';
import type { Histogram } from './histogram.js';

const grouped = (count: number): string => count.toLocaleString('en-US');
const span = (milliseconds: number): string =>
  milliseconds < 10_000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;

/** The line of numbers while a fleet runs. */
export const progressLine = ({
  phase,
  started,
  registered,
  failed,
  metrics,
  calls,
  lag,
  elapsed,
}: FleetProgress): string => {
  const missed = metrics.counts.get('phone.keepalive-missed') ?? 0;
  const { boot } = metrics;
  return [
    `${(elapsed / 1000).toFixed(0)} s ${phase}: ${grouped(started)} started`,
    `${grouped(registered)} registered`,
    `${grouped(failed)} failed`,
    `boot p50 ${span(boot.quantile(0.5))} p99 ${span(boot.quantile(0.99))}`,
    `keepalives missed ${grouped(missed)}`,
    ...(calls === undefined ? [] : [`${grouped(calls.standing)} calls stand, ${grouped(calls.connected)} connected`]),
    ...(lag > 100 ? [`this process is ${span(lag)} late`] : []),
  ].join(', ');
};

const HEADINGS = ['STEP', 'COUNT', 'P50', 'P90', 'P99', 'MOST'] as const;

const rowOf = (name: string, histogram: Histogram): readonly string[] => [
  name,
  grouped(histogram.count),
  ...[0.5, 0.9, 0.99].map((share) => span(histogram.quantile(share))),
  span(histogram.most),
];

/** What became of the calls, and the packets that were counted at both ends. */
const callLines = ({ calls, metrics: { packets } }: FleetOutcome): readonly string[] => {
  if (calls === undefined) return [];
  const { started, connected, failed, silent, skipped } = calls;
  const at = ({ sent, received, lost }: { sent: number; received: number; lost: number }): string =>
    `${grouped(sent)} packets sent, ${grouped(received)} received, ${grouped(lost)} lost`;
  return [
    `${grouped(started)} calls, ${grouped(connected)} connected, ${grouped(failed)} failed, ${grouped(silent)} without sound${skipped === 0 ? '' : `, ${grouped(skipped)} not made, since no phone was free`}`,
    `RTP at the callers: ${at(packets.out)}`,
    `RTP at the called phones: ${at(packets.in)}`,
  ];
};

/** The lines of the report at the end. */
export const fleetReport = (outcome: FleetOutcome): readonly string[] => {
  const { metrics, started, everRegistered, registeredAtEnd, failed, ramp } = outcome;
  const rows = [
    HEADINGS,
    rowOf('boot', metrics.boot),
    ...[...metrics.steps].map(([name, steps]) => rowOf(name, steps)),
  ];
  const widths = HEADINGS.map((_heading, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const table = rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  '),
  );
  const phones = started === 1 ? '1 phone' : `${grouped(started)} phones`;
  const rate = ramp === 0 ? '' : ` (${grouped(Math.round((1000 * everRegistered) / ramp))} a second)`;
  const pace = everRegistered === 0 ? '' : ` in ${span(ramp)}${rate}`;
  return [
    `${phones} started, ${grouped(everRegistered)} registered${pace}, ${grouped(registeredAtEnd)} at the end, ${grouped(failed)} failed`,
    ...callLines(outcome),
    ...table,
    ...[...metrics.counts].map(
      ([type, count]) => `${type.slice('phone.'.length).replaceAll('-', ' ')}: ${grouped(count)}`,
    ),
    ...[...metrics.reasons].map(([reason, count]) => `${grouped(count)} failed: ${reason}`),
  ];
};
