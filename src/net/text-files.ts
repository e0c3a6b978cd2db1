// Text that an owner wrote: configurations and lists of devices, whole or piece by piece. It knows no syntax.

import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';

/** Why a file cannot be read, and what is wanted instead. */
export class UnreadableFile extends Error {
  override readonly name = 'UnreadableFile';
  readonly code = 'UNREADABLE_FILE';
  readonly found: string;
  readonly wanted: string;

  constructor(path: string, found: string, wanted: string) {
    super(`${path}: found ${found}, wanted ${wanted}`);
    this.found = found;
    this.wanted = wanted;
  }
}

/** The whole of a file of at most `limit` octets, without a byte order mark. Rejects with `UnreadableFile`. */
export const readText = async (path: string, limit: number): Promise<string> => {
  try {
    const file = await open(path);
    try {
      const found = await file.stat();
      if (found.isDirectory()) throw new UnreadableFile(path, 'a directory', 'a file');
      const { size } = found;
      if (size > limit) throw new UnreadableFile(path, `${size} octets`, `at most ${limit}`);
      return decoder().decode(await file.readFile());
    } finally {
      await file.close();
    }
  } catch (error) {
    throw unreadable(path, error);
  }
};

/** A file of any length in pieces, cut anywhere between characters. Rejects with `UnreadableFile`. */
export async function* textPieces(path: string): AsyncGenerator<string, void, void> {
  const decode = decoder();
  try {
    for await (const octets of createReadStream(path, { highWaterMark: 65_536 })) {
      const piece = decode.decode(octets as Buffer, { stream: true });
      if (piece !== '') yield piece;
    }
    const last = decode.decode();
    if (last !== '') yield last;
  } catch (error) {
    throw unreadable(path, error);
  }
}

const decoder = () => new TextDecoder('utf-8', { fatal: true });

const PROBLEMS: ReadonlyMap<string, readonly [found: string, wanted: string]> = new Map([
  ['ENOENT', ['no such file', 'a file that is there']],
  ['EACCES', ['a file without permission to read', 'one that this user may read']],
  ['EPERM', ['a file without permission to read', 'one that this user may read']],
  ['EISDIR', ['a directory', 'a file']],
  ['ENOTDIR', ['a path through something that is no directory', 'a file that is there']],
  ['ERR_ENCODING_INVALID_ENCODED_DATA', ['octets that are no UTF-8', 'text in UTF-8']],
]);

const unreadable = (path: string, error: unknown): unknown => {
  if (error instanceof UnreadableFile) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  const [found, wanted] = PROBLEMS.get(code) ?? [message, 'a file that can be read'];
  return code === '' ? error : new UnreadableFile(path, found, wanted);
};
