// The captured fixtures, which the project does not carry: found by LABCM_FIXTURES, skipped by name without it.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from 'vitest';

const folder = process.env.LABCM_FIXTURES;

/** A `describe` for tests against captured fixtures. Skips, saying why, where LABCM_FIXTURES is not set. */
export const describeCaptured = (title: string, body: () => void): void => {
  if (folder === undefined) describe.skip(`${title} (skipped: LABCM_FIXTURES is not set)`, () => {});
  else describe(title, body);
};

const pathOf = (path: string): string => {
  if (folder === undefined) throw new Error('LABCM_FIXTURES is not set');
  return join(folder, path);
};

export const capturedBytes = (path: string): Buffer => readFileSync(pathOf(path));
export const capturedText = (path: string): string => readFileSync(pathOf(path), 'utf8');
export const capturedJson = <T>(path: string): T => JSON.parse(capturedText(path)) as T;
export const capturedHex = (path: string): Buffer => Buffer.from(capturedText(path).replace(/\s+/g, ''), 'hex');
/** File names below a folder of the fixtures, sorted. */
export const capturedNames = (path: string): string[] => readdirSync(pathOf(path)).sort();
