// The files of a few known folders below one: what is listed and opened there is nothing but a regular file that stands in them.

import { constants } from 'node:fs';
import { lstat, open, readdir, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { type WallTime, wallTime } from '../../core/time.js';

/** A file of a folder. */
export interface FolderFile {
  readonly name: string;
  readonly octets: number;
  readonly modifiedAt: WallTime;
}

/** Files of a folder that are looked at. */
const MOST_FILES = 10_000;
const CHUNK = 49_152; // a multiple of 3, for base64

/** The folders below `root`. `undefined`: there is none, so there are no files. */
export class LogFolders {
  readonly #root: string | undefined;

  constructor(root: string | undefined) {
    this.#root = root;
  }

  /** The regular files of a folder in the order of their names; empty where there is no such folder. Never rejects. */
  async list(folder: string): Promise<readonly FolderFile[]> {
    const path = await this.#pathOf(folder);
    if (path === undefined) return [];
    const found: FolderFile[] = [];
    for (const name of (await readdir(path).catch(() => [])).sort().slice(0, MOST_FILES)) {
      const about = await lstat(join(path, name)).catch(() => undefined);
      if (about?.isFile() === true)
        found.push({ name, octets: about.size, modifiedAt: wallTime(Math.floor(about.mtimeMs)) });
    }
    return found;
  }

  /** The octets that a file has now, in chunks. `undefined`: there is no such regular file in the folder. */
  async read(folder: string, name: string): Promise<AsyncIterable<Buffer> | undefined> {
    const path = await this.#pathOf(folder);
    if (path === undefined || name.includes('/') || name.includes('\0') || name.startsWith('.')) return undefined;
    const whole = join(path, name);
    const opened = await openRegular(whole);
    // Nothing stays open for a client that goes away before it reads.
    await opened?.file.close();
    return opened === undefined ? undefined : chunksOf(whole);
  }

  /** A folder that is a link out of the root is none. */
  async #pathOf(folder: string): Promise<string | undefined> {
    if (this.#root === undefined) return undefined;
    try {
      const root = await realpath(this.#root);
      const path = await realpath(join(root, folder));
      return path === root || path.startsWith(`${root}${sep}`) ? path : undefined;
    } catch {
      return undefined;
    }
  }
}

// Not a link to a file elsewhere; and the open of a pipe must not wait.
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

const openRegular = async (path: string) => {
  const file = await open(path, FLAGS).catch(() => undefined);
  if (file === undefined) return undefined;
  const about = await file.stat();
  if (about.isFile()) return { file, octets: about.size };
  await file.close();
  return undefined;
};

/** Opens the file when it is read from. Throws where it has gone meanwhile. */
async function* chunksOf(path: string): AsyncGenerator<Buffer> {
  const opened = await openRegular(path);
  if (opened === undefined) throw new Error('the file has gone');
  const { file, octets } = opened;
  try {
    for (let at = 0; at < octets; ) {
      const length = Math.min(CHUNK, octets - at);
      const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}
