import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readWav } from '../../src/rtp/wav.js';
import { mutated, seededRandom } from '../support/random.js';

interface Form {
  readonly tag?: number;
  readonly channels?: number;
  readonly rate?: number;
  readonly bits?: number;
  /** Octets after the sixteen of the plain format. */
  readonly more?: Buffer;
}

const chunk = (name: string, body: Buffer, size = body.length): Buffer => {
  const head = Buffer.alloc(8);
  head.write(name, 'latin1');
  head.writeUInt32LE(size, 4);
  return Buffer.concat([head, body, Buffer.alloc(body.length & 1)]);
};

const format = ({ tag = 1, channels = 1, rate = 8_000, bits = 16, more = Buffer.alloc(0) }: Form = {}): Buffer => {
  const body = Buffer.alloc(16);
  body.writeUInt16LE(tag, 0);
  body.writeUInt16LE(channels, 2);
  body.writeUInt32LE(rate, 4);
  body.writeUInt32LE((rate * channels * bits) / 8, 8);
  body.writeUInt16LE((channels * bits) / 8, 12);
  body.writeUInt16LE(bits, 14);
  return chunk('fmt ', Buffer.concat([body, more]));
};

const riff = (...chunks: readonly Buffer[]): Buffer => {
  const body = Buffer.concat([Buffer.from('WAVE'), ...chunks]);
  return chunk('RIFF', body);
};

const data = chunk('data', Buffer.from([1, 0, 0xff, 0xff, 0, 0x80, 0xff, 0x7f]));
const samples = Int16Array.of(1, -1, -32_768, 32_767);
/** Of WAVE_FORMAT_EXTENSIBLE: size, valid bits, speakers, and the GUID that begins with the format's number. */
const extension = (tag: number): Buffer =>
  Buffer.concat([Buffer.from([22, 0, 16, 0, 4, 0, 0, 0, tag, 0]), Buffer.alloc(14)]);

describe('a WAV file', () => {
  it('is read as its samples', () => {
    expect(readWav(riff(format(), data))).toEqual(samples);
  });

  it('may have other chunks, of odd length too, and an extended format', () => {
    const list = chunk('LIST', Buffer.from('odd'));
    expect(readWav(riff(list, format({ tag: 0xfffe, more: extension(1) }), list, data, list))).toEqual(samples);
  });

  it.each([
    ['nothing', Buffer.alloc(0), 'is no WAV file'],
    ['text', Buffer.from('no sound at all, but text'), 'is no WAV file'],
    ['another RIFF file', chunk('RIFF', Buffer.from('AVI LIST')), 'is no WAV file'],
    [
      'big-endian',
      Buffer.from('RIFX____WAVE'),
      'is a WAV file with its octets the wrong way round (RIFX), wanted: RIFF',
    ],
    ['stereo', riff(format({ channels: 2 }), data), 'has 2 channels, wanted: 1 (mono)'],
    ['of a CD', riff(format({ rate: 44_100 }), data), 'has 44100 samples a second, wanted: 8000'],
    ['of 8 bits', riff(format({ bits: 8 }), data), 'has 8 bits a sample, wanted: 16'],
    ['µ-law', riff(format({ tag: 7, bits: 8 }), data), 'holds µ-law, wanted: PCM'],
    ['A-law', riff(format({ tag: 6, bits: 8 }), data), 'holds A-law, wanted: PCM'],
    ['floating point', riff(format({ tag: 3, bits: 32 }), data), 'holds floating point, wanted: PCM'],
    ['extended floats', riff(format({ tag: 0xfffe, more: extension(3) }), data), 'holds floating point, wanted: PCM'],
    ['an unknown format', riff(format({ tag: 0x77 }), data), 'holds format 119, wanted: PCM'],
    ['without a format', riff(), 'has no format chunk'],
    ['sound first', riff(data, format()), 'has its sound before its format'],
    ['half a format', riff(chunk('fmt ', Buffer.alloc(10))), 'has a format chunk that is too short'],
    ['without sound', riff(format()), 'has no sound in it'],
    ['with empty sound', riff(format(), chunk('data', Buffer.alloc(0))), 'has no sound in it'],
    [
      'cut off',
      riff(format(), chunk('data', Buffer.alloc(4), 400)),
      'is cut off: its header promises 400 octets of sound, found: 4',
    ],
    ['half a sample', riff(format(), chunk('data', Buffer.alloc(3))), 'ends within a sample: it has 3 octets of sound'],
    ['too long', riff(format(), chunk('data', Buffer.alloc(9_600_002))), 'is 601 s long, wanted: 600 s at most'],
  ])('%s is refused in a sentence', (_what, bytes, sentence) => {
    expect(readWav(bytes)).toBe(sentence);
  });

  it('may be any octets', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => void readWav(Buffer.from(bytes))));
    const random = seededRandom(5);
    const whole = riff(format({ more: extension(1) }), data);
    for (let round = 0; round < 5_000; round += 1) {
      const result = readWav(mutated(whole, random));
      if (typeof result !== 'string') expect(result.length).toBeGreaterThan(0);
    }
  });
});
