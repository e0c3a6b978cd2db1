// Parses DHCP messages: the fixed header (RFC 2131 §2), and the options in all places where they may be.

import { CODE, END, PAD } from './options.js';
import type { MalformedReason } from './reasons.js';

/** Octets of the fixed header. */
export const HEADER_LENGTH = 236;
/** Where the options begin, after header and cookie. */
export const OPTIONS_AT = 240;
/** What options begin with, after the fixed header (RFC 2131 §3). */
export const MAGIC_COOKIE = 0x63825363;
const SNAME_AT = 44;
const FILE_AT = 108;
const MAX_HLEN = 16;
/** The most octets of a message. No client or relay sends more. */
export const MAX_MESSAGE = 4096;
/** The most octets of a client identifier. */
export const MAX_CLIENT_ID = 255;

/** Values of `op`. */
export const REQUEST = 1;
/** The `op` of what a server sends: BOOTREPLY (RFC 2131 §2). */
export const REPLY = 2;
/** The broadcast bit of `flags`. */
export const BROADCAST = 0x8000;

/** RFC 2132 §9.6, in the order of their numbers, from 1. */
export const MESSAGE_TYPES = ['DISCOVER', 'OFFER', 'REQUEST', 'DECLINE', 'ACK', 'NAK', 'RELEASE', 'INFORM'] as const;
/** A DHCP message type by its name, such as `DISCOVER` (RFC 2132 §9.6). */
export type MessageType = (typeof MESSAGE_TYPES)[number];

/** The number of a message type in option 53. */
export const typeNumber = (type: MessageType): number => MESSAGE_TYPES.indexOf(type) + 1;

/** Why octets are no DHCP message, and where. */
export interface Malformed {
  readonly malformed: MalformedReason;
  /** Octets from the start of the datagram. */
  readonly offset: number;
}

/** The least and most octets of the options that the server reads. */
const LENGTHS: readonly (readonly [code: number, least: number, most: number])[] = [
  [CODE.requestedAddress, 4, 4],
  [CODE.serverId, 4, 4],
  [CODE.leaseTime, 4, 4],
  [CODE.maxSize, 2, 2],
  [CODE.clientId, 1, MAX_CLIENT_ID],
];

/** A parsed message. It is a view of the datagram's octets, which are not copied. */
export class DhcpMessage {
  readonly bytes: Buffer;
  /** By code, in the order of first appearance: the value, joined from all instances of the option (RFC 3396 §7). */
  readonly options: ReadonlyMap<number, Buffer>;

  constructor(bytes: Buffer, options: ReadonlyMap<number, Buffer>) {
    this.bytes = bytes;
    this.options = options;
  }

  get op(): number {
    return this.bytes[0] as number;
  }
  get htype(): number {
    return this.bytes[1] as number;
  }
  get hlen(): number {
    return this.bytes[2] as number;
  }
  get hops(): number {
    return this.bytes[3] as number;
  }
  get xid(): number {
    return this.bytes.readUInt32BE(4);
  }
  get secs(): number {
    return this.bytes.readUInt16BE(8);
  }
  get flags(): number {
    return this.bytes.readUInt16BE(10);
  }
  get ciaddr(): number {
    return this.bytes.readUInt32BE(12);
  }
  get yiaddr(): number {
    return this.bytes.readUInt32BE(16);
  }
  get siaddr(): number {
    return this.bytes.readUInt32BE(20);
  }
  get giaddr(): number {
    return this.bytes.readUInt32BE(24);
  }
  /** `hlen` octets in upper-case hexadecimal. */
  get hardwareAddress(): string {
    return this.bytes.toString('hex', 28, 28 + this.hlen).toUpperCase();
  }

  /** Option 53; `undefined`: plain BOOTP. */
  get type(): MessageType | undefined {
    const number = this.options.get(CODE.messageType)?.[0];
    return number === undefined ? undefined : MESSAGE_TYPES[number - 1];
  }

  /** The first four octets of an option, as an address or a number. */
  u32(code: number): number | undefined {
    return this.options.get(code)?.readUInt32BE(0);
  }

  /** The first two octets of an option. */
  u16(code: number): number | undefined {
    return this.options.get(code)?.readUInt16BE(0);
  }

  /**
   * An option as Latin-1, without the one trailing NUL that phones send (`provisioning.md` §2.2); '' if it is absent.
   */
  text(code: number): string {
    const bytes = this.options.get(code);
    if (bytes === undefined) return '';
    return bytes.toString('latin1', 0, bytes[bytes.length - 1] === 0 ? bytes.length - 1 : bytes.length);
  }
}

/** Parses a datagram. Never throws: returns what is wrong with it. */
export const parseMessage = (bytes: Buffer): DhcpMessage | Malformed => {
  if (bytes.length < OPTIONS_AT) return { malformed: 'short', offset: bytes.length };
  if (bytes.length > MAX_MESSAGE) return { malformed: 'overlong', offset: MAX_MESSAGE };
  const op = bytes[0];
  if (op !== REQUEST && op !== REPLY) return { malformed: 'op', offset: 0 };
  if ((bytes[2] as number) > MAX_HLEN) return { malformed: 'hlen', offset: 2 };
  if (bytes.readUInt32BE(HEADER_LENGTH) !== MAGIC_COOKIE) return { malformed: 'cookie', offset: HEADER_LENGTH };

  const options = new Map<number, Buffer>();
  const overrun = collect(bytes, OPTIONS_AT, bytes.length, options) ?? collectOverloaded(bytes, options);
  if (overrun !== undefined) return overrun;

  for (const [code, least, most] of LENGTHS) {
    const length = options.get(code)?.length;
    if (length !== undefined && (length < least || length > most))
      return { malformed: 'option-length', offset: placeOf(bytes, code) };
  }
  const type = options.get(CODE.messageType);
  if (type !== undefined && (type.length !== 1 || MESSAGE_TYPES[(type[0] as number) - 1] === undefined))
    return { malformed: 'message-type', offset: placeOf(bytes, CODE.messageType) };
  if (bytes[2] === 0 && !options.has(CODE.clientId)) return { malformed: 'no-identity', offset: 2 };
  return new DhcpMessage(bytes, options);
};

/** The options of a malformed message: those before one that runs past the end, and without those of a wrong length. */
export const optionsBeforeFault = (bytes: Buffer): ReadonlyMap<number, Buffer> => {
  const options = new Map<number, Buffer>();
  collect(bytes, OPTIONS_AT, bytes.length, options);
  for (const [code, least, most] of LENGTHS) {
    const length = options.get(code)?.length;
    if (length !== undefined && (length < least || length > most)) options.delete(code);
  }
  return options;
};

/**
 * Adds the options from `start` to `end`. They may end without END; what follows END is padding. The instances of an
 * option are joined in their order (RFC 3396 §7).
 */
const collect = (bytes: Buffer, start: number, end: number, options: Map<number, Buffer>): Malformed | undefined => {
  for (let at = start; at < end; ) {
    const code = bytes[at] as number;
    if (code === END) return undefined;
    if (code === PAD) {
      at += 1;
      continue;
    }
    const length = bytes[at + 1] as number;
    const next = at + 2 + length;
    if (at + 2 > end || next > end) return { malformed: 'overrun', offset: at };
    const value = bytes.subarray(at + 2, next);
    const before = options.get(code);
    options.set(code, before === undefined ? value : Buffer.concat([before, value]));
    at = next;
  }
  return undefined;
};

/** Where an option is first; where the options begin, if it is in `file` or `sname`. */
const placeOf = (bytes: Buffer, wanted: number): number => {
  for (let at = OPTIONS_AT; at < bytes.length && bytes[at] !== END; ) {
    if (bytes[at] === wanted) return at;
    at += bytes[at] === PAD ? 1 : 2 + (bytes[at + 1] ?? 0);
  }
  return OPTIONS_AT;
};

/**
 * Adds the options in `file`, then in `sname`, if option 52 says so. An option 52 inside them is ignored (RFC 2131
 * §4.1).
 */
const collectOverloaded = (bytes: Buffer, options: Map<number, Buffer>): Malformed | undefined => {
  const overload = options.get(CODE.overload);
  if (overload === undefined) return undefined;
  const fields = overload[0] as number;
  if (overload.length !== 1 || fields < 1 || fields > 3)
    return { malformed: 'overload', offset: placeOf(bytes, CODE.overload) };
  const inFile = (fields & 1) === 0 ? undefined : collect(bytes, FILE_AT, HEADER_LENGTH, options);
  return inFile ?? ((fields & 2) === 0 ? undefined : collect(bytes, SNAME_AT, FILE_AT, options));
};
