// The owner's WAV file for the tone service.

import { readOctets, UnreadableFile } from '../net/files/text-files.js';
import { readWav } from '../rtp/wav.js';

/** Ten minutes of 16 bit samples at 8 kHz, with room for the header. */
const MOST_OCTETS = 10 * 60 * 8_000 * 2 + 4_096;

/** Reads a WAV file: its samples, or what was found instead of a right one. */
export const readMusic = async (file: string): Promise<Int16Array | string> => {
  try {
    const read = readWav(await readOctets(file, MOST_OCTETS));
    return typeof read === 'string' ? `a file that ${read}` : read;
  } catch (error) {
    if (error instanceof UnreadableFile) return error.found;
    throw error;
  }
};
