// What `labcm decode tftp` says of a packet: its name and fields, or where reading it ended.

import { HEAD, OPCODE, opcodeOf, readRequest } from './packet.js';

export type Decoded =
  | { readonly name: string; readonly id: string; readonly fields: Readonly<Record<string, unknown>> }
  | { readonly error: string; readonly offset: number };

type Reader = (
  bytes: Buffer,
) => Readonly<Record<string, unknown>> | { readonly error: string; readonly offset: number };

const request: Reader = (bytes) => {
  const packet = readRequest(bytes);
  if ('error' in packet) return packet;
  const { file, mode, options } = packet;
  return { file, mode, options: Object.fromEntries(options) };
};

const block: Reader = (bytes) =>
  bytes.length < HEAD
    ? { error: 'shorter than a block number', offset: bytes.length }
    : { block: bytes.readUInt16BE(2) };

/** By opcode: the packet's name (RFC 1350 §5, RFC 2347) and how its fields are read. */
const PACKETS: Readonly<Record<number, readonly [name: string, read: Reader]>> = {
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
      const words = bytes.toString('latin1', 2).split('\0');
      if (words.pop() !== '' || words.length % 2 !== 0) return { error: 'an option without its value', offset: 2 };
      const options: Record<string, string> = {};
      for (let index = 0; index < words.length; index += 2) options[words[index] ?? ''] = words[index + 1] ?? '';
      return { options };
    },
  ],
};

export const decodeFrame = (bytes: Buffer): Decoded => {
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

/** A packet with a fault, or cut, as far as it goes; `undefined`: not as far as its opcode. */
export const decodePart = (bytes: Buffer): Decoded | undefined => {
  const opcode = opcodeOf(bytes);
  const [name] = PACKETS[opcode] ?? [];
  if (name === undefined || bytes.length < 2) return undefined;
  return { name, id: idOf(opcode), fields: (PARTS[opcode] ?? (() => ({})))(bytes) };
};

/** What is said before the fault: words as far as there are any, the last perhaps cut. */
const PARTS: Readonly<Record<number, (bytes: Buffer) => Readonly<Record<string, unknown>>>> = {
  [OPCODE.RRQ]: (bytes) => named(['file', 'mode'], bytes.toString('latin1', 2)),
  [OPCODE.WRQ]: (bytes) => named(['file', 'mode'], bytes.toString('latin1', 2)),
  [OPCODE.ERROR]: (bytes) =>
    bytes.length < HEAD ? {} : { code: bytes.readUInt16BE(2), message: bytes.toString('latin1', HEAD) },
  [OPCODE.OACK]: (bytes) => ({ words: bytes.toString('latin1', 2).split('\0') }),
};

const named = (names: readonly string[], text: string): Readonly<Record<string, string>> => {
  const words = text.split('\0');
  return Object.fromEntries(names.flatMap((name, index) => (words[index] ? [[name, words[index]]] : [])));
};
