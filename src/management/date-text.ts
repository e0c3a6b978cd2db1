import { dateOf, type WallTime } from '../core/time.js';

/** `Mon Jan  1 00:00:00 2024`, as C's `ctime` writes it; in UTC. */
export const dateText = (at: WallTime): string => {
  const [weekday = '', day = '', month = '', year = '', time = ''] = dateOf(at)
    .toUTCString()
    .replace(',', '')
    .split(' ');
  return `${weekday} ${month} ${day.replace(/^0/, ' ')} ${time} ${year}`;
};
