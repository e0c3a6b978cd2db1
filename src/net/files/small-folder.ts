// Reads the files of a small folder as a whole.

import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The files that stand in a folder, by their names; empty where there is no such folder. A file of more than `limit` octets
 * is left out.
 */
export const readSmallFolder = async (path: string, limit: number): Promise<ReadonlyMap<string, Buffer>> => {
  const files = new Map<string, Buffer>();
  for (const name of (await readdir(path).catch(() => [])).sort()) {
    const file = join(path, name);
    const found = await stat(file);
    if (found.isFile() && found.size <= limit) files.set(name, await readFile(file));
  }
  return files;
};
