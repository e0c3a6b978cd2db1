// The messages of CAPF (`secure.md` §5.2): a header of eight octets, and elements. The server speaks first.

import { ProtocolError } from '../core/errors.js';
import {
  elementText,
  type FrameForm,
  readElements,
  type TaggedElement,
  textElement,
  writeElements,
} from '../core/tagged-elements.js';

/** The commands by their names. */
export const CAPF_COMMANDS = {
  AuthReq: 1,
  AuthRes: 2,
  KeyGenReq: 3,
  KeyGenRes: 4,
  EncryptReq: 5,
  EncryptRes: 6,
  DecryptReq: 7,
  DecryptRes: 8,
  StoreCertReq: 9,
  StoreCertRes: 10,
  FetchCertReq: 11,
  FetchCertRes: 12,
  DeleteCertReq: 13,
  DeleteCertRes: 14,
  EndSession: 15,
  RetryLater: 16,
  RequestInProgress: 17,
} as const;

/** The name of a command. */
export type CapfCommand = keyof typeof CAPF_COMMANDS;

/** The elements by their names. */
export const CAPF_TAGS = {
  reason: 1,
  certificateType: 3,
  certificate: 4,
  signedData: 6,
  version: 7,
  authentication: 8,
  publicKey: 9,
  keySize: 10,
  password: 11,
  retryDelay: 12,
  deviceName: 13,
  sudiData: 16,
  keyType: 17,
  curve: 18,
  sha2SignedData: 20,
} as const;

/** The name of an element. */
export type CapfTag = keyof typeof CAPF_TAGS;

/** `EndSession` and the answers of phones: why. */
export const CAPF_REASONS = { noAction: 0, done: 1, invalid: 7, unknownDevice: 9 } as const;

/** Kinds of keys that a phone may be asked to make. */
export const CAPF_KEY_TYPES = { rsa: 0, ec: 1 } as const;

/** Curves of EC keys. */
export const CAPF_CURVES = { 'P-256': 0, 'P-384': 1, 'P-521': 2 } as const;

/** A message as it was read. Elements of unknown tags are left out. */
export interface CapfMessage {
  readonly command: CapfCommand;
  readonly session: number;
  readonly elements: ReadonlyMap<CapfTag, Buffer>;
}

const DISCRIMINATOR = 0x55;
const HEADER = 8;

/** The frame of CAPF. No message that phones send has so many octets: certificates have about a thousand. */
export const CAPF_FRAME: FrameForm = { discriminator: DISCRIMINATOR, headLength: HEADER, mostOctets: 16_384 };

const COMMAND_NAMES: ReadonlyMap<number, CapfCommand> = new Map(
  (Object.entries(CAPF_COMMANDS) as [CapfCommand, number][]).map(([name, number]) => [number, name]),
);
const TAG_NAMES: ReadonlyMap<number, CapfTag> = new Map(
  (Object.entries(CAPF_TAGS) as [CapfTag, number][]).map(([name, number]) => [number, name]),
);

/**
 * Reads a whole frame. Of an element that occurs twice the first counts. Throws a `ProtocolError` (`FRAME`, `ELEMENTS`,
 * `COMMAND`).
 */
export const readCapfMessage = (frame: Buffer): CapfMessage => {
  if (frame.length < HEADER || frame[0] !== DISCRIMINATOR || frame.readUInt16BE(6) !== frame.length - HEADER)
    throw new ProtocolError('FRAME', 'no message of CAPF');
  const command = COMMAND_NAMES.get(frame.readUInt8(1));
  if (command === undefined) throw new ProtocolError('COMMAND', `the unknown command ${frame.readUInt8(1)}`, 1);
  const elements = new Map<CapfTag, Buffer>();
  for (const { tag, value } of readElements(frame.subarray(HEADER))) {
    const name = TAG_NAMES.get(tag);
    if (name !== undefined && !elements.has(name)) elements.set(name, value);
  }
  return { command, session: frame.readUInt32BE(2), elements };
};

/** Writes a message; its elements in the order that is given. */
export const writeCapfMessage = (
  command: CapfCommand,
  session: number,
  elements: readonly (readonly [CapfTag, Buffer])[] = [],
): Buffer => {
  const body = writeElements(elements.map(([name, value]): TaggedElement => ({ tag: CAPF_TAGS[name], value })));
  const head = Buffer.alloc(HEADER);
  head.writeUInt8(DISCRIMINATOR, 0);
  head.writeUInt8(CAPF_COMMANDS[command], 1);
  head.writeUInt32BE(session >>> 0, 2);
  head.writeUInt16BE(body.length, 6);
  return Buffer.concat([head, body]);
};

/** An element of one octet. */
export const octet = (value: number): Buffer => Buffer.from([value]);

/** An element of two octets. */
export const uint16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
};

/** The element of a text, and the text of an element. */
export const capfText = textElement;
export const textOf = elementText;

const CERTIFICATE_HEAD = 5;
const LSC = 1;

/** The element `certificate` around an LSC in DER. */
export const certificateElement = (der: Buffer): Buffer => {
  const head = Buffer.alloc(CERTIFICATE_HEAD);
  head.writeUInt8(1, 0);
  head.writeUInt16BE(der.length + 2, 1);
  head.writeUInt8(0, 3);
  head.writeUInt8(LSC, 4);
  return Buffer.concat([head, der]);
};

/** The DER in an element `certificate`. `undefined`: its lengths disagree. */
export const certificateIn = (element: Buffer | undefined): Buffer | undefined => {
  if (element === undefined || element.length <= CERTIFICATE_HEAD || element[0] !== 1) return undefined;
  return element.readUInt16BE(1) === element.length - 3 ? element.subarray(CERTIFICATE_HEAD) : undefined;
};
