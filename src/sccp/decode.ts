// Decodes frames for `labcm decode sccp`.

import { MAX_LENGTH } from './codec/framer.js';
import { MAX_VERSION } from './codec/layout.js';
import type { TextEncoding } from './codec/writer.js';
import { decode } from './messages/catalogue.js';
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
