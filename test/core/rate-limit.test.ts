import { describe, expect, it } from 'vitest';
import {
  PerSecondBudget,
  PerSecondCounts,
  ReportOncePerSecond,
  SlidingWindow,
  SourceBuckets,
  SummaryOncePerSecond,
  TokenBucket,
} from '../../src/core/rate-limit.js';
import { instant, seconds } from '../../src/core/time.js';

describe('buckets of sources', () => {
  const NOW = instant(1_000_000);

  it('give each source its own, and take back what was given', () => {
    const buckets = new SourceBuckets({ perSecond: 1, burst: 2 });
    const take = (source: string): boolean => buckets.take(source, NOW);
    expect([take('a'), take('a'), take('a'), take('b')]).toEqual([true, true, false, true]);
    buckets.giveBack('a');
    buckets.giveBack('nobody');
    expect([take('a'), take('a')]).toEqual([true, false]);
    expect(buckets.take('a', instant(NOW + 1_000))).toBe(true);
  });

  it('are bounded: of very many the first is forgotten', () => {
    const buckets = new SourceBuckets({ perSecond: 1, burst: 1 });
    expect([buckets.take('first', NOW), buckets.take('first', NOW)]).toEqual([true, false]);
    for (let source = 0; source < 16_384; source += 1) buckets.take(String(source), NOW);
    expect(buckets.take('first', NOW)).toBe(true);
  });
});

describe('a token bucket', () => {
  const taken = (bucket: TokenBucket, at: number): number => {
    let count = 0;
    while (count < 1000 && bucket.take(instant(at))) count += 1;
    return count;
  };

  it('gives a burst, then tokens at its rate', () => {
    const bucket = new TokenBucket(20, 50);
    expect([0, 0, 1000, 1050, 3_600_000].map((at) => taken(bucket, 1_000_000 + at))).toEqual([50, 0, 20, 1, 50]);
  });

  it('gives no tokens away where the clock goes back', () => {
    const bucket = new TokenBucket(20, 1);
    expect(bucket.take(instant(10_000))).toBe(true);
    expect(bucket.take(instant(5_000))).toBe(false);
  });

  it('fills at a new rate, and keeps no more than the new burst', () => {
    const bucket = new TokenBucket(20, 50);
    bucket.setRate(1, 2);
    bucket.setRate(10, 100);
    expect(taken(bucket, 0)).toBe(2);
    bucket.setRate(100, 100);
    expect(taken(bucket, 500)).toBe(50);
  });

  it('says how many there are, and takes one back', () => {
    const bucket = new TokenBucket(10, 5);
    expect(bucket.fill(instant(0))).toBe(5);
    expect(taken(bucket, 0)).toBe(5);
    bucket.giveBack();
    expect(bucket.fill(instant(50))).toBe(1.5);
    expect(taken(bucket, 50)).toBe(1);
  });
});

describe('a sliding window', () => {
  const SPAN = seconds(5);
  const exceeds = (window: SlidingWindow, count: number, at: number): boolean =>
    window.add(count, SPAN, instant(1_000_000 + at)) > 2000;

  it('counts all that came within its span', () => {
    const window = new SlidingWindow();
    expect(exceeds(window, 2000, 0)).toBe(false);
    expect(exceeds(window, 1, 0)).toBe(true);
  });

  it('stays below a limit for ever at a rate just under it', () => {
    const window = new SlidingWindow();
    for (let step = 0; step < 600; step += 1) expect(exceeds(window, 39, step * 100)).toBe(false);
  });

  it('finds five times the rate within the first fifth', () => {
    const window = new SlidingWindow();
    let step = 0;
    while (!exceeds(window, 200, step * 100)) step += 1;
    expect(step).toBe(10);
  });

  it('counts a burst that straddles two windows as one', () => {
    const window = new SlidingWindow();
    exceeds(window, 1, 0);
    exceeds(window, 1900, 4_990);
    expect(exceeds(window, 200, 5_010)).toBe(true);
  });

  it('begins anew after a quiet time', () => {
    const window = new SlidingWindow();
    exceeds(window, 2000, 0);
    expect(exceeds(window, 2000, 20_000)).toBe(false);
  });
});

describe('a budget per second', () => {
  const setUp = (perSecond: () => number) => {
    const refused: [number, number][] = [];
    return { budget: new PerSecondBudget(perSecond, (count, at) => refused.push([count, at])), refused };
  };
  const taken = (budget: PerSecondBudget, times: number, at: number): number =>
    Array.from({ length: times }, () => budget.take(instant(at))).filter(Boolean).length;

  it('gives so many a second, and reports the rest when the second has passed', () => {
    const { budget, refused } = setUp(() => 10);
    expect(taken(budget, 25, 5_000)).toBe(10);
    expect(taken(budget, 5, 5_999)).toBe(0);
    expect(refused).toEqual([]);
    expect(taken(budget, 3, 6_000)).toBe(3);
    expect(refused).toEqual([[20, 6_000]]);
    expect(taken(budget, 3, 9_000)).toBe(3);
    expect(refused).toHaveLength(1);
  });

  it('follows a changed limit at once', () => {
    let most = 1;
    const { budget } = setUp(() => most);
    expect(taken(budget, 2, 0)).toBe(1);
    most = 3;
    expect(taken(budget, 5, 0)).toBe(2);
    most = 0;
    expect(taken(budget, 5, 1_000)).toBe(0);
  });

  it('needs nobody who listens to its reports', () => {
    const budget = new PerSecondBudget(() => 1);
    expect([taken(budget, 3, 0), taken(budget, 3, 1_000)]).toEqual([1, 1]);
  });
});

it('counts per second are each key’s, and begin anew with the clock’s second', () => {
  const counts = new PerSecondCounts();
  counts.add('a', instant(1_000));
  counts.add('a', instant(1_999));
  counts.add('b', instant(1_999));
  expect(['a', 'b', 'c'].map((key) => counts.count(key, instant(1_999)))).toEqual([2, 1, 0]);
  expect(['a', 'b', 'c'].map((key) => counts.count(key, instant(2_000)))).toEqual([0, 0, 0]);
});

it('a report once per second comes with the first event, then with the number since the last report', () => {
  const reports = new ReportOncePerSecond();
  expect([100, 100, 1_099, 1_100, 1_200, 5_000].map((at) => reports.add(instant(at)))).toEqual([1, 0, 0, 3, 0, 2]);
});

it('a summary once per second is due a second after its first event, with all keys in order', () => {
  const summary = new SummaryOncePerSecond<string, string>();
  expect([summary.dueAt, summary.size]).toEqual([undefined, 0]);
  summary.add('x', 'first', instant(100));
  summary.add('y', 'only', instant(200), 7);
  summary.add('x', 'last', instant(900), 2);
  expect([summary.dueAt, summary.size, summary.has('y'), summary.has('z')]).toEqual([1_100, 2, true, false]);
  expect(summary.take()).toEqual([
    ['x', { count: 3, detail: 'last' }],
    ['y', { count: 7, detail: 'only' }],
  ]);
  expect([summary.dueAt, summary.size, summary.take()]).toEqual([undefined, 0, []]);
});
