// Reads pcapng files (draft-ietf-opsawg-pcapng): sections of either byte order, interfaces with their own resolution of
// time, packets in enhanced, simple and obsolete blocks. Other blocks are skipped.

import { BLOCK, BYTE_ORDER_MAGIC, INTERFACE_OPTION, OPTION, PACKET_DIRECTION, PACKET_OPTION } from './blocks.js';
import {
  type CapturedPacket,
  type CaptureFault,
  type PacketDirection,
  type PacketTime,
  packetTime,
  type RecordReader,
} from './captured-packet.js';
import { MAX_BLOCK, MAX_INTERFACES } from './formats.js';
import type { OctetQueue } from './octet-queue.js';

/** Octets of type and length, and of the length that is repeated at the end. */
const HEAD = 8;
const TAIL = 4;
const LEAST_BLOCK = HEAD + TAIL;
/** Octets of the least section header block. */
const LEAST_SECTION = 28;

interface CaptureInterface {
  readonly linkType: number;
  /** The most octets of a packet that were captured; 0: no limit. */
  readonly snapshot: number;
  readonly unitsPerSecond: bigint;
  /** Seconds to add to the times of packets. */
  readonly offset: bigint;
}

const MICROSECONDS = 1_000_000n;
const BILLION = 1_000_000_000n;

/** The reader of a file that begins with a section header block; `undefined`: it does not. */
export const pcapngReader = (queue: OctetQueue): PcapngReader | undefined =>
  queue.peek(4)?.readUInt32BE(0) === BLOCK.sectionHeader ? new PcapngReader(queue) : undefined;

/** Reads a block at a time. */
export class PcapngReader implements RecordReader {
  readonly #queue: OctetQueue;
  #littleEndian = true;
  #interfaces: CaptureInterface[] = [];
  #wanted = LEAST_BLOCK;

  constructor(queue: OctetQueue) {
    this.#queue = queue;
  }

  get wanted(): number {
    return this.#wanted;
  }

  next(number: number): CapturedPacket | CaptureFault | undefined {
    for (;;) {
      const block = this.#nextBlock();
      if (block === undefined || 'found' in block) return block;
      const result = this.#read(block.type, block.body, number);
      if (result === undefined) continue;
      return 'found' in result ? { ...result, offset: block.offset } : result;
    }
  }

  /** The next block that is read. Those between are skipped. */
  #nextBlock(): { readonly type: number; readonly body: Buffer; readonly offset: number } | CaptureFault | undefined {
    for (;;) {
      this.#wanted = LEAST_BLOCK;
      const head = this.#queue.peek(LEAST_BLOCK);
      if (head === undefined) return undefined;
      const { offset } = this.#queue;
      // The type of a section header reads the same in both byte orders.
      const starts = head.readUInt32BE(0) === BLOCK.sectionHeader;
      if (starts) {
        const magic = head.readUInt32LE(HEAD);
        this.#littleEndian = magic === BYTE_ORDER_MAGIC;
        if (!this.#littleEndian && head.readUInt32BE(HEAD) !== BYTE_ORDER_MAGIC)
          return { offset, found: `a section with the magic 0x${hex(magic)}`, wanted: `0x${hex(BYTE_ORDER_MAGIC)}` };
      }
      const type = starts ? BLOCK.sectionHeader : this.#u32(head, 0);
      const length = this.#u32(head, 4);
      const least = starts ? LEAST_SECTION : LEAST_BLOCK;
      if (length < least || length % 4 !== 0)
        return { offset, found: `a block of ${length} octets`, wanted: `a multiple of 4, at least ${least}` };
      if (!READ.has(type)) {
        this.#queue.skip(length);
        continue;
      }
      if (length > MAX_BLOCK) return { offset, found: `a block of ${length} octets`, wanted: `at most ${MAX_BLOCK}` };
      this.#wanted = length;
      const block = this.#queue.peek(length);
      if (block === undefined) return undefined;
      const repeated = this.#u32(block, length - TAIL);
      if (repeated !== length)
        return {
          offset,
          found: `a block of ${length} octets that ends as one of ${repeated}`,
          wanted: 'the same twice',
        };
      this.#queue.skip(length);
      return { type, body: block.subarray(HEAD, length - TAIL), offset };
    }
  }

  #read(type: number, body: Buffer, number: number): CapturedPacket | Omit<CaptureFault, 'offset'> | undefined {
    switch (type) {
      case BLOCK.sectionHeader:
        return this.#readSection(body);
      case BLOCK.interfaceDescription:
        return this.#readInterface(body);
      case BLOCK.enhancedPacket:
        return body.length < 20 ? TOO_SHORT : this.#packet(number, this.#u32(body, 0), body, this.#u32(body, 12), 4);
      case BLOCK.packet:
        return body.length < 20 ? TOO_SHORT : this.#packet(number, this.#u16(body, 0), body, this.#u32(body, 12), 4);
      default:
        return body.length < 4 ? TOO_SHORT : this.#simplePacket(number, body);
    }
  }

  #readSection(body: Buffer): Omit<CaptureFault, 'offset'> | undefined {
    this.#interfaces = [];
    const major = this.#u16(body, 4);
    return major === 1 ? undefined : { found: `a section of version ${major}`, wanted: 'version 1' };
  }

  #readInterface(body: Buffer): Omit<CaptureFault, 'offset'> | undefined {
    if (body.length < 8) return TOO_SHORT;
    if (this.#interfaces.length >= MAX_INTERFACES)
      return { found: 'one interface more', wanted: `at most ${MAX_INTERFACES} in a section` };
    let unitsPerSecond = MICROSECONDS;
    let offset = 0n;
    for (const [code, value] of this.#options(body, 8)) {
      if (code === INTERFACE_OPTION.timestampResolution && value.length === 1)
        unitsPerSecond = resolutionOf(value[0] as number);
      if (code === INTERFACE_OPTION.timestampOffset && value.length === 8)
        offset = this.#littleEndian ? value.readBigInt64LE(0) : value.readBigInt64BE(0);
    }
    this.#interfaces.push({ linkType: this.#u16(body, 0), snapshot: this.#u32(body, 4), unitsPerSecond, offset });
    return undefined;
  }

  /** The packet of an enhanced or obsolete block, which have the same layout but for the interface. */
  #packet(
    number: number,
    interfaceNumber: number,
    body: Buffer,
    length: number,
    timeAt: number,
  ): CapturedPacket | Omit<CaptureFault, 'offset'> {
    const found = this.#interfaces[interfaceNumber];
    if (found === undefined) return noInterface(interfaceNumber, this.#interfaces.length);
    const bytes = body.subarray(20, 20 + length);
    if (bytes.length < length)
      return { found: `a packet of ${length} octets`, wanted: `at most ${bytes.length}, which its block has` };
    const units = (BigInt(this.#u32(body, timeAt)) << 32n) | BigInt(this.#u32(body, timeAt + 4));
    const direction = this.#direction(body, 20 + padded(length));
    return { number, time: timeOf(units, found), linkType: found.linkType, direction, bytes };
  }

  /** The direction in the options that begin at `at` (§4.3.1). */
  #direction(body: Buffer, at: number): PacketDirection | undefined {
    for (const [code, value] of this.#options(body, at))
      if (code === PACKET_OPTION.flags && value.length === 4) return DIRECTIONS[this.#u32(value, 0) & 3];
    return undefined;
  }

  /** The options that begin at `at`: their codes and values (§3.5). */
  *#options(body: Buffer, at: number): Generator<readonly [code: number, value: Buffer]> {
    for (let next = at; next + 4 <= body.length; ) {
      const code = this.#u16(body, next);
      const length = this.#u16(body, next + 2);
      const value = body.subarray(next + 4, next + 4 + length);
      if (code === OPTION.end || value.length < length) return;
      yield [code, value];
      next += 4 + padded(length);
    }
  }

  /** A simple packet block has neither time nor interface: it is of the first one. */
  #simplePacket(number: number, body: Buffer): CapturedPacket | Omit<CaptureFault, 'offset'> {
    const [first] = this.#interfaces;
    if (first === undefined) return noInterface(0, 0);
    const limit = first.snapshot === 0 ? Number.POSITIVE_INFINITY : first.snapshot;
    const bytes = body.subarray(4, 4 + Math.min(this.#u32(body, 0), limit));
    return { number, time: undefined, linkType: first.linkType, bytes };
  }

  #u32(bytes: Buffer, at: number): number {
    return this.#littleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
  }

  #u16(bytes: Buffer, at: number): number {
    return this.#littleEndian ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at);
  }
}

const READ: ReadonlySet<number> = new Set([
  BLOCK.sectionHeader,
  BLOCK.interfaceDescription,
  BLOCK.packet,
  BLOCK.simplePacket,
  BLOCK.enhancedPacket,
]);
/** By the lowest two bits of the flags of a packet. */
const DIRECTIONS: Readonly<Record<number, PacketDirection>> = {
  [PACKET_DIRECTION.in]: 'in',
  [PACKET_DIRECTION.out]: 'out',
};
const TOO_SHORT = { found: 'a block that is shorter than its fields', wanted: 'a whole one' };

const noInterface = (number: number, count: number): Omit<CaptureFault, 'offset'> => ({
  found: `a packet of interface ${number}`,
  wanted: `one of the ${count} that the section describes`,
});

const padded = (length: number): number => (length + 3) & ~3;
const hex = (number: number): string => number.toString(16).padStart(8, '0');

/** The option if_tsresol: a power of ten, or with the highest bit a power of two. */
const resolutionOf = (octet: number): bigint => (octet < 0x80 ? 10n ** BigInt(octet) : 2n ** BigInt(octet & 0x7f));

const timeOf = (units: bigint, { unitsPerSecond, offset }: CaptureInterface): PacketTime | undefined => {
  const seconds = units / unitsPerSecond + offset;
  const rest = ((units % unitsPerSecond) * BILLION) / unitsPerSecond;
  return packetTime(Number(seconds), Number(rest));
};
