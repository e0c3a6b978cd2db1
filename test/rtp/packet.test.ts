import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RtpReader } from '../../src/rtp/packet.js';
import { TelephoneEventReader } from '../../src/rtp/telephone-event.js';
import { mutated, seededRandom } from '../support/random.js';
import { packetOf, parsed } from './harness.js';

const sound = Buffer.from([1, 2, 3, 4, 5, 6, 7, 8]);

/** A packet with everything that RFC 3550 §5.1 allows in front of and behind the payload. */
const withExtras = (sources: number, extensionSize: number | undefined, padding: number): Buffer => {
  const plain = packetOf(sound, { payloadType: 8, marker: true, sequence: 7, timestamp: 9, ssrc: 11 });
  const head = Buffer.from(plain.subarray(0, 12));
  head[0] = 0x80 | (padding > 0 ? 0x20 : 0) | (extensionSize === undefined ? 0 : 0x10) | sources;
  const extension =
    extensionSize === undefined
      ? Buffer.alloc(0)
      : Buffer.concat([Buffer.from([0xbe, 0xde, 0, extensionSize]), Buffer.alloc(extensionSize * 4, 0xee)]);
  const pad = Buffer.alloc(padding);
  if (padding > 0) pad[padding - 1] = padding;
  return Buffer.concat([head, Buffer.alloc(sources * 4, 0xcc), extension, sound, pad]);
};

describe('an RTP packet', () => {
  it('has its header where RFC 3550 puts it', () => {
    const packet = packetOf(sound, {
      payloadType: 101,
      marker: true,
      sequence: 0x1234,
      timestamp: 1,
      ssrc: 0xfffffffe,
    });
    expect(packet.toString('hex')).toBe('80e5123400000001fffffffe0102030405060708');
  });

  it('is read as it was written', () => {
    const header = fc.record({
      payloadType: fc.nat(127),
      marker: fc.boolean(),
      sequence: fc.nat(0xffff),
      timestamp: fc.integer({ min: 0, max: 0xffffffff }),
      ssrc: fc.integer({ min: 0, max: 0xffffffff }),
    });
    fc.assert(
      fc.property(header, fc.uint8Array({ maxLength: 200 }), (fields, payload) => {
        expect(parsed(packetOf(payload, fields))).toEqual({ ...fields, payload: Buffer.from(payload) });
      }),
    );
  });

  it('gives its payload without sources, extension and padding', () => {
    const size = fc.option(fc.nat(20), { nil: undefined });
    fc.assert(
      fc.property(fc.nat(15), size, fc.nat(12), (sources, extension, padding) => {
        expect(parsed(withExtras(sources, extension, padding)).payload).toEqual(sound);
      }),
    );
  });

  it.each([
    ['of 11 octets', Buffer.alloc(11, 0x80), 'short'],
    ['of nothing', Buffer.alloc(0), 'short'],
    ['of version 1', Buffer.alloc(12, 0x40), 'version'],
    ['of version 3', Buffer.alloc(12, 0xc0), 'version'],
    ['with more sources than octets', withExtras(3, undefined, 0).subarray(0, 20), 'length'],
    ['with an extension that is cut off', withExtras(0, 9, 0).subarray(0, 40), 'length'],
    ['that ends before the length of its extension', withExtras(0, 0, 0).subarray(0, 14), 'length'],
    ['with padding of 0', Buffer.concat([Buffer.from([0xa0]), Buffer.alloc(15)]), 'length'],
    ['with more padding than octets', Buffer.concat([Buffer.from([0xa0]), Buffer.alloc(15, 99)]), 'length'],
  ])('%s is refused', (_what, bytes, fault) => {
    expect(new RtpReader().read(bytes)).toBe(fault);
  });

  it('may be any octets: the payload lies within them', () => {
    const reader = new RtpReader();
    const check = (bytes: Buffer): void => {
      if (reader.read(bytes) !== undefined) return;
      expect(reader.start).toBeGreaterThanOrEqual(12);
      expect(reader.end).toBeGreaterThanOrEqual(reader.start);
      expect(reader.end).toBeLessThanOrEqual(bytes.length);
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => check(Buffer.from(bytes))));
    const random = seededRandom(3);
    for (let round = 0; round < 5_000; round += 1)
      check(mutated(withExtras(random.below(16), random.below(9), random.below(9)), random));
  });
});

describe('a telephone event', () => {
  const reading = () => {
    const reader = new TelephoneEventReader();
    return (event: number, timestamp: number, { ssrc = 1, isEnd = false, duration = 160 } = {}): string | undefined => {
      const payload = Buffer.from([event, (isEnd ? 0x80 : 0) | 10, duration >> 8, duration & 0xff]);
      return reader.read(payload, 0, payload.length, timestamp, ssrc);
    };
  };

  it('is its digit once, however many packets it has', () => {
    const read = reading();
    const digits = [5, 5, 5].map((event, index) => read(event, 1_000, { duration: 160 * (index + 1) }));
    const ends = [1, 2, 3].map(() => read(5, 1_000, { isEnd: true, duration: 800 }));
    expect([...digits, ...ends]).toEqual(['5', undefined, undefined, undefined, undefined, undefined]);
    expect(read(5, 2_600)).toBe('5');
  });

  it('is known by its end alone where the others were lost', () => {
    expect(reading()(11, 77, { isEnd: true })).toBe('#');
  });

  it('names sixteen keys and no more', () => {
    const read = reading();
    const digits = Array.from({ length: 20 }, (_, event) => read(event, 100 * (event + 1)));
    expect(digits.join('')).toBe('0123456789*#ABCD');
  });

  it('that comes late, behind the next, is none', () => {
    const read = reading();
    read(1, 1_000);
    read(2, 2_000);
    expect(read(1, 1_000)).toBeUndefined();
  });

  it('goes on after its longest duration', () => {
    const read = reading();
    expect(read(3, 500)).toBe('3');
    expect(read(3, 500 + 0xffff)).toBeUndefined();
    expect(read(3, 500 + 0xffff + 2_000)).toBe('3');
  });

  it('counts beyond the end of timestamps, and anew with another source', () => {
    const read = reading();
    expect(read(1, 0xffffff00)).toBe('1');
    expect(read(2, 0x100)).toBe('2');
    expect(read(3, 0x10, { ssrc: 2 })).toBe('3');
  });

  it('of fewer than four octets is none', () => {
    expect(new TelephoneEventReader().read(Buffer.from([1, 2, 3]), 0, 3, 1, 1)).toBeUndefined();
  });
});
