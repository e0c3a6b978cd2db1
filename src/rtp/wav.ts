// WAV files for the tone service: RIFF with 16 bit PCM, mono, 8 kHz and nothing else, since labcm neither resamples nor
// mixes (Multimedia Programming Interface and Data Specifications 1.0, «Waveform Audio File Format»).

/** Hz. */
const RATE = 8_000;
const BITS = 16;
const PCM = 1;
/** The format proper stands in a GUID that begins with its number. */
const EXTENSIBLE = 0xfffe;
const EXTENSIBLE_FORMAT = 40;
const PLAIN_FORMAT = 16;
/** Ten minutes; longer ones are refused, since the whole is kept in memory. */
const MOST_SECONDS = 600;

const FORMATS: ReadonlyMap<number, string> = new Map([
  [2, 'ADPCM'],
  [3, 'floating point'],
  [6, 'A-law'],
  [7, 'µ-law'],
  [0x55, 'MP3'],
]);

/**
 * The samples of a WAV file, or a sentence without a full stop that says what is wrong with it: what was found, and
 * what is wanted where that is not plain.
 */
export const readWav = (bytes: Buffer): Int16Array | string => {
  const kind = bytes.toString('latin1', 0, 4);
  if (kind === 'RIFX') return 'is a WAV file with its octets the wrong way round (RIFX), wanted: RIFF';
  if (bytes.length < 12 || kind !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WAVE') return 'is no WAV file';
  let hasFormat = false;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const name = bytes.toString('latin1', at, at + 4);
    const size = bytes.readUInt32LE(at + 4);
    const start = at + 8;
    const room = bytes.length - start;
    if (name === 'fmt ') {
      if (size < PLAIN_FORMAT || room < PLAIN_FORMAT) return 'has a format chunk that is too short';
      const fault = faultOfFormat(bytes.subarray(start, start + Math.min(size, room)));
      if (fault !== undefined) return fault;
      hasFormat = true;
    } else if (name === 'data') {
      if (!hasFormat) return 'has its sound before its format';
      if (size > room) return `is cut off: its header promises ${size} octets of sound, found: ${room}`;
      return samplesOf(bytes.subarray(start, start + size));
    }
    at = start + size + (size & 1); // chunks begin at even places
  }
  return hasFormat ? 'has no sound in it' : 'has no format chunk';
};

const faultOfFormat = (chunk: Buffer): string | undefined => {
  const tag = chunk.readUInt16LE(0);
  const channels = chunk.readUInt16LE(2);
  const rate = chunk.readUInt32LE(4);
  const bits = chunk.readUInt16LE(14);
  const isExtended = tag === EXTENSIBLE && chunk.length >= EXTENSIBLE_FORMAT;
  const format = isExtended ? chunk.readUInt16LE(24) : tag;
  if (format !== PCM) return `holds ${FORMATS.get(format) ?? `format ${format}`}, wanted: PCM`;
  if (channels !== 1) return `has ${channels} channels, wanted: 1 (mono)`;
  if (rate !== RATE) return `has ${rate} samples a second, wanted: ${RATE}`;
  if (bits !== BITS) return `has ${bits} bits a sample, wanted: ${BITS}`;
  return undefined;
};

const samplesOf = (data: Buffer): Int16Array | string => {
  if (data.length === 0) return 'has no sound in it';
  if (data.length % 2 !== 0) return `ends within a sample: it has ${data.length} octets of sound`;
  const seconds = data.length / 2 / RATE;
  if (seconds > MOST_SECONDS) return `is ${Math.ceil(seconds)} s long, wanted: ${MOST_SECONDS} s at most`;
  return Int16Array.from({ length: data.length / 2 }, (_, index) => data.readInt16LE(index * 2));
};
