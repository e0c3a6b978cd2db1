// Makes the blocks of a pcapng file, little-endian (draft-ietf-opsawg-pcapng).

import {
  BLOCK,
  BYTE_ORDER_MAGIC,
  INTERFACE_OPTION,
  LINK_TYPE,
  OPTION,
  PACKET_DIRECTION,
  PACKET_OPTION,
  PCAPNG_VERSION,
  SECTION_OPTION,
  SNAPSHOT_LENGTH,
  STATISTICS_OPTION,
  UNKNOWN_SECTION_LENGTH,
} from './blocks.js';
import { commentOctets } from './comment-text.js';

/** Times are in units of 10^-9 s. */
const NANOSECONDS = 9;

/** Nanoseconds since the Unix epoch. */
export type Nanoseconds = bigint;

/** The time of a wall clock that counts milliseconds, to the microsecond: a finer part of such a number is noise. */
export const nanoseconds = (milliseconds: number): Nanoseconds => BigInt(Math.round(milliseconds * 1000)) * 1000n;

type Option = readonly [code: number, value: Buffer];

const padded = (length: number): number => (length + 3) & ~3;

const optionOctets = (options: readonly Option[]): Buffer => {
  if (options.length === 0) return Buffer.alloc(0);
  const parts = options.map(([code, value]) => {
    const octets = Buffer.alloc(4 + padded(value.length));
    octets.writeUInt16LE(code, 0);
    octets.writeUInt16LE(value.length, 2);
    value.copy(octets, 4);
    return octets;
  });
  const end = Buffer.alloc(4);
  end.writeUInt16LE(OPTION.end, 0);
  return Buffer.concat([...parts, end]);
};

/** A block of `type`: its fixed part, whose length is a multiple of four, then its options. */
const block = (type: number, fixed: Buffer, options: readonly Option[]): Buffer => {
  const tail = optionOctets(options);
  const length = 12 + fixed.length + tail.length;
  const octets = Buffer.alloc(length);
  octets.writeUInt32LE(type, 0);
  octets.writeUInt32LE(length, 4);
  fixed.copy(octets, 8);
  tail.copy(octets, 8 + fixed.length);
  octets.writeUInt32LE(length, length - 4);
  return octets;
};

const text = (value: string): Buffer => Buffer.from(value, 'utf8');

const uint32 = (value: number): Buffer => {
  const octets = Buffer.alloc(4);
  octets.writeUInt32LE(value >>> 0, 0);
  return octets;
};

const uint64 = (value: bigint): Buffer => {
  const octets = Buffer.alloc(8);
  octets.writeBigUInt64LE(value, 0);
  return octets;
};

/** A time as two halves, the upper one first. */
const timestamp = (at: Nanoseconds): Buffer => {
  const octets = Buffer.alloc(8);
  octets.writeUInt32LE(Number(at >> 32n), 0);
  octets.writeUInt32LE(Number(at & 0xffff_ffffn), 4);
  return octets;
};

/** The block at the start of a file (§4.1). `comment`: at most 500 octets of it are written. */
export const sectionHeader = ({ application, comment }: { application: string; comment: string }): Buffer => {
  const fixed = Buffer.alloc(16);
  fixed.writeUInt32LE(BYTE_ORDER_MAGIC, 0);
  fixed.writeUInt16LE(PCAPNG_VERSION.major, 4);
  fixed.writeUInt16LE(PCAPNG_VERSION.minor, 6);
  fixed.writeBigUInt64LE(UNKNOWN_SECTION_LENGTH, 8);
  return block(BLOCK.sectionHeader, fixed, [
    [OPTION.comment, commentOctets(comment)],
    [SECTION_OPTION.application, text(application)],
  ]);
};

/** An Ethernet interface (§4.2), whose number is its place among the descriptions. */
export const interfaceDescription = ({ name, description }: { name: string; description: string }): Buffer => {
  const fixed = Buffer.alloc(8);
  fixed.writeUInt16LE(LINK_TYPE.ethernet, 0);
  fixed.writeUInt32LE(SNAPSHOT_LENGTH, 4);
  return block(BLOCK.interfaceDescription, fixed, [
    [INTERFACE_OPTION.name, text(name)],
    [INTERFACE_OPTION.description, text(description)],
    [INTERFACE_OPTION.timestampResolution, Buffer.from([NANOSECONDS])],
  ]);
};

/** One packet and what is said about it. */
export interface PacketBlock {
  readonly interface: number;
  readonly at: Nanoseconds;
  readonly direction: keyof typeof PACKET_DIRECTION;
  readonly comments: readonly string[];
  /** The whole frame, from its Ethernet header. */
  readonly frame: Buffer;
}

/** A packet (§4.3). */
export const enhancedPacket = ({ interface: id, at, direction, comments, frame }: PacketBlock): Buffer => {
  const fixed = Buffer.alloc(20 + padded(frame.length));
  fixed.writeUInt32LE(id, 0);
  timestamp(at).copy(fixed, 4);
  fixed.writeUInt32LE(frame.length, 12);
  fixed.writeUInt32LE(frame.length, 16);
  frame.copy(fixed, 20);
  return block(BLOCK.enhancedPacket, fixed, [
    ...comments.map((comment): Option => [OPTION.comment, commentOctets(comment)]),
    [PACKET_OPTION.flags, uint32(PACKET_DIRECTION[direction])],
  ]);
};

/** How many packets of an interface are in the file, and how many were lost (§4.6). */
export const interfaceStatistics = ({
  interface: id,
  at,
  received,
  dropped,
}: {
  readonly interface: number;
  readonly at: Nanoseconds;
  readonly received: number;
  readonly dropped: number;
}): Buffer =>
  block(BLOCK.interfaceStatistics, Buffer.concat([uint32(id), timestamp(at)]), [
    [STATISTICS_OPTION.received, uint64(BigInt(received))],
    [STATISTICS_OPTION.dropped, uint64(BigInt(dropped))],
  ]);
