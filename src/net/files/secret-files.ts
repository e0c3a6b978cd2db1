// Small files that only their owner may read: keys and certificates.

import { chmodSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { replaceFile, replaceFileLater } from './write-all.js';

/** `undefined` if the file does not exist or cannot be read. */
export const readSecret = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};

/** The same for a file that is no text. */
export const readOctets = (path: string): Buffer | undefined => {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
};

/** Writes the file as a whole or not at all. Throws a `NodeJS.ErrnoException`. `isPublic`: others may read it, too. */
export const writeSecret = (path: string, content: string | Buffer, isPublic = false): void => {
  replaceFile(path, content, isPublic ? 0o644 : 0o600);
};

/** Writes a file that others may read, too, as a whole or not at all, while the process does other things. Rejects as that throws. */
export const writePublicLater = (path: string, content: string): Promise<void> =>
  replaceFileLater(path, content, 0o644);

/** The names of what is in a directory, sorted; empty if it cannot be read. */
export const namesIn = (directory: string): readonly string[] => {
  try {
    return readdirSync(directory).sort();
  } catch {
    return [];
  }
};

/** Removes a file, if it is there. Throws a `NodeJS.ErrnoException`. */
export const removeSecret = (path: string): void => rmSync(path, { force: true });

/** The same while the process does other things. */
export const removeLater = (path: string): Promise<void> => rm(path, { force: true });

/** The files of a directory whose names end so: their names without that, and their texts. Empty if there is no such directory. */
export const secretsIn = (
  directory: string,
  ending: string,
): readonly { readonly name: string; readonly text: string }[] => {
  if (!isThere(directory)) return [];
  return readdirSync(directory).flatMap((file) => {
    const text = file.endsWith(ending) ? readSecret(join(directory, file)) : undefined;
    return text === undefined ? [] : [{ name: file.slice(0, -ending.length), text }];
  });
};

/** Whether there is anything at the path, readable or not. */
export const isThere = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;

/** Makes a directory that only its owner may enter, or makes an existing one so. Throws a `NodeJS.ErrnoException`. */
export const makeSecretDirectory = (path: string): void => {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  chmodSync(path, 0o700);
};

/** The mode of a file that others than its owner may read, such as `0644`. `undefined`: nobody else may, or it is not there. */
export const looseModeOf = (path: string): string | undefined => {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode;
  return mode === undefined || (mode & 0o077) === 0 ? undefined : (mode & 0o777).toString(8).padStart(4, '0');
};

/** Whether a path is a directory, or lies in it, once all links are followed. Neither needs to exist. */
export const liesWithin = (path: string, directory: string): boolean => {
  const [inner, outer] = [real(path), real(directory)];
  return inner === outer || inner.startsWith(outer.endsWith(sep) ? outer : outer + sep);
};

/** The path with its links followed, as far as it exists. */
const real = (path: string): string => {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(real(parent), path.slice(parent.length).replace(/^[/\\]+/, ''));
  }
};
