import { describe, expect, it } from 'vitest';
import { type FrameEnd, madeMac, TCP_FLAG, tcpFrame, udpFrame } from '../../src/pcap/frames.js';

const HERE: FrameEnd = { address: 0x0a0a_d20a, port: 2000, mac: madeMac(0x0a0a_d20a) };
const PHONE: FrameEnd = { address: 0xc0a8_01c8, port: 49_152, mac: Buffer.from('005056a1033d', 'hex') };

/** Whether these octets with their checksum add up to nothing: the words as one long number, modulo 2^16 - 1. */
const addsUp = (octets: Buffer): boolean => {
  const even = octets.length % 2 === 0 ? octets : Buffer.concat([octets, Buffer.from([0])]);
  return even.length > 0 && BigInt(`0x${even.toString('hex')}`) % 0xffffn === 0n;
};

const ipOf = (frame: Buffer): Buffer => frame.subarray(14, 34);
/** With the pseudo header in front. */
const transportOf = (frame: Buffer): Buffer => {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(frame.length - 34);
  return Buffer.concat([frame.subarray(26, 34), Buffer.from([0, frame[23] ?? 0]), length, frame.subarray(34)]);
};

const PAYLOADS = [0, 1, 2, 11, 512, 1459, 1460, 1473, 9_000, 65_507].map((length) =>
  Buffer.from(Array.from({ length }, (_, at) => (at * 31 + length) & 0xff)),
);

describe.each(PAYLOADS.map((payload) => [payload.length, payload] as const))('with %i octets', (length, payload) => {
  it('a datagram is one packet with right checksums and its true length', () => {
    const frame = udpFrame({ from: PHONE, to: HERE, identification: 7 }, payload);
    expect(frame).toHaveLength(14 + 20 + 8 + length);
    expect(frame.readUInt16BE(16)).toBe(28 + length);
    expect(frame.readUInt16BE(38)).toBe(8 + length);
    expect(frame.readUInt16BE(40)).not.toBe(0);
    expect([addsUp(ipOf(frame)), addsUp(transportOf(frame))]).toEqual([true, true]);
    expect(frame.subarray(42).equals(payload)).toBe(true);
  });

  if (length <= 1460)
    it('a segment has right checksums', () => {
      const fields = { from: HERE, to: PHONE, identification: 70_000, sequence: 2 ** 32 + 5, acknowledgement: 9 };
      const frame = tcpFrame({ ...fields, flags: TCP_FLAG.psh | TCP_FLAG.ack }, payload);
      expect(frame).toHaveLength(14 + 20 + 20 + length);
      expect([addsUp(ipOf(frame)), addsUp(transportOf(frame))]).toEqual([true, true]);
      expect([frame.readUInt32BE(38), frame.readUInt32BE(42), frame[47]]).toEqual([5, 9, 0x18]);
      expect(frame.readUInt16BE(18)).toBe(70_000 - 65_536);
    });
});

it('a frame has Ethernet addresses that stand for the IPv4 addresses, DF and a TTL of 64', () => {
  const frame = udpFrame({ from: PHONE, to: HERE, identification: 1 }, Buffer.from('x'));
  expect(frame.toString('hex', 0, 14)).toBe(`02000a0ad20a${'005056a1033d'}0800`);
  expect([frame.readUInt16BE(20), frame[22], frame[23]]).toEqual([0x4000, 64, 17]);
  expect(frame.readUInt32BE(26)).toBe(PHONE.address);
  expect(madeMac(0xffff_ffff).toString('hex')).toBe('ffffffffffff');
});

it('a datagram whose checksum is 0 has 0xffff, since 0 means none', () => {
  const zero = Buffer.alloc(2);
  const end = { ...HERE, address: 0, port: 0 };
  const sum = udpFrame({ from: end, to: end, identification: 0 }, zero).readUInt16BE(40);
  const payload = Buffer.alloc(2);
  payload.writeUInt16BE(sum);
  expect(udpFrame({ from: end, to: end, identification: 0 }, payload).readUInt16BE(40)).toBe(0xffff);
});

it('a SYN names the largest segment', () => {
  const fields = { from: PHONE, to: HERE, identification: 1, sequence: 1, acknowledgement: 0 };
  const frame = tcpFrame({ ...fields, flags: TCP_FLAG.syn }, Buffer.alloc(0));
  expect([frame.length, frame.toString('hex', 54)]).toEqual([58, '020405b4']);
  expect(addsUp(transportOf(frame))).toBe(true);
});
