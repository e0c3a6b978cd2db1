// Times as people read them, in the zone of the browser.

const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const DAY = new Intl.DateTimeFormat('en-CA', { year: 'numeric', month: '2-digit', day: '2-digit' });
const LONG_AGO = 20 * 3_600_000; // milliseconds

/** `10:02:14`; `2026-11-25 10:02:14` if it is not of today. `now` in milliseconds since the Unix epoch. */
export const shownTime = (at: number, now: number): string =>
  Math.abs(now - at) < LONG_AGO ? CLOCK.format(at) : `${DAY.format(at)} ${CLOCK.format(at)}`;

/** The same of a time of the API; `–`: none. */
export const shownIso = (at: string | null | undefined, now: number): string =>
  at === null || at === undefined ? '–' : shownTime(epochOf(at), now);

/** Milliseconds since the Unix epoch of an ISO time. */
export const epochOf = (at: string): number => Date.parse(at);

/** The ISO time of milliseconds since the Unix epoch, in UTC. */
export const isoOf = (at: number): string => new Date(at).toISOString();

/** `10:02:14.123`. */
export const shownFine = (at: number): string =>
  `${CLOCK.format(at)}.${String(Math.floor(at) % 1000).padStart(3, '0')}`;

/** The time of day in milliseconds since the Unix epoch. */
export const nowOfBrowser = (): number => Date.now();

const DAY_LENGTH = 86_400_000; // milliseconds

/**
 * The end of the second of a time of day such as `10:02` or `10:02:14`, in milliseconds since the Unix epoch: the last one that
 * has been. `undefined`: it is no time of day.
 */
export const timeOfDay = (written: string, now: number): number | undefined => {
  const [, hours, minutes, seconds = '59'] = /^(\d\d?):(\d\d)(?::(\d\d))?$/.exec(written.trim()) ?? [];
  if (hours === undefined) return undefined;
  const today = new Date(now).setHours(Number(hours), Number(minutes), Number(seconds), 999);
  return today - now > 60_000 ? today - DAY_LENGTH : today;
};

/** `12,403`. */
export const counted = (count: number): string => count.toLocaleString('en-US');
