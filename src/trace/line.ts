// The form of a CUCM trace line: `MM/DD/YYYY HH:MM:SS.mmm COMPONENT|text`, in local time. What the lines say is in
// `lines/`.

import { dateOf, type WallTime } from '../core/time.js';
import { LEVELS } from './levels.js';
import type { Tail } from './row.js';

const MILLISECONDS = Array.from({ length: 1000 }, (_, count) => String(count).padStart(3, '0'));

const two = (count: number): string => String(count).padStart(2, '0');

/** Local time in two forms. */
export interface Stamp {
  /** `01/14/2011 16:17:11.806`. */
  full(at: WallTime): string;
  /** `16:17:11`. */
  clock(at: WallTime): string;
}

/**
 * Formats local time.
 *
 * @hot Computes date and time only once a second, since thousands of lines may come in one.
 */
export const localStamp = (): Stamp => {
  let second = Number.NaN;
  let start = '';
  let time = '';
  const turn = (at: WallTime): void => {
    const current = Math.floor(at / 1000);
    if (current === second) return;
    second = current;
    const date = dateOf(at);
    const day = `${two(date.getMonth() + 1)}/${two(date.getDate())}/${date.getFullYear()}`;
    time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
    start = `${day} ${time}.`;
  };
  return {
    full: (at) => {
      turn(at);
      return `${start}${MILLISECONDS[Math.floor(at) - second * 1000] ?? '000'}`;
    },
    clock: (at) => {
      turn(at);
      return time;
    },
  };
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\x00-\x1f\x7f-\x9f\u2028\u2029]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\x00-\x1f\x7f-\x9f\u2028\u2029]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS_OF_A_BODY = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]/g;

const escaped = (character: string): string => {
  const code = character.charCodeAt(0);
  return code > 0xff ? `\\u${code.toString(16)}` : `\\x${code.toString(16).padStart(2, '0')}`;
};

/** Text as one line, control characters escaped: a peer can neither forge a line nor send commands to a terminal. */
export const printable = (text: string): string => (CONTROL.test(text) ? text.replace(CONTROLS, escaped) : text);

/**
 * Text with its line breaks, as LF; other control characters are escaped. A line that begins with a date, as trace
 * lines do, gets a blank before it, so that a peer cannot forge a trace line.
 */
export const printableBody = (text: string): string =>
  CONTROL.test(text)
    ? text
        .replace(/\r\n/g, '\n')
        .replace(/\n(?=\d\d\/\d\d\/\d{4} )/g, '\n ')
        .replace(CONTROLS_OF_A_BODY, escaped)
    : text;

export const LINE_FEED = 0x0a;

/** Octets that UTF-8 needs at most for a UTF-16 code unit. */
export const WIDEST = 3;

/**
 * The same for UTF-8 octets in place. Returns where the text between `from` and `to` ends now, or `undefined` if a
 * character must be escaped or a blank added.
 *
 * @hot Nearly no line has such a character, and without one no string is made. Held against `printable` and
 * `printableBody` by `test/trace/line.test.ts`.
 */
export const escapeInPlace = (bytes: Buffer, from: number, to: number, isBody: boolean): number | undefined => {
  let end = from;
  for (let at = from; at < to; at += 1) {
    const octet = bytes[at] as number;
    if (octet < 0x20 || octet >= 0x7f) {
      if (isBody && octet === CARRIAGE_RETURN && bytes[at + 1] === LINE_FEED && at + 1 < to) continue;
      if (!(isBody && octet === LINE_FEED)) {
        if (isControl(bytes, at)) return undefined;
      } else if (beginsLikeOurs(bytes, at + 1, to)) return undefined;
    }
    if (end !== at) bytes[end] = octet;
    end += 1;
  }
  return end;
};

const CARRIAGE_RETURN = 0x0d;
const SLASH = 0x2f;
const DATE = /^\d\d\/\d\d\/\d{4} $/;
const DATE_OCTETS = 11;

/** Whether the line at `at` begins with a date, as each trace line does. */
const beginsLikeOurs = (bytes: Buffer, at: number, to: number): boolean =>
  bytes[at + 2] === SLASH && at + DATE_OCTETS <= to && DATE.test(bytes.toString('latin1', at, at + DATE_OCTETS));

/** U+0000 to U+001F, U+007F to U+009F, U+2028 and U+2029, each known by its first octet. */
const isControl = (bytes: Buffer, at: number): boolean => {
  const octet = bytes[at] as number;
  if (octet < 0x80) return octet < 0x20 || octet === 0x7f;
  const second = bytes[at + 1] ?? 0;
  if (octet === 0xc2) return second < 0xa0;
  return octet === 0xe2 && second === 0x80 && ((bytes[at + 2] ?? 0) & 0xfe) === 0xa8;
};

/** Makes the tails of the lines of one node. Their `<CT::…>` counts them. */
export const tailOf = (cluster: string, node: string): Tail => {
  const start = `|<CLID::${cluster}><NID::${node}><CT::1,100,39,1.`;
  let count = 0;
  return ({ address, device }, level, mask) => {
    count += 1;
    const number = mask.toString(16).toUpperCase().padStart(4, '0');
    return `${start}${count}><IP::${address}><DEV::${device}><LVL::${LEVELS[level].label}><MASK::${number}>`;
  };
};

/** `0x` and lower-case hexadecimal, as CUCM prints an object's address. */
export const handle = (number: number): string => `0x${number.toString(16)}`;
