// TFTP for the injection of faults.

import { decodeFrame } from '../../tftp/decode.js';
import { dataPacket, ERROR, errorPacket, HEAD, OPCODE, opcodeOf, parseRequest } from '../../tftp/packet.js';
import { changedNumber, changedText, type FieldChange, type WireProtocol } from '../wire-protocol.js';

/** The names of packets (RFC 1350 §5, RFC 2347). */
export const TFTP_MESSAGES: readonly string[] = Object.keys(OPCODE);

/** By packet: its fields. The options of an OACK have their own names. */
export const TFTP_FIELDS: Readonly<Record<string, readonly string[]>> = {
  RRQ: ['file', 'mode'],
  WRQ: ['file', 'mode'],
  DATA: ['block', 'data'],
  ACK: ['block'],
  ERROR: ['code', 'message'],
  OACK: ['blksize', 'timeout', 'tsize', 'windowsize'],
};

const nameOf = (bytes: Buffer): string | undefined => {
  const opcode = opcodeOf(bytes);
  return TFTP_MESSAGES.find((name) => OPCODE[name as keyof typeof OPCODE] === opcode);
};

const NOT_DEFINED_TEXT = 'refused on purpose';

/** The number at `at` changed. */
const withNumber = (bytes: Buffer, at: number, change: FieldChange): Buffer | undefined => {
  const value = bytes.length < at + 2 ? undefined : changedNumber(change, bytes.readUInt16BE(at), 16);
  if (value === undefined) return undefined;
  const changed = Buffer.from(bytes);
  changed.writeUInt16BE(value, at);
  return changed;
};

/** Texts with NULs behind them, from octet 2 on: the one at `index` changed. */
const withString = (bytes: Buffer, index: number, change: FieldChange): Buffer | undefined => {
  const strings = bytes.toString('latin1', 2).split('\0');
  const text = index < 0 || strings[index] === undefined ? undefined : changedText(change, strings[index]);
  if (text === undefined) return undefined;
  const changed = strings.with(index, text).join('\0');
  return Buffer.concat([bytes.subarray(0, 2), Buffer.from(changed, 'latin1')]);
};

const withOption = (bytes: Buffer, option: string, change: FieldChange): Buffer | undefined => {
  const strings = bytes.toString('latin1', 2).split('\0');
  const at = strings.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === option.toLowerCase());
  return at < 0 ? undefined : withString(bytes, at + 1, change);
};

const withData = (bytes: Buffer, change: FieldChange): Buffer | undefined => {
  if (bytes.length < HEAD) return undefined;
  const octets = bytes.subarray(HEAD);
  if (change.kind === 'garble') return dataPacket(bytes.readUInt16BE(2), change.random.garbled(octets));
  return typeof change.value === 'object'
    ? undefined
    : dataPacket(bytes.readUInt16BE(2), Buffer.from(String(change.value), 'latin1'));
};

const withMessage = (bytes: Buffer, change: FieldChange): Buffer | undefined => {
  const decoded = decodeFrame(bytes);
  if ('error' in decoded) return undefined;
  const text = changedText(change, String(decoded.fields.message));
  return text === undefined ? undefined : errorPacket(Number(decoded.fields.code), text);
};

/** TFTP. */
export const tftpWire: WireProtocol = {
  read: (bytes) => {
    const name = nameOf(bytes);
    if (name === undefined) return { names: [] };
    const request = name === 'RRQ' || name === 'WRQ' ? parseRequest(bytes) : undefined;
    return request === undefined || 'error' in request
      ? { names: [name] }
      : { names: [name], hint: { file: request.file } };
  },
  change: (bytes, field, change) => {
    switch (`${nameOf(bytes)}.${field}`) {
      case 'RRQ.file':
      case 'WRQ.file':
        return withString(bytes, 0, change);
      case 'RRQ.mode':
      case 'WRQ.mode':
        return withString(bytes, 1, change);
      case 'DATA.block':
      case 'ACK.block':
      case 'ERROR.code':
        return withNumber(bytes, 2, change);
      case 'DATA.data':
        return withData(bytes, change);
      case 'ERROR.message':
        return withMessage(bytes, change);
      default:
        return nameOf(bytes) === 'OACK' ? withOption(bytes, field, change) : undefined;
    }
  },
  refuse: (bytes, reason = NOT_DEFINED_TEXT) => {
    const name = nameOf(bytes);
    if (name !== 'RRQ' && name !== 'WRQ') return undefined;
    const isCode = Number.isInteger(Number(reason));
    return isCode ? errorPacket(Number(reason), NOT_DEFINED_TEXT) : errorPacket(ERROR.undefined, String(reason));
  },
};
