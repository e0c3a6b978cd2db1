// SIP for the injection of faults. A message is changed as text, so that everything else of it stays as it was.

import { messageLength } from '../../sip/decode.js';
import { HEADER_NAMES, HEADERS, ID } from '../../sip/message/headers.js';
import { isFiller } from '../../sip/message/keep-alives.js';
import type { SipMessage } from '../../sip/message/message.js';
import { parseMessage } from '../../sip/message/parser.js';
import { changedText, type FieldChange, type WireMessage, type WireProtocol } from '../wire-protocol.js';

/** The methods of phones and call managers (RFC 3261 and later). */
const METHODS = [
  ...['REGISTER', 'INVITE', 'ACK', 'BYE', 'CANCEL', 'OPTIONS', 'PRACK', 'SUBSCRIBE', 'NOTIFY', 'PUBLISH'],
  ...['INFO', 'REFER', 'MESSAGE', 'UPDATE'],
] as const;

/** Methods stand for requests, `200` for any response of that status, `REGISTER 200` for that to a REGISTER. */
export const SIP_MESSAGES: readonly string[] = METHODS;

const RESPONSE = new RegExp(`^(?:(?:${METHODS.join('|')}) )?[1-6]\\d\\d$`, 'i');

/** Whether it is a response by its status, with or without the method. */
export const isSipResponse = (name: string): boolean => RESPONSE.test(name);

/** Parts of a message besides its headers. */
const PARTS = ['uri', 'status', 'reason', 'body'] as const;

/** Headers, and `uri`, `status`, `reason` and `body`. */
export const SIP_FIELDS: readonly string[] = [...PARTS, ...HEADER_NAMES];

/** Headers of vendors need not be known. */
export const isVendorHeader = (name: string): boolean => /^X-[A-Za-z0-9-]{1,60}$/i.test(name);

const DEVICE_NAME = /\+u\.sip!devicename\.ccm(?:\.features)?\.cisco\.com="([^"\r\n]{1,64})"/i;
const INSTANCE = /\+sip\.instance="<urn:uuid:[0-9a-f-]{24}([0-9a-f]{12})>"/i;

const USER = /sips?:([^@;>\s]{1,64})@/i;

/** Cisco's newer phones say their name or hardware address in the Contact of a REGISTER (`sip.md` §3), others their number. */
const hintOf = (message: SipMessage): WireMessage['hint'] => {
  const contacts = message.all(ID.Contact).join(',');
  const device = DEVICE_NAME.exec(contacts)?.[1];
  if (device !== undefined) return { device };
  const mac = INSTANCE.exec(contacts)?.[1];
  if (mac !== undefined) return { mac };
  return lineOf(message);
};

/** The line that a REGISTER, or the answer to one, is about. */
const lineOf = (message: SipMessage): WireMessage['hint'] => {
  const line = USER.exec(message.text(ID.To) ?? '')?.[1];
  return line === undefined ? undefined : { line };
};

interface Text {
  readonly head: readonly string[];
  readonly body: Buffer;
}

/** The lines of the head and the octets of the body; `undefined`: the head has no end. */
const textOf = (bytes: Buffer): Text | undefined => {
  const end = bytes.indexOf('\r\n\r\n');
  return end < 0 ? undefined : { head: bytes.toString('latin1', 0, end).split('\r\n'), body: bytes.subarray(end + 4) };
};

const octetsOf = ({ head, body }: Text): Buffer =>
  Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), body]);

/** The line of a header by its name or its one letter; -1: there is none. */
const headerLine = ({ head }: Text, name: string): number => {
  const wanted = name.toLowerCase();
  const known = HEADER_NAMES.find((one) => one.toLowerCase() === wanted);
  const row = known === undefined ? {} : HEADERS[known];
  const compact = 'compact' in row ? row.compact : undefined;
  return head.findIndex((line, index) => {
    const written = line
      .slice(0, Math.max(0, line.indexOf(':')))
      .trim()
      .toLowerCase();
    return index > 0 && (written === wanted || (compact !== undefined && written === compact));
  });
};

const withLine = (text: Text, at: number, line: string): Text => ({ ...text, head: text.head.with(at, line) });

const withHeader = (text: Text, name: string, change: FieldChange): Text | undefined => {
  const at = headerLine(text, name);
  const line = text.head[at];
  if (line === undefined) {
    const added = change.kind === 'set' ? changedText(change, '') : undefined;
    return added === undefined ? undefined : { ...text, head: [...text.head, `${name}: ${added}`] };
  }
  const colon = line.indexOf(':');
  const value = changedText(change, line.slice(colon + 1).trim());
  return value === undefined ? undefined : withLine(text, at, `${line.slice(0, colon)}: ${value}`);
};

const START_PARTS = { uri: 1, status: 1, reason: 2 } as const;

const withStart = (text: Text, part: keyof typeof START_PARTS, change: FieldChange): Text | undefined => {
  const [line = ''] = text.head;
  const isResponse = line.startsWith('SIP/2.0 ');
  if (isResponse !== (part !== 'uri')) return undefined;
  const words = line.split(' ');
  const index = START_PARTS[part];
  const old = part === 'reason' ? words.slice(index).join(' ') : (words[index] ?? '');
  const value = changedText(change, old);
  if (value === undefined) return undefined;
  const rest = part === 'reason' ? [] : words.slice(index + 1);
  return withLine(text, 0, [...words.slice(0, index), value, ...rest].join(' '));
};

const withBody = (text: Text, change: FieldChange): Text | undefined => {
  if (text.body.length === 0 && change.kind === 'garble') return undefined;
  const value = changedText(change, text.body.toString('latin1'));
  if (value === undefined) return undefined;
  const body = Buffer.from(value, 'latin1');
  return withHeader({ ...text, body }, 'Content-Length', { kind: 'set', value: body.length });
};

const changed = (text: Text, field: string, change: FieldChange): Text | undefined => {
  if (field === 'body') return withBody(text, change);
  if (field === 'uri' || field === 'status' || field === 'reason') return withStart(text, field, change);
  return withHeader(text, field, change);
};

const USUAL_STATUS = 503;
const PHRASES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  408: 'Request Timeout',
  480: 'Temporarily Unavailable',
  486: 'Busy Here',
  500: 'Server Internal Error',
  503: 'Service Unavailable',
  603: 'Decline',
};

/** `403`, or `403 Not in this lab`, or a text for the usual status. */
const statusLine = (reason: string | number | undefined): string => {
  const [, status, phrase = ''] = /^([3-6]\d\d)(?: (.*))?$/.exec(String(reason ?? USUAL_STATUS)) ?? [];
  if (status === undefined) return `SIP/2.0 ${USUAL_STATUS} ${reason}`;
  return `SIP/2.0 ${status} ${phrase || (PHRASES[Number(status)] ?? 'Refused')}`;
};

const COPIED = ['Via', 'From', 'To', 'Call-ID', 'CSeq'] as const;
/** A response that makes a dialogue or refuses one has a tag of its own (RFC 3261 §8.2.6.2). */
const TAG = ';tag=refused-on-purpose';

/** SIP. */
export const sipWire: WireProtocol = {
  messageLength: (bytes) => {
    // Line ends between messages keep a connection open (RFC 5626 §3.5.1).
    let filler = 0;
    while (filler < bytes.length && isFiller(bytes[filler])) filler += 1;
    return filler > 0 ? filler : messageLength(bytes);
  },
  read: (bytes) => {
    const message = parseMessage(bytes);
    if (message === undefined) return { names: [] };
    if (message.kind === 'response') {
      const status = String(message.status);
      const method = message.cseq?.method;
      if (method === undefined) return { names: [status] };
      const names = [`${method} ${status}`, status];
      const about = method === 'REGISTER' ? lineOf(message) : undefined;
      return about === undefined ? { names } : { names, hint: about };
    }
    const hint = message.method === 'REGISTER' ? hintOf(message) : undefined;
    return hint === undefined ? { names: [message.method] } : { names: [message.method], hint };
  },
  change: (bytes, field, change) => {
    const text = textOf(bytes);
    const result = text === undefined ? undefined : changed(text, field, change);
    return result === undefined ? undefined : octetsOf(result);
  },
  refuse: (bytes, reason) => {
    const message = parseMessage(bytes);
    if (message === undefined || message.kind === 'response' || message.method === 'ACK') return undefined;
    const headers = COPIED.flatMap((name) => message.all(ID[name]).map((value) => `${name}: ${value}`));
    const tagged =
      message.toTag === undefined ? headers.map((line) => (line.startsWith('To:') ? line + TAG : line)) : headers;
    return Buffer.from([statusLine(reason), ...tagged, 'Content-Length: 0', '', ''].join('\r\n'), 'latin1');
  },
};
