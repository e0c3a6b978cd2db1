// Differences between tapes, for people.

import type { TapeDifference } from '../tapes/compare-messages.js';
import type { BootDifference } from '../tapes/compare-tapes.js';
import { printable } from '../trace/line.js';
import type { CliEnvironment } from './environment.js';
import { type Colour, painter, table } from './table.js';

const WIDEST = 48;

/** A value that fits into a column; `-`: there is none. */
const shown = (value: string | undefined): string => {
  if (value === undefined) return '-';
  const text = printable(value);
  return text.length > WIDEST ? `${text.slice(0, WIDEST)}…` : text;
};

const COLOURS: Readonly<Record<TapeDifference['kind'], Colour>> = {
  missing: 'red',
  extra: 'yellow',
  changed: 'yellow',
};
const SECOND_DIGITS = 3;

/** What a daemon says otherwise than the tape has it, one line each. */
export const replayTable = (environment: CliEnvironment, differences: readonly TapeDifference[]): string => {
  const paint = painter(environment);
  return table(
    ['AT', 'PROTOCOL', 'WHAT', 'MESSAGE', 'FIELD', 'TAPE', 'NOW'],
    differences.map(({ at, protocol, kind, about, field, first, second }) => [
      (at / 1000).toFixed(SECOND_DIGITS),
      protocol.toUpperCase(),
      paint(kind, COLOURS[kind]),
      shown(about),
      field ?? '-',
      kind === 'changed' ? shown(first) : kind === 'missing' ? 'there' : '-',
      kind === 'changed' ? shown(second) : kind === 'extra' ? 'there' : '-',
    ]),
  );
};

/** What differs between two tapes, one line each. */
export const differenceTable = (
  environment: CliEnvironment,
  differences: readonly BootDifference[],
  names: readonly [first: string, second: string],
): string => {
  const paint = painter(environment);
  return table(
    ['ABOUT', 'WHAT', ...names.map(shown)],
    differences.map(({ topic, name, first, second }) => [
      topic,
      shown(name),
      paint(shown(first), first === undefined ? 'red' : second === undefined ? 'green' : 'yellow'),
      paint(shown(second), second === undefined ? 'red' : first === undefined ? 'green' : 'yellow'),
    ]),
  );
};
