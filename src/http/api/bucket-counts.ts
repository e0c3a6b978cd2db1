// What a histogram has counted between two looks at it, and the quantiles of that.

import type { Histogram } from 'prom-client';

/** By upper bound: how many observations were at most so long. */
export type BucketCounts = ReadonlyMap<number, number>;

const LE = 'le';
const BUCKET = '_bucket';

/** What a histogram gives when it is read. */
export type HistogramValues = Awaited<ReturnType<Histogram['get']>>['values'];

/** The counts of a histogram that was read, of all sets of labels that have these. Rising with the bound. */
export const bucketCounts = (values: HistogramValues, wanted: Readonly<Record<string, string>>): BucketCounts => {
  const counts = new Map<number, number>();
  for (const { metricName = '', labels, value } of values) {
    const given = labels as Readonly<Record<string, string | number>>;
    if (!metricName.endsWith(BUCKET) || Object.entries(wanted).some(([label, text]) => given[label] !== text)) continue;
    const bound = given[LE] === '+Inf' ? Number.POSITIVE_INFINITY : Number(given[LE]);
    counts.set(bound, (counts.get(bound) ?? 0) + value);
  }
  return counts;
};

/**
 * The value that `share` of what was counted between two looks did not exceed, as if the observations of a bucket were spread
 * evenly; of the last bucket, which has no upper bound, its lower one. NaN: nothing was counted.
 */
export const quantileBetween = (before: BucketCounts, now: BucketCounts, share: number): number => {
  const rises = [...now].map(([bound, count]) => ({ bound, count: count - (before.get(bound) ?? 0) }));
  const rank = share * (rises.at(-1)?.count ?? 0);
  if (rank === 0) return Number.NaN;
  let lower = { bound: 0, count: 0 };
  for (const upper of rises) {
    if (upper.count >= rank) {
      if (!Number.isFinite(upper.bound)) return lower.bound;
      const part = (rank - lower.count) / (upper.count - lower.count);
      return lower.bound + part * (upper.bound - lower.bound);
    }
    lower = upper;
  }
  return lower.bound;
};
