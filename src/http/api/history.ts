// What the metrics were during the last hour, for the page's charts: one sample every five seconds, in memory of a fixed size.

import type { Histogram } from 'prom-client';
import { after, type Clock, type Duration, type Instant, instant, seconds, type Timer } from '../../core/time.js';
import { type BucketCounts, bucketCounts, type HistogramValues, quantileBetween } from './bucket-counts.js';
import { HISTORY_SERIES, type SeriesRow } from './history-series.js';
import type { HistoryJson, HistorySample } from './history-shapes.js';
import type { Metric } from './metrics.js';

/** From one sample to the next. */
export const SAMPLE_EVERY: Duration = seconds(5);
/** Samples that are kept: an hour. */
export const MOST_SAMPLES = 720;
/** The time, and the value of each series. */
const WIDTH = HISTORY_SERIES.length + 1;
/** The histograms that quantiles are read from. */
const HISTOGRAMS: ReadonlySet<string> = new Set(
  HISTORY_SERIES.flatMap(({ read, metric }) => (read === 'quantile' ? [metric] : [])),
);
/** Digits behind the point, as far as anybody sees a difference. */
const PRECISION = 1e4;

/** What the history reads. */
export interface HistorySources {
  readonly clock: Clock;
  /** Counters and gauges as they are now. */
  counts(): Iterable<Metric>;
  readonly histograms: ReadonlyMap<string, Histogram>;
  /** Is called with each new sample. */
  sampled(sample: HistorySample): void;
}

/** Looks at the metrics, and costs nothing between two looks. */
export class History {
  readonly #sources: HistorySources;
  /** A ring of samples, `WIDTH` numbers each; NaN: no value. */
  readonly #ring = new Float64Array(MOST_SAMPLES * WIDTH);
  /** Samples since the start. */
  #taken = 0;
  #lastAt: Instant | undefined;
  /** By series: the counter at the last sample. */
  readonly #totals: number[] = [];
  /** By series: the histogram at the last sample. */
  readonly #buckets: BucketCounts[] = [];
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(sources: HistorySources) {
    this.#sources = sources;
    void this.#look();
  }

  /** The samples of the last `span`; `undefined`: all that are kept. */
  json(span: Duration | undefined): HistoryJson {
    const { clock } = this.#sources;
    const begin = span === undefined ? Number.NEGATIVE_INFINITY : clock.now() - span;
    const samples: HistorySample[] = [];
    for (let index = Math.max(0, this.#taken - MOST_SAMPLES); index < this.#taken; index += 1)
      if ((this.#ring[(index % MOST_SAMPLES) * WIDTH] ?? 0) >= begin) samples.push(this.#sampleAt(index));
    return { every: SAMPLE_EVERY, series: HISTORY_SERIES.map(({ name, unit }) => ({ name, unit })), samples };
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  async #look(): Promise<void> {
    const now = this.#sources.clock.now();
    const values = await this.#values(now);
    if (this.#isClosed) return;
    this.#ring.set([now, ...values], (this.#taken % MOST_SAMPLES) * WIDTH);
    this.#taken += 1;
    this.#lastAt = now;
    this.#sources.sampled(this.#sampleAt(this.#taken - 1));
    this.#timer = this.#sources.clock.callAt(after(now, SAMPLE_EVERY), () => void this.#look());
  }

  async #values(now: Instant): Promise<readonly number[]> {
    const histograms = await this.#readHistograms();
    const metrics = new Map<string, Metric['values']>();
    for (const { name, values } of this.#sources.counts()) metrics.set(name, values);
    const passed = this.#lastAt === undefined ? Number.NaN : (now - this.#lastAt) / 1000;
    const found: number[] = [];
    for (const [index, row] of HISTORY_SERIES.entries()) {
      if (row.read === 'quantile') found.push(this.#quantile(index, row, row.share, histograms.get(row.metric)));
      else {
        const total = sumOf(metrics.get(row.metric), row);
        if (row.read === 'value') found.push(total);
        else {
          // Nothing was counted of a metric that is not there yet.
          found.push(((total || 0) - (this.#totals[index] ?? Number.NaN)) / passed);
          this.#totals[index] = total || 0;
        }
      }
    }
    return found;
  }

  /** By name: each histogram that a series needs, read once for all of them. */
  async #readHistograms(): Promise<ReadonlyMap<string, HistogramValues>> {
    const read = new Map<string, HistogramValues>();
    for (const name of HISTOGRAMS) {
      const histogram = this.#sources.histograms.get(name);
      if (histogram !== undefined) read.set(name, (await histogram.get()).values);
    }
    return read;
  }

  #quantile(index: number, { labels = {} }: SeriesRow, share: number, values: HistogramValues | undefined): number {
    if (values === undefined) return Number.NaN;
    const counts = bucketCounts(values, labels);
    const before = this.#buckets[index];
    this.#buckets[index] = counts;
    return before === undefined ? Number.NaN : quantileBetween(before, counts, share);
  }

  #sampleAt(index: number): HistorySample {
    const start = (index % MOST_SAMPLES) * WIDTH;
    const [at = 0, ...values] = this.#ring.subarray(start, start + WIDTH);
    const shown = values.map((value) => (Number.isFinite(value) ? Math.round(value * PRECISION) / PRECISION : null));
    return [Math.round(this.#sources.clock.wallTime(instant(at))), ...shown];
  }
}

/** The sum of the values that have the labels of a row. NaN: the metric is not there. */
const sumOf = (values: Metric['values'] | undefined, { labels = {} }: SeriesRow): number => {
  if (values === undefined) return Number.NaN;
  let sum = 0;
  for (const { labels: given = {}, value } of values)
    if (Object.entries(labels).every(([label, text]) => given[label] === text)) sum += value;
  return sum;
};
