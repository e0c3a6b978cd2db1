import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { KeptFolder } from '../ports.js';
import { makeSecretDirectory, removeSecret, writeSecret } from './secret-files.js';

/** No kept file is larger. */
const MOST_OCTETS = 1_048_576;
/** A folder of one owner has a few; more are left out. */
const MOST_FILES = 32;

/** Folders for small secret files below a directory, one for each owner. Nothing is made before something is written. */
export const keptFolder = (directory: string): KeptFolder => {
  const folderOf = (owner: string): string => join(directory, safeName(owner));
  return {
    read: (owner) => {
      const folder = folderOf(owner);
      return new Map(filesIn(folder).map((name) => [name, readBounded(join(folder, name))] as const));
    },
    write: (owner, name, content) => {
      const folder = folderOf(owner);
      makeSecretDirectory(folder);
      writeSecret(join(folder, safeName(name)), content);
    },
    remove: (owner, name) => {
      const folder = folderOf(owner);
      for (const file of name === undefined ? filesIn(folder) : [safeName(name)]) removeSecret(join(folder, file));
    },
  };
};

/** A name that stays within its folder: `.`, `..` and what begins with a dot get an underline before. */
const safeName = (name: string): string => name.replaceAll(/[/\\\0]/g, '_').replace(/^(?=_*\.)/, '_');

const filesIn = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
      .map(({ name }) => name)
      .sort()
      .slice(0, MOST_FILES);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
};

const readBounded = (path: string): Buffer => {
  const file = openSync(path, 'r');
  try {
    const octets = Buffer.alloc(Math.min(fstatSync(file).size, MOST_OCTETS));
    let length = 0;
    for (let read = -1; read !== 0 && length < octets.length; length += read)
      read = readSync(file, octets, length, octets.length - length, length);
    return octets.subarray(0, length);
  } finally {
    closeSync(file);
  }
};
