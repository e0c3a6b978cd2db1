// A user in the configuration whose password stands in a file of its own.

import { resolve } from 'node:path';
import type { UserPassword } from '../core/credential-check.js';
import type { KeyProblem } from './key-problem.js';
import type { Path } from './yaml-source.js';

/** A small secret file, or why it cannot be read. */
export type SecretText = { readonly text: string } | { readonly found: string; readonly wanted: string };

/** As they are written. */
export interface WrittenCredentials {
  readonly user: string;
  readonly passwordFile: string;
}

const LEAST_PASSWORD = 8;
const MOST_PASSWORD = 128;

/**
 * The credentials with the password from its file, or what is wrong with it. `section`: where they stand. `undefined`: none
 * are configured.
 */
export const readCredentials = async (
  section: Path,
  written: WrittenCredentials | undefined,
  directory: string,
  secret: ((file: string) => Promise<SecretText>) | undefined,
): Promise<UserPassword | KeyProblem | undefined> => {
  if (written === undefined || secret === undefined) return undefined;
  const key = [...section, 'passwordFile'];
  const { user, passwordFile } = written;
  const read = await secret(resolve(directory, passwordFile));
  if (!('text' in read)) return [key, `${JSON.stringify(passwordFile)}: ${read.found}`, read.wanted];
  const [line = ''] = read.text.split('\n', 1);
  const password = line.trim();
  if (password.length < LEAST_PASSWORD || password.length > MOST_PASSWORD)
    return [key, `a password of ${password.length} characters`, `${LEAST_PASSWORD} to ${MOST_PASSWORD}`];
  return password === user ? [key, 'a password that is the user', 'another one'] : { user, password };
};

/** Whether the result is a problem. */
export const isProblem = (found: UserPassword | KeyProblem | undefined): found is KeyProblem => Array.isArray(found);
