// Reads pcap files (draft-ietf-opsawg-pcap), of either byte order, with times in microseconds or nanoseconds.

import { PCAP_MAGIC, SNAPSHOT_LENGTH } from './blocks.js';
import { type CapturedPacket, type CaptureFault, packetTime, type RecordReader } from './captured-packet.js';
import { PCAP_HEADER, PCAP_LINK_TYPE, PCAP_RECORD } from './formats.js';
import type { OctetQueue } from './octet-queue.js';

const THOUSAND = 1_000;

/** The reader of a file that begins with one of `PCAP_MAGIC`; `undefined`: it does not. */
export const pcapReader = (queue: OctetQueue): PcapReader | undefined => {
  const magic = queue.peek(4);
  for (const littleEndian of [true, false])
    for (const [unit, number] of Object.entries(PCAP_MAGIC))
      if (magic !== undefined && word(magic, 0, littleEndian) === number)
        return new PcapReader(queue, littleEndian, unit === 'nanoseconds' ? 1 : THOUSAND);
  return undefined;
};

const word = (bytes: Buffer, at: number, littleEndian: boolean): number =>
  littleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);

/** Reads the header of the file, then a record at a time. */
export class PcapReader implements RecordReader {
  readonly #queue: OctetQueue;
  readonly #littleEndian: boolean;
  /** Nanoseconds in the unit of the records' times. */
  readonly #unit: number;
  #linkType: number | undefined;
  #wanted = PCAP_HEADER;

  constructor(queue: OctetQueue, littleEndian: boolean, unit: number) {
    this.#queue = queue;
    this.#littleEndian = littleEndian;
    this.#unit = unit;
  }

  get wanted(): number {
    return this.#wanted;
  }

  next(number: number): CapturedPacket | CaptureFault | undefined {
    this.#linkType ??= this.#readHeader();
    if (this.#linkType === undefined) return undefined;
    this.#wanted = PCAP_RECORD;
    const head = this.#queue.peek(PCAP_RECORD);
    if (head === undefined) return undefined;
    const length = word(head, 8, this.#littleEndian);
    if (length > SNAPSHOT_LENGTH)
      return {
        offset: this.#queue.offset,
        found: `a packet of ${length} octets`,
        wanted: `at most ${SNAPSHOT_LENGTH}`,
      };
    this.#wanted = PCAP_RECORD + length;
    const record = this.#queue.peek(this.#wanted);
    if (record === undefined) return undefined;
    this.#queue.skip(this.#wanted);
    const time = packetTime(word(record, 0, this.#littleEndian), word(record, 4, this.#littleEndian) * this.#unit);
    return { number, time, linkType: this.#linkType, bytes: record.subarray(PCAP_RECORD) };
  }

  /** The link type of all packets. */
  #readHeader(): number | undefined {
    const header = this.#queue.peek(PCAP_HEADER);
    if (header === undefined) return undefined;
    this.#queue.skip(PCAP_HEADER);
    return word(header, 20, this.#littleEndian) & PCAP_LINK_TYPE;
  }
}
