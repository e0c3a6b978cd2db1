// What services play, as octets of G.711: made of tones and pauses, since labcm has no recorded voice.

import { encodeAll, G711_LAWS, type G711Name } from './g711.js';

/** Samples in a millisecond. */
const PER_MILLISECOND = 8;
const RATE = 8_000;

/** A tone of one or more frequencies in Hz, or a pause without any. Amplitudes are of each, up to 32767. */
export interface Tone {
  readonly frequencies: readonly number[];
  readonly milliseconds: number;
}

/** Half the range for two frequencies together: 6 dB below the loudest. */
const AMPLITUDE = 8_000;

/** The 1 kHz, 0 dBm0 test tone of ITU-T G.711 tables 5 and 6: eight octets, again and again. */
export const MILLIWATT: Readonly<Record<G711Name, Uint8Array>> = {
  PCMU: Uint8Array.of(0x1e, 0x0b, 0x0b, 0x1e, 0x9e, 0x8b, 0x8b, 0x9e),
  PCMA: Uint8Array.of(0x34, 0x21, 0x21, 0x34, 0xb4, 0xa1, 0xa1, 0xb4),
};

/** The pair of frequencies of a key (ITU-T Q.23): row and column. */
const ROWS = [697, 770, 852, 941] as const;
const COLUMNS = [1209, 1336, 1477, 1633] as const;
const KEYS = ['123A', '456B', '789C', '*0#D'] as const;

const DTMF: ReadonlyMap<string, readonly number[]> = new Map(
  KEYS.flatMap((keys, row) => [...keys].map((key, column) => [key, [ROWS[row] as number, COLUMNS[column] as number]])),
);

const pause = (milliseconds: number): Tone => ({ frequencies: [], milliseconds });

/** The tones of one key; `undefined`: there is no such key. */
const keyTone = (key: string, milliseconds: number): Tone | undefined => {
  const frequencies = DTMF.get(key);
  return frequencies === undefined ? undefined : { frequencies, milliseconds };
};

/**
 * The special information tone that precedes announcements (ITU-T E.180): for calls to emergency numbers, which nobody
 * takes.
 */
const SPECIAL_INFORMATION: readonly Tone[] = [
  { frequencies: [950], milliseconds: 330 },
  { frequencies: [1400], milliseconds: 330 },
  { frequencies: [1800], milliseconds: 330 },
  pause(1000),
];

/** A phone may open its channel late: nothing is said in the first moment. */
const AT_FIRST = pause(400);
const KEY = 200;
const BETWEEN_KEYS = pause(120);
const BETWEEN_READINGS = pause(1600);
const UNKNOWN_CALLER: Tone = { frequencies: [425], milliseconds: 1000 };
/** More of a number is not read. */
const MOST_KEYS = 24;

/**
 * The caller's number as the tones of its keys, once, with pauses before and after. What has no key is left out; of a
 * number without any, one low tone.
 */
export const numberTones = (number: string): readonly Tone[] => {
  const keys = [...number]
    .flatMap((key) => keyTone(key, KEY) ?? [])
    .slice(0, MOST_KEYS)
    .flatMap((tone) => [tone, BETWEEN_KEYS]);
  return [AT_FIRST, ...(keys.length === 0 ? [UNKNOWN_CALLER] : keys), BETWEEN_READINGS];
};

/** The tones one after the other, an octet a sample at 8 kHz. */
export const renderTones = (codec: G711Name, tones: readonly Tone[]): Uint8Array => {
  const law = G711_LAWS[codec];
  const length = tones.reduce((sum, { milliseconds }) => sum + milliseconds * PER_MILLISECOND, 0);
  const octets = new Uint8Array(length).fill(law.silence);
  let at = 0;
  for (const { frequencies, milliseconds } of tones) {
    const end = at + milliseconds * PER_MILLISECOND;
    if (frequencies.length === 0) {
      at = end;
      continue;
    }
    for (let sample = 0; at < end; at += 1, sample += 1) {
      let level = 0;
      for (const frequency of frequencies) level += Math.sin((2 * Math.PI * frequency * sample) / RATE);
      octets[at] = law.encode(Math.round(level * AMPLITUDE));
    }
  }
  return octets;
};

/** The tone of a pressed key, for whoever pressed it; `undefined`: there is no such key. */
export const renderKey = (codec: G711Name, key: string): Uint8Array | undefined => {
  const tone = keyTone(key, 100);
  return tone === undefined ? undefined : renderTones(codec, [tone]);
};

export const renderEmergency = (codec: G711Name): Uint8Array => renderTones(codec, [AT_FIRST, ...SPECIAL_INFORMATION]);

/** A recording as octets. */
export const renderSamples = (codec: G711Name, samples: Int16Array): Uint8Array => encodeAll(G711_LAWS[codec], samples);
