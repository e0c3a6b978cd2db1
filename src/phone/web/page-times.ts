// Times as the pages of phones write them. A simulated phone has no time zone: it shows UTC.

import { dateOf, type WallTime } from '../../core/time.js';

/** The zone of all these times. */
export const ZONE = 'Etc/UTC';

const two = (number: number): string => String(number).padStart(2, '0');

const parts = (at: WallTime): { readonly hour: number; readonly rest: string; readonly half: 'a' | 'p' } => {
  const date = dateOf(at);
  const hours = date.getUTCHours();
  return {
    hour: hours % 12 || 12,
    rest: `${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`,
    half: hours < 12 ? 'a' : 'p',
  };
};

/** `3:21:34pm` */
export const clockTime = (at: WallTime): string => {
  const { hour, rest, half } = parts(at);
  return `${hour}:${rest}${half}m`;
};

/** `3:21:34p`, as 79xx write it before a message. */
export const shortTime = (at: WallTime): string => clockTime(at).slice(0, -1);

/** `07/12/26`: month, day, year. */
export const clockDate = (at: WallTime): string => {
  const date = dateOf(at);
  return [date.getUTCMonth() + 1, date.getUTCDate(), date.getUTCFullYear() % 100].map(two).join('/');
};

/** `03:21:34pm 07/12/26`, as newer phones write it before a message. */
export const longTime = (at: WallTime): string => `${clockTime(at).padStart(10, '0')} ${clockDate(at)}`;
