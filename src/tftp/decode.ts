// Decodes packets for `labcm decode tftp`.

import { HEAD, OPCODE, opcodeOf, parseRequest } from './packet.js';

/** A packet's name, opcode and fields; or what is wrong with it, and at which octet. */
export type DecodedPacket =
  | { readonly name: string; readonly id: string; readonly fields: Readonly<Record<string, unknown>> }
  | { readonly error: string; readonly offset: number };

type FieldReader = (
  bytes: Buffer,
) => Readonly<Record<string, unknown>> | { readonly error: string; readonly offset: number };

const request: FieldReader = (bytes) => {
  const packet = parseRequest(bytes);
  if ('error' in packet) return packet;
  const { file, mode, options } = packet;
  return { file, mode, options: Object.fromEntries(options) };
};

const block: FieldReader = (bytes) =>
  bytes.length < HEAD
    ? { error: 'shorter than a block number', offset: bytes.length }
    : { block: bytes.readUInt16BE(2) };

/** By opcode: the packet's name (RFC 1350 §5, RFC 2347) and how its fields are read. */
const PACKETS: Readonly<Record<number, readonly [name: string, read: FieldReader]>> = {
  [OPCODE.RRQ]: ['RRQ', request],
  [OPCODE.WRQ]: ['WRQ', request],
  [OPCODE.DATA]: [
    'DATA',
    (bytes) => ('error' in block(bytes) ? block(bytes) : { ...block(bytes), octets: bytes.length - HEAD }),
  ],
  [OPCODE.ACK]: ['ACK', block],
  [OPCODE.ERROR]: [
    'ERROR',
    (bytes) => {
      if (bytes.length < HEAD) return { error: 'shorter than an error code', offset: bytes.length };
      const end = bytes.indexOf(0, HEAD);
      if (end < 0) return { error: 'message without its NUL', offset: HEAD };
      return { code: bytes.readUInt16BE(2), message: bytes.toString('latin1', HEAD, end) };
    },
  ],
  [OPCODE.OACK]: [
    'OACK',
    (bytes) => {
      const strings = bytes.toString('latin1', 2).split('\0');
      if (strings.pop() !== '' || strings.length % 2 !== 0) return { error: 'an option without its value', offset: 2 };
      const options: Record<string, string> = {};
      for (let index = 0; index < strings.length; index += 2) options[strings[index] ?? ''] = strings[index + 1] ?? '';
      return { options };
    },
  ],
};

/** Decodes a whole packet. */
export const decodeFrame = (bytes: Buffer): DecodedPacket => {
  const opcode = opcodeOf(bytes);
  const packet = PACKETS[opcode];
  if (packet === undefined)
    return { error: bytes.length < 2 ? 'shorter than an opcode' : `opcode ${opcode}`, offset: 0 };
  const [name, read] = packet;
  const fields = read(bytes);
  if ('error' in fields && 'offset' in fields) return { error: String(fields.error), offset: Number(fields.offset) };
  return { name, id: idOf(opcode), fields };
};

const idOf = (opcode: number): string => `0x${opcode.toString(16).padStart(4, '0')}`;

/** Decodes what there is of a faulty or cut packet; `undefined`: not even its opcode. */
export const decodePart = (bytes: Buffer): DecodedPacket | undefined => {
  const opcode = opcodeOf(bytes);
  const [name] = PACKETS[opcode] ?? [];
  if (name === undefined || bytes.length < 2) return undefined;
  return { name, id: idOf(opcode), fields: (PARTIAL_READERS[opcode] ?? (() => ({})))(bytes) };
};

/** By opcode: the fields before the fault, of which the last may be cut. */
const PARTIAL_READERS: Readonly<Record<number, (bytes: Buffer) => Readonly<Record<string, unknown>>>> = {
  [OPCODE.RRQ]: (bytes) => named(['file', 'mode'], bytes.toString('latin1', 2)),
  [OPCODE.WRQ]: (bytes) => named(['file', 'mode'], bytes.toString('latin1', 2)),
  [OPCODE.ERROR]: (bytes) =>
    bytes.length < HEAD ? {} : { code: bytes.readUInt16BE(2), message: bytes.toString('latin1', HEAD) },
  [OPCODE.OACK]: (bytes) => ({ words: bytes.toString('latin1', 2).split('\0') }),
};

const named = (names: readonly string[], text: string): Readonly<Record<string, string>> => {
  const strings = text.split('\0');
  return Object.fromEntries(names.flatMap((name, index) => (strings[index] ? [[name, strings[index]]] : [])));
};
