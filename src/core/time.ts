// What time is, for every engine: instants and durations as branded numbers, and the clock that is given to it.
// Nothing here reads the time of day; `net/system-clock.ts` does.

/** A point in time: milliseconds since the Unix epoch. */
export type Instant = number & { readonly __brand: 'Instant' };

/** A length of time: milliseconds. */
export type Duration = number & { readonly __brand: 'Duration' };

/** An instant that does not come. */
export const NEVER = Number.POSITIVE_INFINITY as Instant;

export const instant = (epochMilliseconds: number): Instant => epochMilliseconds as Instant;
export const milliseconds = (count: number): Duration => count as Duration;
export const seconds = (count: number): Duration => (count * 1000) as Duration;
export const minutes = (count: number): Duration => (count * 60_000) as Duration;
export const days = (count: number): Duration => (count * 86_400_000) as Duration;

const UNITS: ReadonlyMap<string, number> = new Map(
  Object.entries({ ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }),
);

/** `500ms`, `30s`, `2m`, `1.5h`, `1d`. `undefined` where the text is none. */
export const parseDuration = (text: string): Duration | undefined => {
  const [, count, unit = ''] = /^(\d{1,12}(?:\.\d{1,6})?)\s?([a-z]+)$/.exec(text) ?? [];
  const scale = UNITS.get(unit);
  return scale === undefined ? undefined : milliseconds(Math.round(Number(count) * scale));
};

/** For a reader: `500 ms`, `1.5 s`. */
export const inWords = (span: Duration): string => (span < 1000 ? `${span} ms` : `${span / 1000} s`);

export const after = (from: Instant, span: Duration): Instant => (from + span) as Instant;
export const between = (from: Instant, to: Instant): Duration => (to - from) as Duration;

/** A pending alarm that can be called off. Cancelling twice is harmless. */
export interface Alarm {
  cancel(): void;
}

/** The only source of time. `wake` calls back once, at or soon after `at`. */
export interface Clock {
  now(): Instant;
  wake(at: Instant, callback: () => void): Alarm;
}
