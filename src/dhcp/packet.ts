// The BOOTP message: its fixed header (RFC 2131 §2) and its options in all the places where they may stand. What an
// option means is in `options.ts`; what is done about a message, in `service.ts`.

import { CODE, END, PAD } from './options.js';
import type { MalformedReason } from './reasons.js';

export const HEADER_LENGTH = 236;
export const OPTIONS_AT = 240;
/** What options begin with, after the fixed header (RFC 2131 §3). */
export const MAGIC_COOKIE = 0x63825363;
const SNAME_AT = 44;
const FILE_AT = 108;
const MAX_HLEN = 16;
/** No client or relay sends so much; a datagram beyond it is no DHCP. */
export const MAX_MESSAGE = 4096;
export const MAX_CLIENT_ID = 255;

export const REQUEST = 1;
export const REPLY = 2;
export const BROADCAST = 0x8000;

/** RFC 2132 §9.6, in the order of their numbers, from 1. */
export const MESSAGE_TYPES = ['DISCOVER', 'OFFER', 'REQUEST', 'DECLINE', 'ACK', 'NAK', 'RELEASE', 'INFORM'] as const;
export type MessageType = (typeof MESSAGE_TYPES)[number];

export const typeNumber = (type: MessageType): number => MESSAGE_TYPES.indexOf(type) + 1;

export interface Malformed {
  readonly malformed: MalformedReason;
  /** Octets from the start of the datagram. */
  readonly offset: number;
}

/** Lengths that the server relies on, of what it reads itself. */
const LENGTHS: readonly (readonly [code: number, least: number, most: number])[] = [
  [CODE.requestedAddress, 4, 4],
  [CODE.serverId, 4, 4],
  [CODE.leaseTime, 4, 4],
  [CODE.maxSize, 2, 2],
  [CODE.clientId, 1, MAX_CLIENT_ID],
];

/** A message over the datagram that holds it; nothing is copied. */
export class DhcpMessage {
  readonly bytes: Buffer;
  /** The value of each option, joined over its instances (RFC 3396 §7), in the order of first appearance. */
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

  /** `undefined`: plain BOOTP. */
  get type(): MessageType | undefined {
    const number = this.options.get(CODE.messageType)?.[0];
    return number === undefined ? undefined : MESSAGE_TYPES[number - 1];
  }

  /** The first four octets of an option as an address or a number. */
  u32(code: number): number | undefined {
    return this.options.get(code)?.readUInt32BE(0);
  }

  u16(code: number): number | undefined {
    return this.options.get(code)?.readUInt16BE(0);
  }

  /** Without the one trailing NUL that phones send (`provisioning.md` §2.2); '' where the option is absent. */
  text(code: number): string {
    const bytes = this.options.get(code);
    if (bytes === undefined) return '';
    return bytes.toString('latin1', 0, bytes[bytes.length - 1] === 0 ? bytes.length - 1 : bytes.length);
  }
}

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

/** The options of a malformed message: those before the one that overruns, without such as have a wrong length. */
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
 * Adds the options from `start` to `end`. They may end without END; what follows END is padding. Instances of one code
 * are joined in the order in which they come (RFC 3396 §7).
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

/** Where an option of a well-formed field stands first; where options begin, if it stands in `file` or `sname`. */
const placeOf = (bytes: Buffer, wanted: number): number => {
  for (let at = OPTIONS_AT; at < bytes.length && bytes[at] !== END; ) {
    if (bytes[at] === wanted) return at;
    at += bytes[at] === PAD ? 1 : 2 + (bytes[at + 1] ?? 0);
  }
  return OPTIONS_AT;
};

/** The options in `file`, then in `sname`, where option 52 says so. A 52 found inside them is not looked at (RFC 2131 §4.1). */
const collectOverloaded = (bytes: Buffer, options: Map<number, Buffer>): Malformed | undefined => {
  const overload = options.get(CODE.overload);
  if (overload === undefined) return undefined;
  const fields = overload[0] as number;
  if (overload.length !== 1 || fields < 1 || fields > 3)
    return { malformed: 'overload', offset: placeOf(bytes, CODE.overload) };
  const inFile = (fields & 1) === 0 ? undefined : collect(bytes, FILE_AT, HEADER_LENGTH, options);
  return inFile ?? ((fields & 2) === 0 ? undefined : collect(bytes, SNAME_AT, FILE_AT, options));
};
