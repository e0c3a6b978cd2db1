// SCCP for the injection of faults.

import { HEAD_BYTES, type MessageSpec, readBody, writeFrame } from '../../sccp/codec/message.js';
import { Writer } from '../../sccp/codec/writer.js';
import { messageLength } from '../../sccp/decode.js';
import { encode, MESSAGES, messageById } from '../../sccp/messages/catalogue.js';
import { changedNumber, changedText, type FieldChange, type WireProtocol } from '../wire-protocol.js';

/** Cisco's names of the messages, and the others that people know them by. */
export const SCCP_MESSAGES: readonly string[] = MESSAGES.flatMap(({ name, aliases = [] }) => [name, ...aliases]);

/** The fields of a message, by any of its names; empty: there is no such message. */
export const sccpFields = (name: string): readonly string[] => {
  const wanted = name.toLowerCase();
  const spec = MESSAGES.find((one) =>
    [one.name, ...(one.aliases ?? [])].some((known) => known.toLowerCase() === wanted),
  );
  return spec === undefined ? [] : spec.parts.map((part) => part.name);
};

const BODY_AT = 12;
const HIGHEST_VERSION = 22;
/** The seconds after which a phone that was refused a token asks again. */
const TOKEN_WAIT = 30;
const USUAL_TEXT = 'Refused on purpose';

const specOf = (bytes: Buffer): MessageSpec | undefined =>
  bytes.length < BODY_AT ? undefined : messageById(bytes.readUInt32LE(8));

const versionOf = (bytes: Buffer): number => {
  const written = bytes.readUInt32LE(4);
  return written <= HIGHEST_VERSION ? written : 0;
};

/** Where a frame has its value as a number or a text, that value changed; else one octet of the whole body. */
const changedValue = (old: unknown, change: FieldChange): unknown => {
  if (typeof old === 'number') return changedNumber(change, old >>> 0, 32);
  return typeof old === 'string' ? changedText(change, old) : undefined;
};

/** SCCP. */
export const sccpWire: WireProtocol = {
  messageLength,
  read: (bytes) => {
    const spec = specOf(bytes);
    if (spec === undefined) return { names: [] };
    const names = [spec.name, ...(spec.aliases ?? [])];
    if (spec.name !== 'RegisterReqMessage' && spec.name !== 'RegisterTokenReqMessage') return { names };
    const device = bytes.toString('latin1', BODY_AT, BODY_AT + 16).split('\0', 1)[0];
    return device === undefined || device === '' ? { names } : { names, hint: { device } };
  },
  change: (bytes, field, change) => {
    const spec = specOf(bytes);
    if (spec === undefined) return undefined;
    const body = bytes.subarray(BODY_AT);
    const layout = spec.layoutOf(body, versionOf(bytes));
    const { fields } = readBody(layout, body, 'latin1');
    if (fields[field] === undefined) return undefined;
    const value = changedValue(fields[field], change);
    if (value === undefined) return undefined;
    const writer = new Writer(HEAD_BYTES + layout.parts.room + 3);
    writeFrame(spec.id, layout, bytes.readUInt32LE(4), { ...fields, [field]: value }, writer);
    return writer.take();
  },
  refuse: (bytes, reason) => {
    switch (specOf(bytes)?.name) {
      case 'RegisterReqMessage':
        return encode('RegisterRejectMessage', { text: String(reason ?? USUAL_TEXT) }, 0);
      case 'RegisterTokenReqMessage': {
        const seconds = Number(reason ?? TOKEN_WAIT);
        const wait = Number.isInteger(seconds) && seconds >= 0 ? seconds : TOKEN_WAIT;
        return encode('RegisterTokenRejectMessage', { waitTimeBeforeNextReq: wait }, 0);
      }
      default:
        return undefined;
    }
  },
};
