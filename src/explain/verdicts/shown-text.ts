// Text of peers as people may see it: on a terminal, in a page, in a comment of a capture.

import { dateOf, type WallTime } from '../../core/time.js';

/** Control characters, line ends, halves of characters, and the marks that turn the direction of writing (Unicode UAX #9). */
const UNSAFE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;

/** The text on one line, with every character that could change how it is read as `\u{…}`. */
export const shown = (text: string): string =>
  text.replace(UNSAFE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16).toUpperCase()}}`);

const LONGEST_QUOTED = 48;

/** A value that a phone chose, quoted and cut to what fits into a sentence. */
export const quoted = (value: string): string => {
  const text = value.length <= LONGEST_QUOTED ? value : `${value.slice(0, LONGEST_QUOTED - 1)}…`;
  return `"${shown(text).replaceAll('"', "'")}"`;
};

const DAY = 86_400_000;
const two = (number: number): string => String(number).padStart(2, '0');

/** The local time of day, with the date where it is more than half a day away from `now`. */
export const timeText = (at: WallTime, now: WallTime): string => {
  const date = dateOf(at);
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  return Math.abs(now - at) < DAY / 2 ? time : `${dayText(at)} ${time}`;
};

/** The local date. */
export const dayText = (at: WallTime): string => {
  const date = dateOf(at);
  return [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
};

/** A span as people say it: `40 s`, `5 min`, `3 h`, `2 days`. */
export const spanText = (milliseconds: number): string => {
  const seconds = Math.round(Math.abs(milliseconds) / 1000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
};
