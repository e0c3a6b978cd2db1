// G.711 µ-law and A-law (ITU-T G.711 tables 1 and 2), as tables that the formulas of ITU-T G.191's reference fill once.
// Samples are 16 bit linear PCM, of which µ-law keeps the upper 14 bits and A-law the upper 12; octets are as they
// travel, A-law's with its even bits inverted.

/** Both directions of one law. */
export interface G711 {
  /** The octet of no sound. */
  readonly silence: number;
  /** The octet of a sample from -32768 to 32767. */
  encode(sample: number): number;
  /** The sample of an octet. */
  decode(octet: number): number;
}

/** µ-law's curve begins this far from zero, in 14 bits. */
const ULAW_BIAS = 33;
const ULAW_MOST = 0x1fff;

/** µ-law of a 14 bit sample: sign, segment and step, all inverted. */
const ulawOf = (sample: number): number => {
  const magnitude = Math.min(ULAW_MOST, (sample < 0 ? ~sample : sample) + ULAW_BIAS);
  const segment = 31 - Math.clz32(magnitude) - 5;
  const step = (magnitude >> (segment + 1)) & 0x0f;
  const code = ~((segment << 4) | step) & 0x7f;
  return sample < 0 ? code : code | 0x80;
};

const linearOfUlaw = (octet: number): number => {
  const segment = (~octet >> 4) & 0x07;
  const step = ~octet & 0x0f;
  const magnitude = (((step << 1) + ULAW_BIAS) << segment) - ULAW_BIAS;
  return (octet & 0x80) === 0 ? -magnitude * 4 : magnitude * 4;
};

/** A-law of a 12 bit sample: sign, segment and step, every other bit inverted. */
const alawOf = (sample: number): number => {
  const magnitude = sample < 0 ? ~sample : sample;
  const segment = magnitude < 32 ? magnitude >> 4 : 31 - Math.clz32(magnitude) - 3;
  const step = (segment < 2 ? magnitude : magnitude >> (segment - 1)) & 0x0f;
  return ((segment << 4) | step | (sample < 0 ? 0 : 0x80)) ^ 0x55;
};

const linearOfAlaw = (octet: number): number => {
  const code = octet ^ 0x55;
  const segment = (code >> 4) & 0x07;
  const step = ((code & 0x0f) << 4) + 8; // the middle of the interval
  const magnitude = segment === 0 ? step : (step + 0x100) << (segment - 1);
  return (code & 0x80) === 0 ? -magnitude : magnitude;
};

/** `bits`: how many lower bits of a sample the law does not look at. */
const lawOf = (
  bits: number,
  compress: (sample: number) => number,
  expand: (octet: number) => number,
  silence: number,
): G711 => {
  const half = 0x8000 >> bits;
  const octets = Uint8Array.from({ length: half * 2 }, (_, index) => compress(index - half));
  const samples = Int16Array.from({ length: 256 }, (_, octet) => expand(octet));
  return {
    silence,
    encode: (sample) => octets[(sample >> bits) + half] as number,
    decode: (octet) => samples[octet] as number,
  };
};

/** The two laws by the name of their codec. */
export const G711_LAWS = {
  PCMU: lawOf(2, ulawOf, linearOfUlaw, 0xff),
  PCMA: lawOf(4, alawOf, linearOfAlaw, 0xd5),
} as const satisfies Record<string, G711>;

/** A codec that services have. */
export type G711Name = keyof typeof G711_LAWS;

/** Octets of `samples`, one each. */
export const encodeAll = ({ encode }: G711, samples: Int16Array): Uint8Array => Uint8Array.from(samples, encode);
