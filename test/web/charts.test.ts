// The pure parts of the charts.

import { describe, expect, it } from 'vitest';
import { HISTORY_SERIES } from '../../src/http/api/history-series.js';
import type { HistorySample } from '../../src/http/api/history-shapes.js';
import {
  type ChartFrame,
  chartsOf,
  linePaths,
  niceTop,
  sampleAt,
  shownValue,
  withSample,
} from '../../src/web/chart-lines.js';

const FRAME: ChartFrame = { from: 0, to: 100_000, top: 10, width: 100, height: 10, every: 5_000 };

const samplesOf = (...values: readonly (readonly [at: number, value: number | null])[]): readonly HistorySample[] =>
  values;

describe('the charts of the series', () => {
  const charts = chartsOf(HISTORY_SERIES);

  it('have titles, and at most as many lines as there are strokes', () => {
    expect(charts.map(({ title }) => title).every((title) => /^[A-Z]/.test(title))).toBe(true);
    expect(Math.max(...charts.map(({ lines }) => lines.length))).toBe(5);
    expect(charts.reduce((sum, { lines }) => sum + lines.length, 0)).toBe(HISTORY_SERIES.length);
  });

  it('find their values in a sample', () => {
    const sample: HistorySample = [0, ...HISTORY_SERIES.map((_, index) => index)];
    for (const { id, lines } of charts)
      for (const { label, index } of lines) expect(HISTORY_SERIES[sample[index] ?? -1]?.name).toBe(`${id}.${label}`);
  });
});

describe('a line', () => {
  it.each([
    ['goes from value to value', samplesOf([0, 0], [5_000, 10], [10_000, 5]), 'M0.0 10.0L5.0 0.0L10.0 5.0', ''],
    [
      'is interrupted where there is none',
      samplesOf([0, 5], [5_000, 5], [10_000, null], [15_000, 5], [20_000, 5]),
      'M0.0 5.0L5.0 5.0M15.0 5.0L20.0 5.0',
      '',
    ],
    [
      'is interrupted where there was no sample',
      samplesOf([0, 5], [5_000, 5], [50_000, 5], [55_000, 5]),
      'M0.0 5.0L5.0 5.0M50.0 5.0L55.0 5.0',
      '',
    ],
    ['has a dot for a value that stands alone', samplesOf([0, null], [5_000, 5], [10_000, null]), '', 'M5.0 5.0h.01'],
    ['stays in the chart', samplesOf([-5_000, 1], [0, 99], [5_000, 0]), 'M0.0 0.0L5.0 10.0', ''],
    ['of nothing is empty', [], '', ''],
  ] as const)('%s', (_, samples, line, dots) => expect(linePaths(samples, 1, FRAME)).toEqual({ line, dots }));
});

it.each([
  [0, 1],
  [Number.NaN, 1],
  [0.003, 0.005],
  [1, 1],
  [1.1, 2],
  [40, 50],
  [501, 1_000],
  [40_000, 50_000],
])('the top of a chart up to %d is %d', (value, top) => expect(niceTop(value)).toBeCloseTo(top, 10));

it.each([
  [null, 'devices', '–'],
  [40_000, 'devices', '40,000'],
  [12.34, 'per-second', '12.3/s'],
  [0, 'per-second', '0/s'],
  [0.0123, 'seconds', '12.3 ms'],
  [2.5, 'seconds', '2.50 s'],
  [0.5, 'processors', '50 %'],
  [123_456_789, 'octets', '123 MB'],
] as const)('%j %s is shown as %j', (value, unit, text) => expect(shownValue(value, unit)).toBe(text));

it('a new sample comes behind the others, once, and what is too old goes', () => {
  const samples = samplesOf([0, 1], [5_000, 2]);
  expect(withSample(samples, [10_000, 3], 10_000)).toEqual([
    [5_000, 2],
    [10_000, 3],
  ]);
  expect(withSample(samples, [5_000, 9], 10_000)).toBe(samples);
  expect(withSample([], [5_000, 9], 10_000)).toEqual([[5_000, 9]]);
});

it('the sample of a time is the last one before it', () => {
  const samples = samplesOf([0, 1], [5_000, 2]);
  expect([-1, 0, 4_999, 5_000, 9_999].map((at) => sampleAt(samples, at)?.[1])).toEqual([undefined, 1, 1, 2, 2]);
});
