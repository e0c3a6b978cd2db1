// Writes events as JSON octets.

import type { BusEvent } from '../core/event-bus.js';
import type { WallTime } from '../core/time.js';
import { WIDEST } from './line.js';

const QUOTE = 0x22;
const COMMA = 0x2c;
const ZERO = 0x30;
const BACKSLASH = 0x5c;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

/** Field names with quotes and colon. Events have some hundreds; peers can add more, for example in alarms. */
const NAMES = new Map<string, Buffer>();
const MOST_NAMES = 2000;

/**
 * Writes a value without functions at `at` as `JSON.stringify` would, in UTF-8, and returns where it ends. If the end
 * lies behind that of `bytes`, the value did not fit and is not complete.
 *
 * @hot `JSON.stringify` makes strings that are joined and copied; they were 22 % of what a daemon under mixed load
 * allocates (decision 17). Held against `JSON.stringify` by `test/trace/json.test.ts`.
 */
export const writeJson = (bytes: Buffer, at: number, value: unknown): number => {
  switch (typeof value) {
    case 'string':
      return writeString(bytes, at, value);
    case 'number':
      return Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0)
        ? writeCount(bytes, at, value)
        : writeText(bytes, at, JSON.stringify(value));
    case 'object':
      if (Array.isArray(value)) return writeArray(bytes, at, value);
      if (value !== null && !('toJSON' in value))
        return writeFields(bytes, at, value as Readonly<Record<string, unknown>>);
  }
  return writeText(bytes, at, JSON.stringify(value) ?? 'null');
};

/** The same for an event, with the wall time as its `at`. */
export const writeEvent = (bytes: Buffer, at: number, event: BusEvent, wall: WallTime): number =>
  writeFields(bytes, at, event as unknown as Readonly<Record<string, unknown>>, wall);

/** Text that may not fit is not written: `write` would cut it without an error. */
const writeText = (bytes: Buffer, at: number, text: string): number => {
  const most = WIDEST * text.length;
  return at + (at + most > bytes.length ? most : bytes.write(text, at));
};

const writeString = (bytes: Buffer, at: number, text: string): number => {
  let end = at;
  bytes[end++] = QUOTE;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || code > 0x7e || code === QUOTE || code === BACKSLASH)
      return writeText(bytes, at, JSON.stringify(text));
    bytes[end++] = code;
  }
  bytes[end++] = QUOTE;
  return end;
};

const writeCount = (bytes: Buffer, at: number, count: number): number => {
  let end = at + 1;
  for (let bound = 10; bound <= count; bound *= 10) end += 1;
  let left = count;
  for (let place = end - 1; place >= at; place -= 1) {
    const rest = Math.floor(left / 10);
    bytes[place] = ZERO + (left - rest * 10);
    left = rest;
  }
  return end;
};

const writeArray = (bytes: Buffer, at: number, values: readonly unknown[]): number => {
  let end = at;
  bytes[end++] = OPENING_BRACKET;
  for (let index = 0; index < values.length; index += 1) {
    if (index > 0) bytes[end++] = COMMA;
    end = writeJson(bytes, end, values[index]);
  }
  bytes[end++] = CLOSING_BRACKET;
  return end;
};

const writeFields = (bytes: Buffer, at: number, fields: Readonly<Record<string, unknown>>, wall?: WallTime): number => {
  let end = at;
  bytes[end++] = OPENING_BRACE;
  for (const name in fields) {
    const value = wall !== undefined && name === 'at' ? wall : fields[name];
    if (value === undefined) continue;
    if (end > at + 1) bytes[end++] = COMMA;
    end = writeJson(bytes, writeName(bytes, end, name), value);
  }
  bytes[end++] = CLOSING_BRACE;
  return end;
};

const writeName = (bytes: Buffer, at: number, name: string): number => {
  const octets = octetsOf(name);
  for (let index = 0; index < octets.length; index += 1) bytes[at + index] = octets[index] as number;
  return at + octets.length;
};

const octetsOf = (name: string): Buffer => {
  const known = NAMES.get(name);
  if (known !== undefined) return known;
  const octets = Buffer.from(`${JSON.stringify(name)}:`);
  if (NAMES.size >= MOST_NAMES) NAMES.clear();
  NAMES.set(name, octets);
  return octets;
};
