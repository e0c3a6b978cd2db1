// Decodes a message for `labcm decode sip`: its method or status and its headers by name, or its error and where that
// is.

import { ID } from './message/headers.js';
import { isFiller, startOfMessage } from './message/keep-alives.js';
import { MESSAGE_LIMITS, type SipMessage } from './message/message.js';
import { parseMessage } from './message/parser.js';
import { faultOf } from './message/validation.js';

/** A message for people. */
export interface DecodedSipMessage {
  /** The method, or the status. */
  readonly name: string;
  readonly fields: Readonly<Record<string, string | number | readonly string[]>>;
}

/** Why a message cannot be decoded. */
export interface UndecodableSip {
  readonly error: string;
  /** Octets from the start of the message. */
  readonly offset: number;
}

/** Decodes exactly one message, as in a datagram. Never throws. */
export const decodeFrame = (bytes: Buffer): DecodedSipMessage | UndecodableSip => {
  const message = parseMessage(bytes);
  if (message === undefined) return { error: 'no SIP start line', offset: 0 };
  const noVia = !message.has(ID.Via) ? { phrase: 'Via missing', offset: message.bodyStart } : undefined;
  const fault = message.fault ?? noVia ?? (message.kind === 'request' ? faultOf(message) : undefined);
  return fault === undefined ? shownMessage(message) : { error: fault.phrase, offset: fault.offset };
};

/** Decodes what can be read of a message that is wrong or cut off; `undefined`: it has no start line. */
export const decodePart = (bytes: Buffer): DecodedSipMessage | undefined => {
  const message = parseMessage(bytes);
  return message === undefined ? undefined : shownMessage(message);
};

/** Octets of the first message of a stream, with the line ends after it. All octets, if no other message follows. */
export const frameLength = (bytes: Buffer): number => {
  const message = parseMessage(bytes);
  if (message === undefined || message.contentLength < 0) return bytes.length;
  let end = message.bodyStart + message.contentLength;
  while (end < bytes.length && isFiller(bytes[end])) end += 1;
  return end < bytes.length && parseMessage(bytes.subarray(end)) !== undefined ? end : bytes.length;
};

/** Octets in front of the message in a datagram; all of them, if it only keeps a NAT binding open. */
export const leadingOctets = (bytes: Buffer): number => startOfMessage(bytes);

/** Octets between the messages of a stream, which mean nothing. */
export const fillerLength = (bytes: Buffer): number => {
  let length = 0;
  while (length < bytes.length && isFiller(bytes[length])) length += 1;
  return length;
};

const LONGEST_HEAD = MESSAGE_LIMITS.startLine + MESSAGE_LIMITS.headers;

/**
 * Octets of the message at the start of a stream. 0: more are needed; -1: no message can start so. One without
 * Content-Length ends with its headers.
 */
export const messageLength = (bytes: Buffer): number => {
  const end = endOfHead(bytes);
  if (end < 0) {
    const line = bytes.indexOf('\n');
    const wrong = line >= 0 && parseMessage(bytes.subarray(0, line + 1)) === undefined;
    return wrong || bytes.length > LONGEST_HEAD ? -1 : 0;
  }
  const head = parseMessage(bytes.subarray(0, end));
  if (head === undefined || head.contentLength > MESSAGE_LIMITS.body) return -1;
  const length = end + Math.max(0, head.contentLength);
  return length > bytes.length ? 0 : length;
};

const endOfHead = (bytes: Buffer): number => {
  const [proper, bare] = [bytes.indexOf('\r\n\r\n'), bytes.indexOf('\n\n')];
  return proper >= 0 && (bare < 0 || proper < bare) ? proper + 4 : bare < 0 ? -1 : bare + 2;
};

/**
 * A start line and the header behind it. It may stand right after a body without a line end. Only methods that are known
 * can be told from the end of such a body.
 */
const START = new RegExp(
  `(?:SIP/2\\.0 \\d{3}[^\\r\\n]*|(?:${[
    ...['REGISTER', 'INVITE', 'ACK', 'BYE', 'CANCEL', 'OPTIONS', 'PRACK', 'SUBSCRIBE', 'NOTIFY'],
    ...['PUBLISH', 'INFO', 'REFER', 'MESSAGE', 'UPDATE'],
  ].join('|')}) (?:sips?|tel):\\S+ SIP/2\\.0)\\r?\\n[A-Za-z-]+[ \\t]*:`,
);

/** Where a message starts in a stream whose beginning is not known; -1: none does. */
export const messageStart = (bytes: Buffer): number => bytes.toString('latin1').search(START);

const shownMessage = (message: SipMessage): DecodedSipMessage => {
  const { kind, version, method, uri, status, reason } = message;
  const headers = new Map<string, string | string[]>();
  for (const [name, latin1] of message.headers()) {
    const value = Buffer.from(latin1, 'latin1').toString('utf8');
    const before = headers.get(name);
    if (before === undefined) headers.set(name, value);
    else if (typeof before === 'string') headers.set(name, [before, value]);
    else before.push(value);
  }
  return {
    name: kind === 'request' ? method : String(status),
    fields: {
      ...(kind === 'request' ? { method, requestUri: uri } : { status, reasonPhrase: reason }),
      version,
      // Pairs, not assignments: `__proto__` is a header like any other.
      ...Object.fromEntries(headers),
      ...(message.body.length === 0 ? {} : { body: message.body.toString('utf8') }),
    },
  };
};
