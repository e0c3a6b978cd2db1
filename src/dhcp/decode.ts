// Decodes messages for `labcm decode dhcp`: header fields and options by the names of the RFCs, with typed values.

import type { Ipv4Address } from '../core/identifiers.js';
import { ipv4Text } from './ipv4.js';
import type { OptionValue } from './option-kinds.js';
import { CODE, decodeOption, optionRow } from './options.js';
import {
  BROADCAST,
  DhcpMessage,
  MESSAGE_TYPES,
  OPTIONS_AT,
  optionsBeforeFault,
  parseMessage,
  REPLY,
} from './packet.js';
import { MALFORMED } from './reasons.js';

/** An option with its name and typed value. */
export interface DecodedOption {
  readonly code: number;
  readonly name: string;
  readonly value: OptionValue;
}

/** A decoded message. */
export interface DecodedDhcpMessage {
  /** The message type; plain BOOTP is BOOTREQUEST or BOOTREPLY. */
  readonly name: string;
  readonly fields: {
    readonly op: number;
    readonly htype: number;
    readonly hlen: number;
    readonly hops: number;
    readonly xid: string;
    readonly secs: number;
    readonly flags: string;
    readonly broadcast: boolean;
    readonly ciaddr: Ipv4Address;
    readonly yiaddr: Ipv4Address;
    readonly siaddr: Ipv4Address;
    readonly giaddr: Ipv4Address;
    readonly chaddr: string;
    readonly sname: string;
    readonly file: string;
    readonly options: readonly DecodedOption[];
  };
}

/** Why a message cannot be decoded. */
export interface UndecodableDhcpMessage {
  readonly error: string;
  /** Octets from the start. */
  readonly offset: number;
}

/** Decodes the payload of one UDP datagram. Options in `sname` or `file` (option 52) are among the options. */
export const decodeFrame = (bytes: Buffer): DecodedDhcpMessage | UndecodableDhcpMessage => {
  const message = parseMessage(bytes);
  if ('malformed' in message) return { error: MALFORMED[message.malformed], offset: message.offset };
  return decodeMessage(message, bytes);
};

/** Decodes what there is of a malformed or cut message. */
export const decodePart = (
  bytes: Buffer,
): { readonly name?: string; readonly fields: Partial<DecodedDhcpMessage['fields']> } => {
  const padded = Buffer.alloc(Math.max(bytes.length, OPTIONS_AT));
  bytes.copy(padded);
  const { name, fields } = decodeMessage(new DhcpMessage(padded, optionsBeforeFault(bytes)), padded);
  const there = Object.entries(fields).filter(([field]) => bytes.length >= (ENDS[field] ?? 0));
  return { ...(bytes.length > OPTIONS_AT ? { name } : {}), fields: Object.fromEntries(there) };
};

/** Octets to the end of each field (RFC 2131 §2). */
const ENDS: Readonly<Record<string, number>> = {
  op: 1,
  htype: 2,
  hlen: 3,
  hops: 4,
  xid: 8,
  secs: 10,
  flags: 12,
  broadcast: 12,
  ciaddr: 16,
  yiaddr: 20,
  siaddr: 24,
  giaddr: 28,
  chaddr: 44,
  sname: 108,
  file: 236,
  options: OPTIONS_AT,
};

const decodeMessage = (message: DhcpMessage, bytes: Buffer): DecodedDhcpMessage => {
  const overload = message.options.get(CODE.overload)?.[0] ?? 0;
  return {
    name: message.type ?? (message.op === REPLY ? 'BOOTREPLY' : 'BOOTREQUEST'),
    fields: {
      op: message.op,
      htype: message.htype,
      hlen: message.hlen,
      hops: message.hops,
      xid: `0x${bytes.toString('hex', 4, 8)}`,
      secs: message.secs,
      flags: `0x${bytes.toString('hex', 10, 12)}`,
      broadcast: (message.flags & BROADCAST) !== 0,
      ciaddr: ipv4Text(message.ciaddr),
      yiaddr: ipv4Text(message.yiaddr),
      siaddr: ipv4Text(message.siaddr),
      giaddr: ipv4Text(message.giaddr),
      chaddr: bytes.toString('hex', 28, 44),
      sname: (overload & 2) === 0 ? textField(bytes, 44, 108) : '',
      file: (overload & 1) === 0 ? textField(bytes, 108, 236) : '',
      options: decodedOptions(message),
    },
  };
};

const decodedOptions = ({ options }: DhcpMessage): readonly DecodedOption[] =>
  [...options].map(([code, bytes]) => ({
    code,
    name: optionRow(code).name,
    value: code === CODE.messageType ? (MESSAGE_TYPES[(bytes[0] as number) - 1] ?? 0) : decodeOption(code, bytes),
  }));

const textField = (bytes: Buffer, start: number, end: number): string => {
  const nul = bytes.indexOf(0, start);
  return bytes.toString('latin1', start, nul < 0 || nul > end ? end : nul);
};
