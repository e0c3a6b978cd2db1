import { expect, it } from 'vitest';
import { BLOCK, BYTE_ORDER_MAGIC } from '../../src/pcap/blocks.js';
import { commentOctets } from '../../src/pcap/comment-text.js';
import {
  enhancedPacket,
  interfaceDescription,
  interfaceStatistics,
  nanoseconds,
  sectionHeader,
} from '../../src/pcap/pcapng-blocks.js';
import { CaptureReader } from '../../src/pcap/read-capture.js';

/** The options from `at` on, by code. */
const optionsOf = (block: Buffer, at: number): [number, string][] => {
  const found: [number, string][] = [];
  for (let place = at; ; ) {
    const code = block.readUInt16LE(place);
    const length = block.readUInt16LE(place + 2);
    if (code === 0) {
      expect(place + 8).toBe(block.length);
      return found;
    }
    found.push([code, block.toString('hex', place + 4, place + 4 + length)]);
    place += 4 + Math.ceil(length / 4) * 4;
  }
};
const hex = (text: string): string => Buffer.from(text).toString('hex');

const isBlock = (block: Buffer, type: number): void => {
  expect(block.readUInt32LE(0)).toBe(type);
  expect(block.readUInt32LE(4)).toBe(block.length);
  expect(block.readUInt32LE(block.length - 4)).toBe(block.length);
  expect(block.length % 4).toBe(0);
};

it('a section begins with the byte order, version 1.0 and no length, and names labcm', () => {
  const block = sectionHeader({ application: 'labcm', comment: 'SEP1 Registered' });
  isBlock(block, BLOCK.sectionHeader);
  expect([block.readUInt32LE(8), block.readUInt16LE(12), block.readUInt16LE(14)]).toEqual([BYTE_ORDER_MAGIC, 1, 0]);
  expect(block.readBigInt64LE(16)).toBe(-1n);
  expect(optionsOf(block, 24)).toEqual([
    [1, hex('SEP1 Registered')],
    [4, hex('labcm')],
  ]);
});

it('an interface is Ethernet, takes 262,144 octets and counts nanoseconds', () => {
  const block = interfaceDescription({ name: 'eth1', description: 'SCCP' });
  isBlock(block, BLOCK.interfaceDescription);
  expect([block.readUInt16LE(8), block.readUInt32LE(12)]).toEqual([1, 262_144]);
  expect(optionsOf(block, 16)).toEqual([
    [2, hex('eth1')],
    [3, hex('SCCP')],
    [9, '09'],
  ]);
});

it.each([
  ['in', '01000000'],
  ['out', '02000000'],
] as const)('a packet that went %s has its time, its whole length, its flags and its comments', (direction, flags) => {
  const at = nanoseconds(1_763_000_000_123.5);
  const frame = Buffer.from('abcdefg');
  const block = enhancedPacket({ interface: 3, at, direction, comments: ['one', 'two'], frame });
  isBlock(block, BLOCK.enhancedPacket);
  const time = (BigInt(block.readUInt32LE(12)) << 32n) + BigInt(block.readUInt32LE(16));
  expect([block.readUInt32LE(8), time]).toEqual([3, 1_763_000_000_123_500_000n]);
  expect([block.readUInt32LE(20), block.readUInt32LE(24), block.toString('latin1', 28, 35)]).toEqual([7, 7, 'abcdefg']);
  expect(optionsOf(block, 36)).toEqual([
    [1, hex('one')],
    [1, hex('two')],
    [2, flags],
  ]);
});

it('statistics say what was written and what was lost', () => {
  const block = interfaceStatistics({ interface: 1, at: 0n, received: 12, dropped: 3 });
  isBlock(block, BLOCK.interfaceStatistics);
  expect(optionsOf(block, 20)).toEqual([
    [4, '0c00000000000000'],
    [5, '0300000000000000'],
  ]);
});

it.each([
  ['a\u0000b\u001b[31mc', 'a\\x00b\\x1b[31mc'],
  ['PES\u202e', 'PES\\u202e'],
  ['\u2066x\u2069', '\\u2066x\\u2069'],
  ['\u0085\u009f', '\\x85\\x9f'],
  ['\ud800', '\\ud800'],
  ['zwei\nZeilen, Ümläute 電話 😀', 'zwei\nZeilen, Ümläute 電話 😀'],
])('a comment escapes what a phone could do harm with: %j', (text, told) => {
  expect(commentOctets(text).toString('utf8')).toBe(told);
});

it.each(['x', 'ü', '電', '😀', '\u001b'])(
  'a comment of many %j has at most 500 octets, cut between characters',
  (character) => {
    const octets = commentOctets(character.repeat(600));
    expect(octets.length).toBeLessThanOrEqual(500);
    expect(octets.length).toBeGreaterThan(490);
    expect(octets.toString('utf8')).toMatch(/…$/u);
    expect(octets.toString('utf8')).not.toContain('\ufffd');
  },
);

it('the direction of a packet is read back, and is not guessed', () => {
  const head = [
    sectionHeader({ application: 'labcm', comment: 'x' }),
    interfaceDescription({ name: 'a', description: 'b' }),
  ];
  const packetOf = (direction: 'in' | 'out') =>
    enhancedPacket({ interface: 0, at: 1n, direction, comments: ['why'], frame: Buffer.from('odd') });
  const packets = new CaptureReader().push(Buffer.concat([...head, packetOf('in'), packetOf('out')]));
  expect(packets.map(({ direction, bytes }) => [direction, bytes.toString()])).toEqual([
    ['in', 'odd'],
    ['out', 'odd'],
  ]);
});
