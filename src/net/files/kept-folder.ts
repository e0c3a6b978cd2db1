import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { KeptFolder } from '../ports.js';
import { makeSecretDirectory, removeSecret, writeSecret } from './secret-files.js';

/** No kept file is larger. */
const MOST_OCTETS = 1_048_576;

/** Folders for small secret files below a directory, one for each owner. Nothing is made before something is written. */
export const keptFolder = (directory: string): KeptFolder => {
  const folderOf = (owner: string): string => join(directory, safeName(owner));
  return {
    read: (owner, names) => {
      const folder = folderOf(owner);
      return new Map(
        names.flatMap((name) => {
          const content = readBounded(join(folder, safeName(name)));
          return content === undefined ? [] : [[name, content] as const];
        }),
      );
    },
    write: (owner, name, content) => {
      const folder = folderOf(owner);
      makeSecretDirectory(folder);
      writeSecret(join(folder, safeName(name)), content);
    },
    remove: (owner, name) => removeSecret(join(folderOf(owner), safeName(name))),
  };
};

/** A name that stays within its folder: `.`, `..` and what begins with a dot get an underline before. */
const safeName = (name: string): string => name.replaceAll(/[/\\\0]/g, '_').replace(/^(?=_*\.)/, '_');

/** `undefined`: there is no such file. */
const readBounded = (path: string): Buffer | undefined => {
  const file = opened(path);
  if (file === undefined) return undefined;
  try {
    if (!fstatSync(file).isFile()) return undefined;
    const octets = Buffer.alloc(Math.min(fstatSync(file).size, MOST_OCTETS));
    let length = 0;
    for (let read = -1; read !== 0 && length < octets.length; length += read)
      read = readSync(file, octets, length, octets.length - length, length);
    return octets.subarray(0, length);
  } finally {
    closeSync(file);
  }
};

/** Never waits, as opening a pipe would. */
const opened = (path: string): number | undefined => {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};
