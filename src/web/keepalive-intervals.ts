// The intervals between keepalives: their dots, and what is said of them.

/** One interval. `at`: when it ended, in milliseconds since the Unix epoch; `interval` in milliseconds. */
export interface KeepAliveDot {
  readonly at: number;
  readonly interval: number;
  readonly isLate: boolean;
}

/** Later than expected by more than a tenth and half a second: what a busy network does is no lateness. */
const LATE = 1.1;
const LATE_BY = 500; // milliseconds

/** `times`, the oldest first, and `expected` in milliseconds. */
export const keepAliveDots = (times: readonly number[], expected: number): readonly KeepAliveDot[] =>
  times.slice(1).map((at, index) => {
    const interval = at - (times[index] ?? at);
    return { at, interval, isLate: interval > expected * LATE + LATE_BY };
  });

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

/** So many late ones are named. */
const MOST_NAMED = 3;

/** The same in words. `jitter` in milliseconds, as the daemon measures it; `shown` writes a time. */
export const describeDots = (
  dots: readonly KeepAliveDot[],
  expected: number,
  jitter: number,
  shown: (at: number) => string,
): string => {
  const last = dots.at(-1);
  if (last === undefined)
    return `One is expected every ${seconds(expected)}. Two must come before an interval is seen.`;
  const average = dots.reduce((sum, { interval }) => sum + interval, 0) / dots.length;
  const late = dots.filter(({ isLate }) => isLate);
  const named = late.slice(-MOST_NAMED).map(({ at }) => shown(at));
  const many = `${dots.length} ${dots.length === 1 ? 'interval' : 'intervals'}`;
  const told = late.length === 0 ? 'none late' : `${late.length} late, the last at ${named.join(', ')}`;
  return `${many}: ${seconds(average)} on average, ${seconds(expected)} expected at most; jitter ${jitter} ms; the last ${seconds(last.interval)}; ${told}.`;
};
