// What time is, for every engine: instants and durations as branded numbers, and the clock that is given to it.
// Nothing here reads the time of day; `net/system-clock.ts` does. An instant is for measuring and never steps; a wall time
// is for people, disks and peers, and steps whenever somebody sets the machine's clock.

/**
 * A point in time on the monotonic clock of this process, in whole milliseconds. It means nothing outside the process: what
 * leaves it is a `WallTime`.
 */
export type Instant = number & { readonly __brand: 'Instant' };

/** What the wall clock shows at a point in time: milliseconds since the Unix epoch. No duration is measured by it. */
export type WallTime = number & { readonly __brand: 'WallTime' };

/** A length of time: milliseconds. */
export type Duration = number & { readonly __brand: 'Duration' };

/** An instant that does not come. */
export const NEVER = Number.POSITIVE_INFINITY as Instant;

export const instant = (milliseconds: number): Instant => milliseconds as Instant;
export const wallTime = (epochMilliseconds: number): WallTime => epochMilliseconds as WallTime;
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
export const formatDuration = (span: Duration): string => (span < 1000 ? `${span} ms` : `${span / 1000} s`);

export const after = (from: Instant, span: Duration): Instant => (from + span) as Instant;
export const between = (from: Instant, to: Instant): Duration => (to - from) as Duration;

/** A pending alarm that can be called off. Cancelling twice is harmless. */
export interface Timer {
  cancel(): void;
}

/** Tells what time of day an instant was or will be. */
export interface WallClock {
  /** By the wall clock as it is set now, whatever it was set to then. */
  wallTime(at: Instant): WallTime;
}

/** The process stood still for `slept`, until `now`: it was stopped or frozen, or the machine was stalled. */
export type StandstillListener = (slept: Duration, now: Instant) => void;

/** The only source of time. `now` never steps; `wake` calls back once, at or soon after `at`. */
export interface Clock extends WallClock {
  now(): Instant;
  callAt(at: Instant, callback: () => void): Timer;
  /**
   * Calls `listener` once the process has stood still, before whoever asks for the time first is given it: so before
   * anything that came meanwhile is taken. Returns how to stop that.
   */
  onStandstill(listener: StandstillListener): () => void;
}

/** The instant at which the wall clock, as it is set now, showed or will show `wall`: the other way round. */
export const instantOf = (clock: Clock, wall: WallTime): Instant => {
  const now = clock.now();
  return instant(now + (wall - clock.wallTime(now)));
};

/** An interval of instants that is so short that the wall clock need not be asked twice in it. */
const RECENT = milliseconds(100);

/**
 * `clock.wallTime` for instants that are now or a moment ago, for what writes thousands of them a second: the wall clock is
 * asked ten times a second at most.
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

/** For `Date`'s calendar. The only way from a time of this program to one: an `Instant` is no `WallTime`. */
export const dateOf = (wall: WallTime): Date => new Date(wall);

/** Its first moment in UTC. */
export const startOfYear = (year: number): WallTime => wallTime(Date.UTC(year, 0, 1));

/** ISO 8601, or the date of an HTTP or SIP header. `undefined` where the text is none. */
export const parseWallTime = (text: string): WallTime | undefined => {
  const found = Date.parse(text);
  return Number.isNaN(found) ? undefined : wallTime(found);
};
