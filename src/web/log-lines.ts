// The newest lines of the log in memory, and which of them are shown.

import type { LogLineJson } from '../http/api/fleet-shapes.js';
import { epochOf } from './times.js';

/** Lines that are kept. */
export const MOST_KEPT = 5_000;

/**
 * The row of the newest line that is not later than `at`, of lines with the newest first. `at` is in milliseconds since the Unix
 * epoch. `undefined`: every line is later.
 */
export const rowAt = (lines: readonly LogLineJson[], at: number): number | undefined => {
  const row = lines.findIndex((line) => epochOf(line.at) <= at);
  return row < 0 ? undefined : row;
};

/** `bad`: only what went wrong; `told`: no lines that a terminal shows faintly; `all`. */
export type LogLevel = 'all' | 'told' | 'bad';

/** Adds lines and drops the oldest ones beyond `MOST_KEPT`. */
export const withLines = (kept: readonly LogLineJson[], more: readonly LogLineJson[]): readonly LogLineJson[] =>
  [...kept, ...more].slice(-MOST_KEPT);

const LEVELS: Readonly<Record<LogLevel, (tone: LogLineJson['tone']) => boolean>> = {
  all: () => true,
  told: (tone) => tone !== 'quiet',
  bad: (tone) => tone === 'bad',
};

/** The lines of a level that have every word of the filter in their text, type or subject. */
export const filteredLines = (
  lines: readonly LogLineJson[],
  filter: string,
  level: LogLevel,
): readonly LogLineJson[] => {
  const words = filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  return lines.filter(({ tone, type, about, text }) => {
    if (!LEVELS[level](tone)) return false;
    const haystack = `${type}\n${about}\n${text}`.toLowerCase();
    return words.every((word) => haystack.includes(word));
  });
};
