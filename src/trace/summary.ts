import type { WallTime } from '../core/time.js';
import { printable, type Stamp } from './line.js';
import type { SummaryLine } from './row.js';

// ECMA-48 SGR.
const COLOURS = { good: '\u001b[32m', bad: '\u001b[31m', plain: '', quiet: '\u001b[2m' } as const;
const RESET = '\u001b[0m';
const LONGEST_NAME = 15;

/** A line of the `summary` console, for a person who watches: `16:17:11  ipctest2         registered over SCCP …`. */
export const summaryLine = (stamp: Stamp, at: WallTime, summary: SummaryLine, colour: boolean): string => {
  const { tone, about, text } = summary;
  const line = printable(`${stamp.clock(at)}  ${about.padEnd(LONGEST_NAME)}  ${text}`);
  const start = colour ? COLOURS[tone] : '';
  return start === '' ? line : `${start}${line}${RESET}`;
};
