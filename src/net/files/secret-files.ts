// Small files that only their owner may read: keys and certificates.

import { readFileSync } from 'node:fs';
import { replaceFile } from './write-all.js';

/** `undefined` if the file does not exist or cannot be read. */
export const readSecret = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};

/** Writes the file as a whole or not at all. Throws a `NodeJS.ErrnoException`. */
export const writeSecret = (path: string, text: string): void => {
  replaceFile(path, text, 0o600);
};
