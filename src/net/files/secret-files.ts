// Small files that only their owner may read: keys and certificates.

import { readFileSync } from 'node:fs';
import { replaceFile } from './write-all.js';

/** `undefined` where it is not there or may not be read. */
export const readSecret = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};

/** Whole or not at all. */
export const writeSecret = (path: string, text: string): void => {
  replaceFile(path, text, 0o600);
};
