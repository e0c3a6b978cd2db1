// What a bench says while it runs: a line on standard error, so that nobody wonders whether it still does.

import { writeSync } from 'node:fs';

const STDERR = 2;

export const progress = (...words: readonly (string | number)[]): void => {
  writeSync(STDERR, `${new Date().toISOString().slice(11, 19)}   ${words.join(' ')}\n`);
};
