// The history of the metrics: what is sampled, how often, and how much is kept.

import { Histogram } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { minutes } from '../../src/core/time.js';
import { quantileBetween } from '../../src/http/api/bucket-counts.js';
import { History, MOST_SAMPLES, SAMPLE_EVERY } from '../../src/http/api/history.js';
import { HISTORY_SERIES } from '../../src/http/api/history-series.js';
import type { HistorySample } from '../../src/http/api/history-shapes.js';
import type { Metric } from '../../src/http/api/metrics.js';
import { ManualClock } from '../support/manual-clock.js';

const START = Date.UTC(2026, 10, 25, 9, 0, 0);

let clock: ManualClock;
let metrics: Metric[];
let registering: Histogram;
let history: History;
let sampled: HistorySample[];

/** Lets the looks that are due end: histograms are read asynchronously. */
const settle = () => new Promise<void>((turn) => setImmediate(turn));
const next = async (): Promise<void> => {
  clock.advance(SAMPLE_EVERY);
  await settle();
};
const counter = (name: string, value: number, labels: Readonly<Record<string, string>> = {}): Metric => ({
  kind: 'counter',
  name,
  help: '',
  values: [{ labels, value }],
});
const lastOf = (name: string, sample: HistorySample | undefined = sampled.at(-1)): number | null | undefined =>
  sample?.[HISTORY_SERIES.findIndex((series) => series.name === name) + 1];

beforeEach(async () => {
  clock = new ManualClock(START);
  metrics = [];
  sampled = [];
  registering = new Histogram({
    name: 'labcm_registration_seconds',
    help: 'h',
    labelNames: ['protocol'],
    buckets: [0.1, 0.2, 1],
    registers: [],
  });
  history = new History({
    clock,
    counts: () => metrics,
    histograms: new Map([['labcm_registration_seconds', registering]]),
    sampled: (sample) => sampled.push(sample),
  });
  await settle();
});
afterEach(() => {
  history.close();
  expect(clock.armed).toBe(0);
});

describe('the history', () => {
  it('has each series under a name of its own', () => {
    expect(new Set(HISTORY_SERIES.map(({ name }) => name)).size).toBe(HISTORY_SERIES.length);
  });

  it('takes a sample at once, and then every five seconds', async () => {
    for (let count = 0; count < 3; count += 1) await next();
    expect(sampled.map(([at]) => at)).toEqual([START, START + 5_000, START + 10_000, START + 15_000]);
  });

  it('has gauges as they are, and of counters how fast they rise', async () => {
    metrics = [
      counter('labcm_devices_by_status', 7, { status: 'Registered' }),
      counter('labcm_keepalives_total', 100, { protocol: 'SCCP' }),
    ];
    await next();
    metrics = [counter('labcm_keepalives_total', 150, { protocol: 'SCCP' })];
    await next();
    expect(lastOf('devices.Registered', sampled.at(-2))).toBe(7);
    expect(lastOf('devices.Registered')).toBeNull();
    expect(lastOf('keepalives.SCCP')).toBe(10);
    expect(lastOf('keepalives.SIP')).toBe(0);
  });

  it('knows no rate at the first sample', () => expect(lastOf('registrations.SCCP', sampled[0])).toBeNull());

  it('counts what a standstill brought over the time that it lasted', async () => {
    await next();
    metrics = [counter('labcm_registrations_total', 60, { protocol: 'SIP' })];
    clock.standStill(20_000);
    clock.advance(0);
    await settle();
    expect(lastOf('registrations.SIP')).toBe(60 / 20);
  });

  it('has the quantiles of what came since the last sample, by its labels', async () => {
    for (const seconds of [0.05, 0.05, 0.15, 0.15]) registering.observe({ protocol: 'SCCP' }, seconds);
    await next();
    expect(lastOf('registering.SCCP p50')).toBe(0.1);
    expect(lastOf('registering.SCCP p99')).toBeCloseTo(0.198, 3);
    expect(lastOf('registering.SIP p50')).toBeNull();
    await next();
    expect(lastOf('registering.SCCP p50')).toBeNull();
  });

  it('reads each histogram once for all of its series', async () => {
    const get = vi.spyOn(registering, 'get');
    registering.observe({ protocol: 'SIP' }, 0.15);
    await next();
    expect(get).toHaveBeenCalledTimes(1);
    expect(lastOf('registering.SIP p99')).toBeCloseTo(0.199, 3);
  });

  it('keeps an hour, and gives as much of it as somebody asks for', async () => {
    for (let count = 0; count < MOST_SAMPLES + 20; count += 1) await next();
    const { samples, every } = history.json(undefined);
    expect(samples).toHaveLength(MOST_SAMPLES);
    expect((samples.at(-1)?.[0] ?? 0) - (samples[0]?.[0] ?? 0)).toBe((MOST_SAMPLES - 1) * every);
    expect(samples.at(-1)).toEqual(sampled.at(-1));
    expect(history.json(minutes(1)).samples).toHaveLength(13);
  });
});

it.each([
  ['nothing', [], [], 0.5, Number.NaN],
  [
    'all in one bucket',
    [],
    [
      [0.1, 0],
      [0.2, 10],
      [Number.POSITIVE_INFINITY, 10],
    ],
    0.5,
    0.15,
  ],
  [
    'only what came since',
    [
      [0.1, 90],
      [0.2, 90],
    ],
    [
      [0.1, 90],
      [0.2, 92],
    ],
    0.5,
    0.15,
  ],
  [
    'more than the highest bound',
    [],
    [
      [0.1, 0],
      [0.2, 1],
      [Number.POSITIVE_INFINITY, 100],
    ],
    0.99,
    0.2,
  ],
] as const)('the quantile of %s', (_, before, now, share, wanted) => {
  const found = quantileBetween(
    new Map(before as readonly (readonly [number, number])[]),
    new Map(now as readonly (readonly [number, number])[]),
    share,
  );
  if (Number.isNaN(wanted)) expect(found).toBeNaN();
  else expect(found).toBeCloseTo(wanted, 10);
});
