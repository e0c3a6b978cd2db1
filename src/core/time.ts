// Time for the engines: instants and durations as branded numbers, and the clock that is given to them. Nothing here
// reads the time of day; `net/system-clock.ts` does. An instant is for measuring and never steps. A wall time is for
// people, disks and peers, and steps when somebody sets the clock of the machine.

/**
 * A point in time on the monotonic clock of this process, in whole milliseconds. It has no meaning outside this
 * process: what is written or sent is a `WallTime`.
 */
export type Instant = number & { readonly __brand: 'Instant' };

/** What the wall clock shows: milliseconds since the Unix epoch. Never used to measure a duration. */
export type WallTime = number & { readonly __brand: 'WallTime' };

/** A length of time: milliseconds. */
export type Duration = number & { readonly __brand: 'Duration' };

/** An instant that never comes. */
export const NEVER = Number.POSITIVE_INFINITY as Instant;

/** Makes an instant of a number, for clocks and tests. */
export const instant = (milliseconds: number): Instant => milliseconds as Instant;
/** Makes a wall time of a number. */
export const wallTime = (epochMilliseconds: number): WallTime => epochMilliseconds as WallTime;
/** Makes a duration of a number of milliseconds. */
export const milliseconds = (count: number): Duration => count as Duration;
/** Makes a duration of a number of seconds. */
export const seconds = (count: number): Duration => (count * 1000) as Duration;
/** Makes a duration of a number of minutes. */
export const minutes = (count: number): Duration => (count * 60_000) as Duration;
/** Makes a duration of a number of days. */
export const days = (count: number): Duration => (count * 86_400_000) as Duration;

const UNITS: ReadonlyMap<string, number> = new Map(
  Object.entries({ ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }),
);

/** Reads `500ms`, `30s`, `2m`, `1.5h`, `1d`. `undefined` if the text is no duration. */
export const parseDuration = (text: string): Duration | undefined => {
  const [, count, unit = ''] = /^(\d{1,12}(?:\.\d{1,6})?)\s?([a-z]+)$/.exec(text) ?? [];
  const scale = UNITS.get(unit);
  return scale === undefined ? undefined : milliseconds(Math.round(Number(count) * scale));
};

/** For people: `500 ms`, `1.5 s`. */
export const formatDuration = (span: Duration): string => (span < 1000 ? `${span} ms` : `${span / 1000} s`);

/** The instant `span` after `from`. */
export const after = (from: Instant, span: Duration): Instant => (from + span) as Instant;
/** The time from one instant to a later one. */
export const between = (from: Instant, to: Instant): Duration => (to - from) as Duration;

/** A pending call that can be cancelled. Cancelling twice is harmless. */
export interface Timer {
  cancel(): void;
}

/** Converts instants to wall times. */
export interface WallClock {
  /** By the wall clock as it is set now, whatever it was set to then. */
  wallTime(at: Instant): WallTime;
}

/** The process stood still for `slept`, until `now`: it was stopped or frozen, or the machine was stalled. */
export type StandstillListener = (slept: Duration, now: Instant) => void;

/** The only source of time. `now` never steps. `callAt` calls back once, at or soon after `at`. */
export interface Clock extends WallClock {
  now(): Instant;
  callAt(at: Instant, callback: () => void): Timer;
  /**
   * Calls `listener` after the process stood still, before the first `now` returns: so before anything is handled that
   * came meanwhile. Returns the function that ends this.
   */
  onStandstill(listener: StandstillListener): () => void;
}

/** The instant at which the wall clock, as it is set now, showed or will show `wall`. */
export const instantOf = (clock: Clock, wall: WallTime): Instant => {
  const now = clock.now();
  return instant(now + (wall - clock.wallTime(now)));
};

/** Within this interval the wall clock is read only once. */
const RECENT = milliseconds(100);

/**
 * `clock.wallTime` for instants of the last moment, for writers of thousands of them a second: reads the wall clock at
 * most ten times a second.
 */
export const recentWallTime = (clock: WallClock): ((at: Instant) => WallTime) => {
  let ahead = 0;
  let askAgainAt = instant(Number.NEGATIVE_INFINITY);
  return (at) => {
    if (at >= askAgainAt) {
      ahead = clock.wallTime(at) - at;
      askAgainAt = after(at, RECENT);
    }
    return wallTime(at + ahead);
  };
};

/** The `Date` of a wall time. There is none of an `Instant`. */
export const dateOf = (wall: WallTime): Date => new Date(wall);

/** The first moment of a year in UTC. */
export const startOfYear = (year: number): WallTime => wallTime(Date.UTC(year, 0, 1));

/** Reads ISO 8601, or the date of an HTTP or SIP header. `undefined` if the text is neither. */
export const parseWallTime = (text: string): WallTime | undefined => {
  const found = Date.parse(text);
  return Number.isNaN(found) ? undefined : wallTime(found);
};
