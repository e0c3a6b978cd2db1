// Capture files in every format and byte order, in pieces, damaged and endless.

import { describe, expect, it } from 'vitest';
import type { CapturedPacket } from '../../src/pcap/captured-packet.js';
import { CaptureReader } from '../../src/pcap/read-capture.js';
import { PcapngBlocks, pcapFile, pcapngFile, type TestPacket } from '../support/capture-files.js';
import { mutated, seededRandom } from '../support/random.js';

const PACKETS: readonly TestPacket[] = [
  { seconds: 1_700_000_000, nanoseconds: 123_456_000, bytes: Buffer.from('one') },
  { seconds: 1_700_000_001, nanoseconds: 999_999_000, bytes: Buffer.alloc(0) },
  { seconds: 1_700_000_002, nanoseconds: 0, bytes: Buffer.alloc(1_500, 7) },
];

const inPieces = (file: Buffer, size: number): { reader: CaptureReader; packets: CapturedPacket[] } => {
  const reader = new CaptureReader();
  const packets: CapturedPacket[] = [];
  for (let at = 0; at < file.length; at += size)
    packets.push(
      ...reader.push(file.subarray(at, at + size)).map((packet) => ({ ...packet, bytes: Buffer.from(packet.bytes) })),
    );
  reader.end();
  return { reader, packets };
};

const read = (file: Buffer) => inPieces(file, file.length || 1);

const expected = (linkType = 1): CapturedPacket[] =>
  PACKETS.map(({ seconds = 0, nanoseconds = 0, bytes }, index) => ({
    number: index + 1,
    time: { seconds, nanoseconds },
    linkType,
    bytes,
  }));

const blocks = new PcapngBlocks();
const big = new PcapngBlocks(false);

const FILES: Readonly<Record<string, Buffer>> = {
  'pcap, little-endian': pcapFile(PACKETS),
  'pcap, big-endian': pcapFile(PACKETS, { littleEndian: false }),
  'pcap in nanoseconds, little-endian': pcapFile(PACKETS, { nanoseconds: true }),
  'pcap in nanoseconds, big-endian': pcapFile(PACKETS, { nanoseconds: true, littleEndian: false }),
  'pcapng, little-endian': pcapngFile(PACKETS),
  'pcapng, big-endian': pcapngFile(PACKETS, { littleEndian: false }),
};

describe.each(Object.entries(FILES))('%s', (_, file) => {
  it.each([1, 3, 16, 100, 65_536])('gives its packets, in pieces of %i octets', (size) => {
    const { reader, packets } = inPieces(file, size);
    expect(packets).toEqual(expected());
    expect([reader.fault, reader.isCapture]).toEqual([undefined, true]);
  });

  it('that is cut gives what is whole, and says where it ends', () => {
    for (let length = 0; length < file.length; length += 1) {
      const { reader, packets } = read(file.subarray(0, length));
      expect(packets).toEqual(expected().slice(0, packets.length));
      expect(packets.length).toBeLessThan(PACKETS.length);
      if (reader.fault === undefined) continue;
      expect(reader.fault.offset).toBeLessThanOrEqual(length);
    }
    const { fault } = read(file.subarray(0, -1)).reader;
    expect(fault?.found).toMatch(/^the end after \d+ octets of a record$/);
    expect(Number(/\d+/.exec(fault?.wanted ?? ''))).toBe(file.length - (fault?.offset ?? 0));
  });

  it('that is mutated never throws and gives no packet that is too long', () => {
    const random = seededRandom(file.length);
    for (let round = 0; round < 500; round += 1) {
      const { packets } = inPieces(mutated(file, random), 1 + random.below(200));
      for (const { bytes } of packets) expect(bytes.length).toBeLessThanOrEqual(file.length + 64);
    }
  });
});

describe('a pcap file', () => {
  it('has its link type without the length of a check sequence', () => {
    expect(read(pcapFile(PACKETS, { linkType: 0x5400_0001 })).packets).toEqual(expected());
  });

  it('with a packet that none is as long as: told, with its place', () => {
    const good = pcapFile(PACKETS.slice(0, 1));
    const bad = Buffer.concat([good, Buffer.alloc(16, 0xff), Buffer.alloc(100)]);
    const { reader, packets } = read(bad);
    expect(packets).toHaveLength(1);
    expect(reader.fault).toEqual({
      offset: good.length,
      found: 'a packet of 4294967295 octets',
      wanted: 'at most 262144',
    });
  });
});

describe('a pcapng file', () => {
  const bytes = Buffer.from('packet');
  const timesOf = (...parts: Buffer[]) => read(Buffer.concat(parts)).packets.map(({ time }) => time);

  it('may have sections of different byte order, each with its own interfaces', () => {
    const file = Buffer.concat([
      blocks.section(),
      blocks.interface(1),
      blocks.enhanced(1_000_000n, bytes),
      big.section(),
      big.interface(101),
      big.interface(113),
      big.enhanced(2_000_000n, bytes, 1),
      blocks.section(),
      blocks.interface(276),
      blocks.enhanced(3_000_000n, bytes),
    ]);
    const { packets, reader } = inPieces(file, 5);
    expect(packets.map(({ linkType, time, direction }) => [linkType, time?.seconds, direction])).toEqual([
      [1, 1, undefined],
      [113, 2, undefined],
      [276, 3, undefined],
    ]);
    expect(reader.fault).toBeUndefined();
  });

  it.each([
    ['microseconds, unless it says', {}, 1_500_000n, 1, 500_000_000],
    ['nanoseconds', { resolution: 9 }, 1_500_000_001n, 1, 500_000_001],
    ['whole seconds', { resolution: 0 }, 7n, 7, 0],
    ['a power of two', { resolution: 0x80 | 10 }, 1_536n, 1, 500_000_000],
    ['units finer than nanoseconds', { resolution: 12 }, 1_500_000_000_999n, 1, 500_000_000],
    ['an offset in seconds', { resolution: 9, offset: 1_700_000_000 }, 5n, 1_700_000_000, 5],
  ])('has times in %s', (_, options, units, seconds, nanoseconds) => {
    for (const order of [blocks, big])
      expect(timesOf(order.section(), order.interface(1, options), order.enhanced(units, bytes))).toEqual([
        { seconds, nanoseconds },
      ]);
  });

  it('may have a time that no calendar has', () => {
    expect(
      timesOf(blocks.section(), blocks.interface(1, { resolution: 0 }), blocks.enhanced(2n ** 60n, bytes)),
    ).toEqual([undefined]);
  });

  it('has simple packets, cut at the snapshot length, and obsolete ones', () => {
    for (const order of [blocks, big]) {
      const { packets } = read(
        Buffer.concat([
          order.section(),
          order.interface(1, { snapshot: 4 }),
          order.simple(bytes.subarray(0, 4), 6),
          order.obsolete(1_000_001n, bytes),
        ]),
      );
      expect(packets).toEqual([
        { number: 1, time: undefined, linkType: 1, bytes: bytes.subarray(0, 4) },
        { number: 2, time: { seconds: 1, nanoseconds: 1_000 }, linkType: 1, bytes },
      ]);
    }
  });

  it('has blocks that are skipped, however long they are', () => {
    const between = [4, 5, 10, 0xbad, 0x8000_0001].map((type) => blocks.block(type, Buffer.alloc(40)));
    const file = Buffer.concat([
      blocks.section(),
      ...between,
      blocks.interface(),
      ...between,
      blocks.enhanced(0n, bytes),
      ...between,
    ]);
    expect(inPieces(file, 7).packets).toHaveLength(1);

    const reader = new CaptureReader();
    const head = blocks.block(0xbad, Buffer.alloc(0));
    head.writeUInt32LE(0x4000_0000, 4);
    reader.push(Buffer.concat([blocks.section(), head]));
    const megabyte = Buffer.alloc(1024 * 1024);
    const { rss } = process.memoryUsage();
    for (let count = 0; count < 1_023; count += 1) reader.push(megabyte);
    expect(process.memoryUsage().rss - rss).toBeLessThan(256 * 1024 * 1024);
    reader.end();
    expect(reader.fault).toMatchObject({ found: 'the end within a block' });
  });

  const withLength = (length: number): Buffer => {
    const block = blocks.enhanced(0n, bytes);
    block.writeUInt32LE(length, 4);
    return block;
  };

  it.each([
    ['a length that is no multiple of four', withLength(33), 'a block of 33 octets'],
    ['a length below the least', withLength(8), 'a block of 8 octets'],
    ['two lengths', withLength(24), /^a block of 24 octets that ends as one of \d+$/],
    ['a length that no block has', withLength(0x7fff_fff0), 'a block of 2147483632 octets'],
    ['an interface that is not described', blocks.enhanced(0n, bytes, 3), 'a packet of interface 3'],
    ['a packet longer than its block', longer(), 'a packet of 4096 octets'],
    ['a block without its fields', blocks.block(6, Buffer.alloc(4)), 'a block that is shorter than its fields'],
    ['a section of another version', version2(), 'a section of version 2'],
    ['a section without its magic', noMagic(), 'a section with the magic 0x04030201'],
  ])('with %s: told, with its place', (_, block, found) => {
    const good = Buffer.concat([blocks.section(), blocks.interface(), blocks.enhanced(0n, bytes)]);
    const { reader, packets } = read(Buffer.concat([good, block, blocks.enhanced(0n, bytes)]));
    expect(packets).toHaveLength(1);
    expect(reader.fault).toMatchObject({ offset: good.length, found: expect.stringMatching(found) });
  });

  function longer(): Buffer {
    const block = blocks.enhanced(0n, bytes);
    block.writeUInt32LE(4_096, 20);
    return block;
  }
  function version2(): Buffer {
    const block = blocks.section();
    block.writeUInt16LE(2, 12);
    return block;
  }
  function noMagic(): Buffer {
    const block = blocks.section();
    block.writeUInt32LE(0x04030201, 8);
    return block;
  }
});

describe('no capture', () => {
  it.each([
    ['nothing', '', 'no octets'],
    ['three octets', '\xa1\xb2\xc3', 'octets that begin with a1b2c3'],
    ['text', '0001616263006f6374657400\n', 'octets that begin with 30303031'],
  ])('%s: told', (_, text, found) => {
    const { reader, packets } = read(Buffer.from(text, 'latin1'));
    expect(packets).toEqual([]);
    expect(reader.isCapture).toBe(false);
    expect(reader.fault).toMatchObject({ offset: 0, found });
  });
});
