// Recordings as programs play and write them: a tone of one frequency, and how much of what was recorded is that tone.

import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';

const RATE = 8_000;
const HEADER = 44;
/** A window: long enough for tones 25 Hz apart, short enough that a gap spoils few. */
const WINDOW_SECONDS = 0.1;
/** The root mean square below which a window is silence. */
const SILENCE = 200;

/** Mono of 16 bits at 8 kHz. */
export const writeWav = (file: string, samples: Int16Array): void => {
  const bytes = Buffer.alloc(HEADER + samples.length * 2);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(RATE, 24);
  bytes.writeUInt32LE(RATE * 2, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(samples.length * 2, 40);
  for (const [index, sample] of samples.entries()) bytes.writeInt16LE(sample, HEADER + index * 2);
  writeFileSync(file, bytes);
};

export const toneSamples = (hertz: number, seconds: number): Int16Array =>
  Int16Array.from({ length: RATE * seconds }, (_, index) => 8_000 * Math.sin((2 * Math.PI * hertz * index) / RATE));

/** The samples of the first channel. Its writer may not have closed it yet: lengths in its header are not believed. */
const readWav = (file: string): { readonly rate: number; readonly samples: Int16Array } => {
  const bytes = readFileSync(file);
  const data = bytes.indexOf('data', 12, 'latin1');
  if (data < 0) return { rate: RATE, samples: new Int16Array() };
  const channels = bytes.readUInt16LE(22);
  const count = Math.floor((bytes.length - data - 8) / (2 * channels));
  return {
    rate: bytes.readUInt32LE(24),
    samples: Int16Array.from({ length: count }, (_, index) => bytes.readInt16LE(data + 8 + index * 2 * channels)),
  };
};

/** The part of the energy of `samples` that is at `hertz`, from 0 to 1 (Goertzel's algorithm). */
const shareAt = (samples: Int16Array, hertz: number, rate: number): number => {
  const coefficient = 2 * Math.cos((2 * Math.PI * hertz) / rate);
  let [before, last, energy] = [0, 0, 0];
  for (const sample of samples) {
    [before, last] = [last, sample + coefficient * last - before];
    energy += sample * sample;
  }
  const power = last * last + before * before - coefficient * last * before;
  return energy === 0 ? 0 : (2 * power) / (samples.length * energy);
};

export interface Hearing {
  /** Seconds of sound in which `hertz` prevails, and of other sound. */
  readonly tone: number;
  readonly other: number;
}

/** What of a recording is a tone of `hertz`. */
export const hearingOf = (file: string, hertz: number): Hearing => {
  const { rate, samples } = readWav(file);
  const window = Math.round(rate * WINDOW_SECONDS);
  let [tone, other] = [0, 0];
  for (let at = 0; at + window <= samples.length; at += window) {
    const part = samples.subarray(at, at + window);
    const loudness = Math.sqrt(part.reduce((sum, sample) => sum + sample * sample, 0) / window);
    if (loudness < SILENCE) continue;
    if (shareAt(part, hertz, rate) > 0.8) tone += WINDOW_SECONDS;
    else other += WINDOW_SECONDS;
  }
  return { tone, other };
};

/** Checks that a recording holds a second of a tone of `hertz` at least, and hardly anything else. */
export const expectRecorded = (file: string, hertz: number): void => {
  const { tone, other } = hearingOf(file, hertz);
  expect(tone, `seconds of ${hertz} Hz in ${file}`).toBeGreaterThan(1);
  expect(other, `seconds of other sound in ${file}`).toBeLessThan(0.5);
};
