// Tapes on disk: written for their owner alone, and read with what is wrong told by line.

import { octetPieces, readText } from '../net/files/text-files.js';
import { TAPE_LIMITS, type Tape } from '../tapes/tape.js';
import { readTape, tapeText } from '../tapes/tape-format.js';
import { printable } from '../trace/line.js';
import type { CliEnvironment } from './environment.js';
import { OptionFailure } from './failure.js';

/** The end of the name of a tape. */
export const TAPE_ENDING = '.tape.jsonl';

/** Writes a tape. Throws an `OptionFailure` where the file cannot be written. */
export const writeTape = (environment: CliEnvironment, path: string, tape: Tape): void => {
  try {
    const file = environment.createPrivateFile(path);
    try {
      file.write(Buffer.from(tapeText(tape)));
    } finally {
      file.close();
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new OptionFailure(path, `a file that cannot be written (${code})`, 'one that can; name another by -o');
  }
};

/** Reads a tape. Rejects with an `OptionFailure` that says which line is wrong, or with an `UnreadableFile`. */
export const readTapeFile = async (path: string): Promise<Tape> => {
  const read = readTape(await readText(path, TAPE_LIMITS.octets));
  if (!('found' in read)) return read;
  throw new OptionFailure(`${path}:${read.line}`, printable(read.found), `${read.wanted}; ${read.remedy}`);
};

const OPENING = '{'.charCodeAt(0);

const firstOctet = async (path: string): Promise<number | undefined> => {
  for await (const octets of octetPieces(path)) return octets[0];
  return undefined;
};

/** Reads a tape, or makes one of a capture file. Rejects as `readTapeFile` and `tapeOfCapture` do. */
export const readTapeOrCapture = async (
  environment: CliEnvironment,
  path: string,
  device: string | undefined,
): Promise<Tape> => {
  const { tapeOfCapture } = await import('./captures/tape-of-capture.js');
  return (await firstOctet(path)) === OPENING
    ? readTapeFile(path)
    : (await tapeOfCapture(environment, { path, device, program: 'labcm' })).tape;
};
