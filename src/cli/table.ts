// Aligned columns, colours and times for output on a terminal.

import { stripVTControlCharacters } from 'node:util';
import { dateOf, parseWallTime } from '../core/time.js';
import type { CliEnvironment } from './environment.js';

/** Aligns rows in columns. The last column is not padded. */
export const table = (header: readonly string[], rows: readonly (readonly string[])[]): string => {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => widthOf(row[column] ?? ''))));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - widthOf(cell))))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};

/** The width on a terminal, without colour codes. */
const widthOf = (text: string): number => [...stripVTControlCharacters(text)].length;

const CODES = { green: 32, yellow: 33, red: 31, dim: 2 } as const;
/** The colours that commands use. */
export type Colour = keyof typeof CODES;

/** Makes a function that colours text: only on a terminal, and not if NO_COLOR is set (no-color.org). */
export const painter = ({
  stdout,
  variables: environment,
}: CliEnvironment): ((text: string, colour: Colour | undefined) => string) => {
  const wanted = stdout.isTTY === true && (environment.NO_COLOR ?? '') === '' && environment.TERM !== 'dumb';
  return (text, colour) => (wanted && colour !== undefined ? `\u001b[${CODES[colour]}m${text}\u001b[0m` : text);
};

/** An ISO time as local time, to the second; `-` for `null`. */
export const localTime = (iso: string | null): string => {
  if (iso === null) return '-';
  const wall = parseWallTime(iso);
  if (wall === undefined) return iso;
  const at = dateOf(wall);
  const two = (number: number): string => String(number).padStart(2, '0');
  const date = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-');
  return `${date} ${[at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':')}`;
};
