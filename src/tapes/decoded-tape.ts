// The messages of a tape, decoded: a tape keeps octets, and names only for people.

import { type DecodedFrame, decodeWhole, type FrameDecoder } from '../decoding/decoders.js';
import * as dhcp from '../dhcp/decode.js';
import * as http from '../http/decode.js';
import * as sccp from '../sccp/decode.js';
import * as sip from '../sip/decode.js';
import * as tftp from '../tftp/decode.js';
import { BODY, type TapeMessage, type TapeProtocol } from './tape.js';

/** The decoder of each protocol. */
export const TAPE_DECODERS: Readonly<Record<TapeProtocol, FrameDecoder>> = { dhcp, tftp, http, sccp, sip };

/** The name and the fields of some octets; those that cannot be read have the name `unreadable`. */
export interface DecodedContent {
  readonly name: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Decodes octets of a protocol as far as possible. */
export const contentOf = (protocol: TapeProtocol, octets: Buffer): DecodedContent => {
  const { name = 'unreadable', fields = {} }: DecodedFrame = decodeWhole(TAPE_DECODERS[protocol], octets, {});
  return { name, fields };
};

/** Decodes a message of a tape. What was left out has the name that the tape gives it, and no fields. */
export const decodedMessage = ({ protocol, name, octets }: TapeMessage): DecodedContent =>
  octets.length === 0 || name === BODY ? { name, fields: {} } : contentOf(protocol, octets);

/** The text of a field; empty: there is none. Of a header that is there several times, the first. */
export const fieldText = (fields: DecodedContent['fields'], name: string): string => {
  const value = fields[name];
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return first === undefined || first === null ? '' : String(first);
};
