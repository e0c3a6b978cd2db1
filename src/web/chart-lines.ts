// The charts of the history: which series belong together, and their lines. Pure: no browser is needed.

import type { HistorySample, HistorySeriesJson, HistoryUnit } from '../http/api/history-shapes.js';
import { counted } from './times.js';

/** A line of a chart: its name, and the index of its values in a sample. */
export interface ChartLine {
  readonly label: string;
  readonly index: number;
}

/** Series that are drawn together. */
export interface Chart {
  readonly id: string;
  readonly title: string;
  readonly unit: HistoryUnit;
  readonly lines: readonly ChartLine[];
}

const TITLES: Readonly<Record<string, string>> = {
  devices: 'Devices by status',
  messages: 'Messages that come in, a second',
  registrations: 'Registrations, a second',
  keepalives: 'Keepalives and refreshes, a second',
  wait: 'What a message waits until labcm looks at it',
  registering: 'How long registering takes',
  files: 'How long a file takes',
  calls: 'Calls',
  processor: 'Processor',
  memory: 'Memory',
};

/** The charts of these series, by what stands before the dot of their names. */
export const chartsOf = (series: readonly HistorySeriesJson[]): readonly Chart[] => {
  const charts = new Map<string, { unit: HistoryUnit; lines: ChartLine[] }>();
  for (const [index, { name, unit }] of series.entries()) {
    const dot = name.indexOf('.');
    const id = name.slice(0, dot);
    const chart = charts.get(id) ?? { unit, lines: [] };
    charts.set(id, chart);
    // The first value of a sample is its time.
    chart.lines.push({ label: name.slice(dot + 1), index: index + 1 });
  }
  return [...charts].map(([id, chart]) => ({ id, title: TITLES[id] ?? id, ...chart }));
};

/** The samples of a history with a new one, and without those that are older than `span` milliseconds. */
export const withSample = (
  samples: readonly HistorySample[],
  sample: HistorySample,
  span: number,
): readonly HistorySample[] => {
  const [at] = sample;
  const last = samples.at(-1)?.[0];
  if (at === null || at === undefined || (typeof last === 'number' && at <= last)) return samples;
  return [...samples.filter(([then]) => at - (then ?? 0) < span), sample];
};

/** The smallest of 1, 2, 5, 10, 20… that is not below a value. */
export const niceTop = (value: number): number => {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((factor) => factor * power).find((top) => top >= value * (1 - 1e-9)) ?? value;
};

/** The highest value of a chart's lines. */
export const highest = (samples: readonly HistorySample[], lines: readonly ChartLine[]): number => {
  let top = 0;
  for (const sample of samples) for (const { index } of lines) top = Math.max(top, sample[index] ?? 0);
  return top;
};

/** What a line is drawn into: from when to when, up to which value, and how large. */
export interface ChartFrame {
  readonly from: number;
  readonly to: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Milliseconds between samples; a longer time without one is a gap. */
  readonly every: number;
}

const GAP = 3;

/** The paths (`d`) of a series: the lines between values, and the values that stand alone. Where there is no value is a gap. */
export const linePaths = (
  samples: readonly HistorySample[],
  index: number,
  frame: ChartFrame,
): { readonly line: string; readonly dots: string } => {
  const { from, to, top, width, height, every } = frame;
  const pieces: { readonly begin: string; rest: string }[] = [];
  let before: number | undefined;
  for (const sample of samples) {
    const [at] = sample;
    const value = sample[index];
    if (at === null || at === undefined || at < from) continue;
    if (value === null || value === undefined) {
      before = undefined;
      continue;
    }
    const x = (((at - from) / (to - from)) * width).toFixed(1);
    const y = (height - (Math.min(value, top) / top) * height).toFixed(1);
    const goesOn = before !== undefined && at - before <= GAP * every;
    const piece = pieces.at(-1);
    if (goesOn && piece !== undefined) piece.rest += `L${x} ${y}`;
    else pieces.push({ begin: `M${x} ${y}`, rest: '' });
    before = at;
  }
  const joined = (isDot: boolean): string =>
    pieces
      .filter(({ rest }) => (rest === '') === isDot)
      // A dot is a line of no length, whose round ends are seen.
      .map(({ begin, rest }) => begin + (isDot ? 'h.01' : rest))
      .join('');
  return { line: joined(false), dots: joined(true) };
};

/** The newest sample at or before a time. */
export const sampleAt = (samples: readonly HistorySample[], at: number): HistorySample | undefined =>
  samples.findLast(([then]) => (then ?? 0) <= at);

const rounded = (value: number): string =>
  value >= 100 || Number.isInteger(value) ? counted(Math.round(value)) : value.toFixed(value >= 10 ? 1 : 2);

const FORMATS: Readonly<Record<HistoryUnit, (value: number) => string>> = {
  devices: counted,
  calls: counted,
  'per-second': (value) => `${rounded(value)}/s`,
  seconds: (value) => (value < 1 ? `${rounded(value * 1_000)} ms` : `${rounded(value)} s`),
  processors: (value) => `${rounded(value * 100)} %`,
  octets: (value) => `${rounded(value / 1e6)} MB`,
};

/** A value as people read it; `–`: there is none. */
export const shownValue = (value: number | null | undefined, unit: HistoryUnit): string =>
  value === null || value === undefined ? '–' : FORMATS[unit](value);
