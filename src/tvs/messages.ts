// The messages of TVS (`secure.md` §5.1): a header of ten octets, and elements. The phone asks.

import { ProtocolError } from '../core/errors.js';
import { type FrameForm, readElements, writeElements } from '../core/tagged-elements.js';

/** The types of messages, by CUCM's meaning. */
export const TVS_TYPES = { VerifyReq: 1, VerifyRes: 2, QueryReq: 3, QueryRes: 4 } as const;

/** The name of a type. */
export type TvsType = keyof typeof TVS_TYPES;

/** The elements by their names. */
export const TVS_TAGS = {
  device: 1,
  certificate: 2,
  subject: 3,
  issuer: 4,
  serial: 5,
  status: 7,
  roles: 8,
  timeToLive: 9,
} as const;

/** The name of an element. */
export type TvsTag = keyof typeof TVS_TAGS;

/** `status`: 0 means that the certificate is known. */
export const TVS_STATUS = { known: 0, unknown: 1 } as const;

/** A message as it was read. Elements of unknown tags are left out. */
export interface TvsMessage {
  readonly type: TvsType;
  readonly session: number;
  readonly elements: ReadonlyMap<TvsTag, Buffer>;
}

const DISCRIMINATOR = 0x57;
const VERSION = 1;
const HEADER = 10;

/** The frame of TVS. */
export const TVS_FRAME: FrameForm = { discriminator: DISCRIMINATOR, headLength: HEADER, mostOctets: 8_192 };

const TYPE_NAMES: ReadonlyMap<number, TvsType> = new Map(
  (Object.entries(TVS_TYPES) as [TvsType, number][]).map(([name, number]) => [number, name]),
);
const TAG_NAMES: ReadonlyMap<number, TvsTag> = new Map(
  (Object.entries(TVS_TAGS) as [TvsTag, number][]).map(([name, number]) => [number, name]),
);

/**
 * Reads a whole frame. The octet behind the type is not looked at: real servers leave it as it was in memory. Throws a
 * `ProtocolError` (`FRAME`, `ELEMENTS`, `TYPE`).
 */
export const readTvsMessage = (frame: Buffer): TvsMessage => {
  if (frame.length < HEADER || frame[0] !== DISCRIMINATOR || frame.readUInt16BE(8) !== frame.length - HEADER)
    throw new ProtocolError('FRAME', 'no message of TVS');
  const type = TYPE_NAMES.get(frame.readUInt8(2));
  if (type === undefined) throw new ProtocolError('TYPE', `the unknown type ${frame.readUInt8(2)}`, 2);
  const elements = new Map<TvsTag, Buffer>();
  for (const { tag, value } of readElements(frame.subarray(HEADER))) {
    const name = TAG_NAMES.get(tag);
    if (name !== undefined && !elements.has(name)) elements.set(name, value);
  }
  return { type, session: frame.readUInt32BE(4), elements };
};

/** Writes a message; its elements in the order that is given. */
export const writeTvsMessage = (
  type: TvsType,
  session: number,
  elements: readonly (readonly [TvsTag, Buffer])[],
): Buffer => {
  const body = writeElements(elements.map(([name, value]) => ({ tag: TVS_TAGS[name], value })));
  const head = Buffer.alloc(HEADER);
  head.writeUInt8(DISCRIMINATOR, 0);
  head.writeUInt8(VERSION, 1);
  head.writeUInt8(TVS_TYPES[type], 2);
  head.writeUInt32BE(session >>> 0, 4);
  head.writeUInt16BE(body.length, 8);
  return Buffer.concat([head, body]);
};
