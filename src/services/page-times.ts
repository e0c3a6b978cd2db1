// Times as pages show them: of the zone that the phones are told.

import { type Clock, dateOf, type Instant } from '../core/time.js';

/** Writes an instant as `12:03`, or as `30 Nov` where that is not today. An unknown zone counts as UTC. */
export const pageTimes = (clock: Clock, timeZone: string): ((at: Instant) => string) => {
  const zone = isZone(timeZone) ? timeZone : 'UTC';
  const time = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' });
  const day = new Intl.DateTimeFormat('en-GB', { timeZone: zone, day: 'numeric', month: 'short' });
  return (at) => {
    const date = dateOf(clock.wallTime(at));
    const today = day.format(dateOf(clock.wallTime(clock.now())));
    const written = day.format(date);
    return written === today ? time.format(date) : written;
  };
};

const isZone = (timeZone: string): boolean => {
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone });
    return true;
  } catch {
    return false;
  }
};
