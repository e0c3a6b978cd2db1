// Decodes frames for `labcm decode sccp`.

import { MAX_LENGTH } from './codec/framer.js';
import { MAX_VERSION } from './codec/layout.js';
import type { TextEncoding } from './codec/writer.js';
import { decode, messageById } from './messages/catalogue.js';
import { flatFields } from './messages/flat-fields.js';

/** A decoded frame. */
export interface DecodedSccpFrame {
  /** Cisco's name; `Unknown` if no declaration has the id: then the body is the only field. */
  readonly name: string;
  /** E.g. `0x0001`. */
  readonly id: string;
  readonly fields: Readonly<Record<string, number | string>>;
  /** The first required field that the body does not hold. */
  readonly missing?: string;
}

/** Why octets are no frame. */
export interface UndecodableSccpFrame {
  readonly error: string;
  /** Octets from the start of the frame. */
  readonly offset: number;
}

/** How to decode. */
export interface DecodeOptions {
  /** The negotiated version; unless given, that of the header word, which is 0 in older sessions. */
  readonly version?: number | undefined;
  readonly texts?: TextEncoding | undefined;
}

const UNCOUNTED = 8;
const BODY_AT = 12;

/** Decodes exactly one frame, header and body. Never throws. */
export const decodeFrame = (
  bytes: Buffer,
  { version, texts }: DecodeOptions = {},
): DecodedSccpFrame | UndecodableSccpFrame => {
  if (bytes.length < 4) return { error: `${bytes.length} octets hold no length`, offset: bytes.length };
  const length = bytes.readUInt32LE(0);
  if (length < BODY_AT - UNCOUNTED || length > MAX_LENGTH)
    return { error: `a length of ${length}, not of 4 to ${MAX_LENGTH}`, offset: 0 };
  const total = length + UNCOUNTED;
  if (bytes.length < total) return { error: `${bytes.length} of ${total} octets`, offset: bytes.length };
  if (bytes.length > total) return { error: `${bytes.length - total} octets follow the frame`, offset: total };
  return decodeContent(bytes, { version, texts });
};

/** Decodes what there is of a cut frame; `undefined`: not even its id, or it is no frame. */
export const decodePart = (bytes: Buffer, options: DecodeOptions = {}): DecodedSccpFrame | undefined =>
  bytes.length < BODY_AT || lengthOf(bytes) === undefined ? undefined : decodeContent(bytes, options);

/**
 * The length of the frame at the start of a stream, complete or not; that of all octets if there is no valid length.
 */
export const frameLength = (bytes: Buffer): number => lengthOf(bytes) ?? bytes.length;

const lengthOf = (bytes: Buffer): number | undefined => {
  const length = bytes.length < 4 ? 0 : bytes.readUInt32LE(0);
  return length < BODY_AT - UNCOUNTED || length > MAX_LENGTH ? undefined : length + UNCOUNTED;
};

/**
 * Octets of the message at the start of a stream. 0: more are needed; -1: no message can start so.
 */
export const messageLength = (bytes: Buffer): number => {
  if (bytes.length < 4) return 0;
  const length = lengthOf(bytes);
  if (length === undefined) return -1;
  return length > bytes.length ? 0 : length;
};

/**
 * Where a message starts in a stream whose beginning is not known; -1: none does. A declared id is not enough, since
 * small numbers are everywhere in these messages: other frames must follow it to the end of the octets. At `likely`,
 * where a segment starts, one frame that is not complete is enough; -1: no segment starts here.
 */
export const messageStart = (bytes: Buffer, likely: number): number => {
  if (likely > 0 && framesFrom(bytes, likely) !== undefined) {
    const before = messageStart(bytes.subarray(0, likely), -1);
    return before < 0 ? likely : before;
  }
  for (let at = 0; at + BODY_AT <= bytes.length; at += 1) {
    const frames = framesFrom(bytes, at);
    if (frames !== undefined && (frames > 0 || at === likely)) return at;
  }
  return -1;
};

/** How many whole frames of declared messages stand from `at` to the end, before one that is cut; `undefined`: others. */
const framesFrom = (bytes: Buffer, at: number): number | undefined => {
  let frames = 0;
  for (let next = at; next < bytes.length; ) {
    if (next + BODY_AT > bytes.length) return frames === 0 ? undefined : frames;
    const length = lengthOf(bytes.subarray(next));
    const declared = messageById(bytes.readUInt32LE(next + 8)) !== undefined;
    if (length === undefined || !declared || bytes.readUInt32LE(next + 4) > MAX_VERSION) return undefined;
    next += length;
    if (next <= bytes.length) frames += 1;
  }
  return frames;
};

const decodeContent = (bytes: Buffer, { version, texts }: DecodeOptions): DecodedSccpFrame => {
  const headerVersion = bytes.readUInt32LE(4);
  const id = bytes.readUInt32LE(8);
  const written = `0x${id.toString(16).toUpperCase().padStart(4, '0')}`;
  const negotiated = version ?? (headerVersion <= MAX_VERSION ? headerVersion : 0);
  const received = decode(id, bytes.subarray(BODY_AT), negotiated, texts);
  switch (received.type) {
    case 'Unknown':
      return { name: 'Unknown', id: written, fields: { body: received.body.toString('hex') } };
    case 'Short': {
      const { name, fields, missing } = received;
      return { name, id: written, fields: flatFields(name, fields), missing };
    }
    default:
      return { name: received.type, id: written, fields: flatFields(received.type, received.fields) };
  }
};
