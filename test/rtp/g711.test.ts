import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeAll, G711_LAWS } from '../../src/rtp/g711.js';
import { MILLIWATT } from '../../src/rtp/tones.js';
import { strengthOf } from './harness.js';

const { PCMU, PCMA } = G711_LAWS;
const OCTETS = Array.from({ length: 256 }, (_, octet) => octet);

/** ITU-T G.711 table 2a: characters of positive values, and the values at the decoder in 14 bits. */
const ULAW_VALUES = [
  [0x80, 8031],
  [0x8f, 4191],
  [0x9f, 2079],
  [0xaf, 1023],
  [0xbf, 495],
  [0xcf, 231],
  [0xdf, 99],
  [0xef, 33],
  [0xfe, 2],
  [0xff, 0],
] as const;

/**
 * ITU-T G.711 table 1a: characters of positive values with even bits inverted, and the values at the decoder in 13
 * bits.
 */
const ALAW_VALUES = [
  [0xaa, 4032],
  [0xa5, 2112],
  [0xb5, 1056],
  [0x85, 528],
  [0x95, 264],
  [0xe5, 132],
  [0xf5, 66],
  [0xd5, 1],
] as const;

/**
 * The decision values of the standard's tables, from the number of intervals of each width: the second opinion on
 * encoders.
 */
const decisionsOf = (widths: readonly (readonly [count: number, width: number])[]): number[] => {
  const decisions = [0];
  for (const [count, width] of widths)
    for (let step = 0; step < count; step += 1) decisions.push((decisions.at(-1) as number) + width);
  return decisions;
};

const ULAW_DECISIONS = decisionsOf([
  [1, 1],
  [15, 2],
  ...[4, 8, 16, 32, 64, 128, 256].map((width) => [16, width] as const),
]);
const ALAW_DECISIONS = decisionsOf([[32, 2], ...[4, 8, 16, 32, 64, 128].map((width) => [16, width] as const)]);

describe('µ-law', () => {
  it.each(ULAW_VALUES)('character %i decodes to the value of the standard', (octet, value) => {
    expect(PCMU.decode(octet)).toBe(value * 4);
    expect(PCMU.decode(octet & 0x7f) === 0 ? 0 : PCMU.decode(octet & 0x7f)).toBe(value === 0 ? 0 : -value * 4);
  });

  it('is the same after decoding and encoding, but for the two zeros', () => {
    for (const octet of OCTETS) expect(PCMU.encode(PCMU.decode(octet))).toBe(octet === 0x7f ? 0xff : octet);
  });

  it('clips what is louder than its range', () => {
    expect(PCMU.encode(32_767)).toBe(0x80);
    expect(PCMU.encode(-32_768)).toBe(0x00);
  });
});

describe('A-law', () => {
  it.each(ALAW_VALUES)('character %i decodes to the value of the standard', (octet, value) => {
    expect(PCMA.decode(octet)).toBe(value * 8);
    expect(PCMA.decode(octet & 0x7f)).toBe(-value * 8);
  });

  it('is the same after decoding and encoding', () => {
    for (const octet of OCTETS) expect(PCMA.encode(PCMA.decode(octet))).toBe(octet);
  });
});

describe.each([
  ['PCMU', PCMU, ULAW_DECISIONS, 4, 0xff],
  ['PCMA', PCMA, ALAW_DECISIONS, 8, 0xd5],
] as const)('%s', (name, law, decisions, unit, first) => {
  it('gives every sample the character of the interval that it lies in', () => {
    const wrong: number[] = [];
    for (let interval = 0; interval < 128; interval += 1) {
      const [from, to] = [decisions[interval] as number, decisions[interval + 1] as number];
      for (let sample = from * unit; sample < to * unit; sample += 1) {
        if (law.encode(sample) !== (first ^ interval)) wrong.push(sample);
        if (law.encode(~sample) !== (first ^ interval ^ 0x80)) wrong.push(~sample);
      }
      const middle = name === 'PCMU' && interval === 0 ? 0 : ((from + to) / 2) * unit;
      expect(law.decode(first ^ interval)).toBe(middle);
    }
    expect(wrong).toEqual([]);
    expect(decisions).toHaveLength(129);
  });

  it('keeps the order of samples', () => {
    fc.assert(
      fc.property(fc.integer({ min: -32_768, max: 32_766 }), (sample) => {
        expect(law.decode(law.encode(sample))).toBeLessThanOrEqual(law.decode(law.encode(sample + 1)));
      }),
    );
  });

  it('has a silence that is next to no sound', () => {
    expect(Math.abs(law.decode(law.silence))).toBeLessThanOrEqual(8);
    expect(law.encode(0)).toBe(law.silence);
  });

  it('encodes many samples as it does one', () => {
    expect([...encodeAll(law, Int16Array.of(0, 1000, -1000))]).toEqual([0, 1000, -1000].map(law.encode));
  });

  it('has the test tone of the standard: 1 kHz at 0 dBm0', () => {
    const tone = Array.from({ length: 800 }, (_, at) => law.decode(MILLIWATT[name][at % 8] as number));
    // The loudest sine of the law is 3.17 dBm0 in µ-law and 3.14 dBm0 in A-law.
    const loudest = name === 'PCMU' ? 8159 * 4 : 4096 * 8;
    const level = 20 * Math.log10(strengthOf(1000, tone) / loudest) + (name === 'PCMU' ? 3.17 : 3.14);
    expect(Math.abs(level)).toBeLessThan(0.1);
  });
});
