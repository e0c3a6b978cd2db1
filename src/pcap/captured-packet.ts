// What the readers of both capture formats give: packets, and why a file cannot be read on.

import type { PACKET_DIRECTION } from './blocks.js';

/** `in`: towards who captured it. */
export type PacketDirection = keyof typeof PACKET_DIRECTION;

/** When a packet was captured: since the Unix epoch, to the nanosecond. */
export interface PacketTime {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** A packet of a capture file. */
export interface CapturedPacket {
  /** Its place in the file, from 1. */
  readonly number: number;
  /** `undefined`: the file does not say, or no calendar has that time. */
  readonly time: PacketTime | undefined;
  /** One of `LINK_TYPE`, or another. */
  readonly linkType: number;
  /** Which way it went, seen from who captured it; absent: the file does not say. */
  readonly direction?: PacketDirection | undefined;
  /** As far as it was captured. A view of the file's octets. */
  readonly bytes: Buffer;
}

/** A place from which a file cannot be read on. */
export interface CaptureFault {
  /** Octets from the start of the file. */
  readonly offset: number;
  readonly found: string;
  readonly wanted: string;
}

/** Reads the records of one format from a queue of octets. */
export interface RecordReader {
  /** The next packet; `undefined`: more octets are needed. */
  next(number: number): CapturedPacket | CaptureFault | undefined;
  /** How many octets the record at the front of the queue has, as far as that is known. */
  readonly wanted: number;
}

/** 9999-12-31. */
const LAST_SECOND = 253_402_300_799;
const BILLION = 1_000_000_000;

/** Makes a time; `undefined`: not in the years 1970 to 9999. */
export const packetTime = (seconds: number, nanoseconds: number): PacketTime | undefined => {
  const whole = seconds + Math.floor(nanoseconds / BILLION);
  return whole >= 0 && whole <= LAST_SECOND ? { seconds: whole, nanoseconds: nanoseconds % BILLION } : undefined;
};
