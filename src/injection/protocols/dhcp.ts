// DHCP for the injection of faults.

import { relayAddress, SUB_OPTION } from '../../dhcp/exchange.js';
import { ipv4Octets, ipv4Text } from '../../dhcp/ipv4.js';
import { CODE, END, OPTION_NAMES, optionCode, optionRow } from '../../dhcp/options.js';
import {
  type DhcpMessage,
  HEADER_LENGTH,
  MAGIC_COOKIE,
  MESSAGE_TYPES,
  OPTIONS_AT,
  parseMessage,
  REPLY,
  typeNumber,
} from '../../dhcp/packet.js';
import { encodeOption } from '../../dhcp/served-subnet.js';
import type { FieldChange, WireProtocol } from '../wire-protocol.js';

/** RFC 2132 §9.6. */
export const DHCP_MESSAGES: readonly string[] = MESSAGE_TYPES;

/** Fields of the header (RFC 2131 §2): the first octet and how many there are. */
const HEADER_FIELDS: Readonly<Record<string, readonly [at: number, octets: number]>> = {
  xid: [4, 4],
  secs: [8, 2],
  flags: [10, 2],
  ciaddr: [12, 4],
  yiaddr: [16, 4],
  siaddr: [20, 4],
  giaddr: [24, 4],
  chaddr: [28, 16],
  sname: [44, 64],
  file: [108, 128],
};

/** Fields of the header, and options by their names. An option may also be given by its number. */
export const DHCP_FIELDS: readonly string[] = [...Object.keys(HEADER_FIELDS), ...OPTION_NAMES];

/** BOOTP relays and clients may drop shorter replies (RFC 1542 §2.1). */
const LEAST_OCTETS = 300;
const USUAL_TEXT = 'refused on purpose';
const [FILE_AT, FILE_END] = [108, 236];
const SNAME_AT = 44;

const parsed = (bytes: Buffer): DhcpMessage | undefined => {
  const message = parseMessage(bytes);
  return 'malformed' in message ? undefined : message;
};

/** The header and these options, the message type first. What stood in `sname` and `file` as options is cleared there. */
const written = (header: Buffer, options: ReadonlyMap<number, Buffer>): Buffer => {
  const overload = options.get(CODE.overload)?.[0] ?? 0;
  const head = Buffer.from(header.subarray(0, OPTIONS_AT));
  if ((overload & 1) !== 0) head.fill(0, FILE_AT, FILE_END);
  if ((overload & 2) !== 0) head.fill(0, SNAME_AT, FILE_AT);
  const codes = [...options.keys()].filter((code) => code !== CODE.overload);
  const pieces = codes.map((code) => encodeOption(code, options.get(code) ?? Buffer.alloc(0)));
  const octets = Buffer.concat([head, ...pieces, Buffer.from([END])]);
  return octets.length >= LEAST_OCTETS ? octets : Buffer.concat([octets], LEAST_OCTETS);
};

const withOption = ({ bytes, options }: DhcpMessage, code: number, value: Buffer): Buffer =>
  written(bytes, new Map([...options, [code, value]]));

/** `192.0.2.1`, or a number of so many octets, or a text. */
const headerOctets = (value: unknown, octets: number): Buffer | undefined => {
  if (octets === 4 && typeof value === 'string') return optionRow(CODE.requestedAddress).kind.encode(value);
  if (typeof value === 'number' && octets <= 4 && value >= 0 && value < 256 ** octets && Number.isInteger(value)) {
    const bytes = Buffer.alloc(octets);
    bytes.writeUIntBE(value, 0, octets);
    return bytes;
  }
  if (typeof value !== 'string') return undefined;
  const text = Buffer.from(value, 'latin1');
  return text.length > octets ? undefined : Buffer.concat([text], octets);
};

const changedHeader = (bytes: Buffer, [at, octets]: readonly [number, number], change: FieldChange) => {
  const old = bytes.subarray(at, at + octets);
  const value = change.kind === 'garble' ? change.random.garbled(old) : headerOctets(change.value, octets);
  if (value === undefined) return undefined;
  const changed = Buffer.from(bytes);
  value.copy(changed, at);
  return changed;
};

const changedOption = (message: DhcpMessage, code: number, change: FieldChange): Buffer | undefined => {
  const old = message.options.get(code);
  if (change.kind === 'garble')
    return old === undefined ? undefined : withOption(message, code, change.random.garbled(old));
  const value = optionRow(code).kind.encode(change.value);
  return value === undefined ? undefined : withOption(message, code, value);
};

/** Only a message of a server has these. */
const ofServer = (bytes: Buffer): DhcpMessage | undefined => {
  const message = parsed(bytes);
  return message?.op === REPLY && message.options.has(CODE.tftpServerAddress) ? message : undefined;
};

/** The message with other TFTP servers in options 150 and 66 and as next server; `undefined`: it names none. */
export const withTftpServers = (bytes: Buffer, servers: readonly string[]): Buffer | undefined => {
  const message = ofServer(bytes);
  const octets = optionRow(CODE.tftpServerAddress).kind.encode(servers);
  const [first = ''] = servers;
  if (message === undefined || octets === undefined) return undefined;
  const options = new Map([...message.options, [CODE.tftpServerAddress, octets] as const]);
  if (options.has(CODE.tftpServerName)) options.set(CODE.tftpServerName, Buffer.from(first, 'latin1'));
  const changed = written(bytes, options);
  if (message.siaddr !== 0) octets.copy(changed, 20, 0, 4);
  return changed;
};

/** The message with its option 150 as text; `undefined`: it has none. */
export const withTextOption150 = (bytes: Buffer): Buffer | undefined => {
  const message = ofServer(bytes);
  const octets = message?.options.get(CODE.tftpServerAddress);
  if (message === undefined || octets === undefined) return undefined;
  const servers = Array.from({ length: Math.floor(octets.length / 4) }, (_, at) =>
    ipv4Text(octets.readUInt32BE(4 * at)),
  );
  return withOption(message, CODE.tftpServerAddress, Buffer.from(servers.join(','), 'latin1'));
};

/** Whether a REQUEST names another server, whose answer is not ours to give. A relay may stand in for us (RFC 5107). */
const isForAnother = (message: DhcpMessage, servers: readonly number[]): boolean => {
  const named = message.options.get(CODE.serverId);
  if (named?.length !== 4) return false;
  const server = named.readUInt32BE(0);
  return !servers.includes(server) && relayAddress(message, SUB_OPTION.serverIdOverride) !== server;
};

/**
 * The NAK for a REQUEST (RFC 2131 §4.3.2). `servers`: the addresses of this server, first the one that the message came to.
 * `undefined`: it is no REQUEST, or one for another server.
 */
export const nakFor = (
  bytes: Buffer,
  servers: readonly number[],
  reason: string | number | undefined,
): Buffer | undefined => {
  const message = parsed(bytes);
  if (message?.type !== 'REQUEST' || isForAnother(message, servers)) return undefined;
  const { options } = message;
  const [server = 0] = servers;
  const head = Buffer.alloc(OPTIONS_AT);
  bytes.copy(head, 0, 0, 44);
  head[0] = REPLY;
  head.fill(0, 8, 10); // secs
  head.fill(0, 12, 24); // ciaddr, yiaddr, siaddr
  head.writeUInt32BE(MAGIC_COOKIE, HEADER_LENGTH);
  const answer = new Map<number, Buffer>([
    [CODE.messageType, Buffer.from([typeNumber('NAK')])],
    [CODE.serverId, options.get(CODE.serverId) ?? ipv4Octets([server])],
    [CODE.message, Buffer.from(String(reason ?? USUAL_TEXT), 'latin1')],
  ]);
  for (const code of [CODE.clientId, CODE.relayAgentInformation]) {
    const value = options.get(code);
    if (value !== undefined) answer.set(code, value);
  }
  return written(head, answer);
};

/** DHCP. A refusal needs the address of the server, so it is made by `nakFor`. */
export const dhcpWire: WireProtocol = {
  read: (bytes) => {
    const message = parsed(bytes);
    if (message === undefined) return { names: [] };
    const mac = message.hlen === 6 ? message.hardwareAddress : undefined;
    return { names: message.type === undefined ? [] : [message.type], hint: { mac } };
  },
  change: (bytes, field, change) => {
    const header = Object.hasOwn(HEADER_FIELDS, field) ? HEADER_FIELDS[field] : undefined;
    if (header !== undefined) return bytes.length < OPTIONS_AT ? undefined : changedHeader(bytes, header, change);
    const code = optionCode(field);
    const message = code === undefined ? undefined : parsed(bytes);
    return code === undefined || message === undefined ? undefined : changedOption(message, code, change);
  },
  refuse: (bytes, reason) => nakFor(bytes, [], reason),
};
