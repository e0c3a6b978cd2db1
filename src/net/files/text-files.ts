// Reads files that an owner provides, such as configurations and device lists, as a whole or in pieces. It knows no
// syntax.

import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';

/** A text file that cannot be read: what was found, and what is wanted instead. */
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

/**
 * Reads a file of at most `limit` octets in UTF-8 or UTF-16; drops a byte order mark. Rejects with `UnreadableFile`.
 */
export const readText = async (path: string, limit: number): Promise<string> => {
  const octets = await readOctets(path, limit);
  try {
    return decoderFor(path, octets).decode(octets);
  } catch (error) {
    throw unreadable(path, error);
  }
};

/** Reads a file of at most `limit` octets. Rejects with `UnreadableFile`. */
export const readOctets = async (path: string, limit: number): Promise<Buffer> => {
  try {
    const file = await open(path);
    try {
      const found = await file.stat();
      if (found.isDirectory()) throw new UnreadableFile(path, 'a directory', 'a file');
      const { size } = found;
      if (size > limit) throw new UnreadableFile(path, `${size} octets`, `at most ${limit}`);
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    throw unreadable(path, error);
  }
};

/** Reads a file of any length and kind in pieces. Rejects with `UnreadableFile`. */
export async function* octetPieces(path: string): AsyncGenerator<Buffer, void, void> {
  try {
    for await (const octets of createReadStream(path, { highWaterMark: 65_536 })) yield octets as Buffer;
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** Reads a file of any length in pieces, cut between characters. Rejects with `UnreadableFile`. */
export async function* textPieces(path: string): AsyncGenerator<string, void, void> {
  let decoder: ReturnType<typeof decoderFor> | undefined;
  try {
    for await (const octets of createReadStream(path, { highWaterMark: 65_536 })) {
      decoder ??= decoderFor(path, octets as Buffer);
      const piece = decoder.decode(octets as Buffer, { stream: true });
      if (piece !== '') yield piece;
    }
    const last = decoder?.decode() ?? '';
    if (last !== '') yield last;
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** Detects the encoding by the byte order mark, or by a NUL on either side of the first character. */
const decoderFor = (path: string, octets: Buffer) => {
  const [first, second] = octets;
  if (octets.toString('latin1', 0, 4) === ARCHIVE)
    throw new UnreadableFile(path, 'a spreadsheet or another archive', 'text; a spreadsheet saves it as CSV UTF-8');
  const utf16 = (first === 0xff && second === 0xfe) || (first !== 0 && second === 0);
  const swapped = (first === 0xfe && second === 0xff) || (first === 0 && second !== 0 && second !== undefined);
  return new TextDecoder(utf16 ? 'utf-16le' : swapped ? 'utf-16be' : 'utf-8', { fatal: true });
};

/** The first octets of a ZIP file, which a spreadsheet is. */
const ARCHIVE = 'PK\x03\x04';

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
