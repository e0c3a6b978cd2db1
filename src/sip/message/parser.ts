import { isTokenCode, octetsAre, parseCount } from './grammar.js';
import { headerIdOf, ID } from './headers.js';
import { MESSAGE_LIMITS, type MessageFault, type MessageLimits, messageFault, SipMessage } from './message.js';

const HT = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SP = 0x20;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const DEL = 0x7f;

type StartLine = ConstructorParameters<typeof SipMessage>[1];

/**
 * Reads the message that starts at octet 0 of `bytes` (RFC 3261 §7). Its body is as long as Content-Length says, or the
 * rest without that header. An error becomes the fault of the message. `undefined`: there is no start line, so this is
 * not SIP.
 *
 * @hot Every message passes here. It is read by hand, in one pass over its octets, and makes strings only of the start
 * line.
 */
export const parseMessage = (bytes: Buffer, limits: MessageLimits = MESSAGE_LIMITS): SipMessage | undefined => {
  const end = bytes.length;
  let eol = bytes.indexOf(LF);
  if (eol < 0) eol = end;
  const lineEnd = eol > 0 && bytes[eol - 1] === CR ? eol - 1 : eol;
  const line = parseStartLine(bytes, lineEnd);
  if (line === undefined) return undefined;
  const message = new SipMessage(bytes, line);
  if (lineEnd === eol) message.addFault(messageFault('Bad Request - line does not end in CRLF', eol));
  if (lineEnd > limits.startLine) message.addFault(messageFault('Message Too Large', 0, 513));
  const bodyStart = parseHeaders(message, Math.min(eol + 1, end), limits);
  message.bodyStart = bodyStart;
  message.bodyEnd = end;
  readContentLength(message);
  if (message.contentLength > limits.body) message.addFault(messageFault('Message Too Large', bodyStart, 513));
  else if (message.contentLength > end - bodyStart)
    message.addFault(messageFault('Bad Request - body shorter than Content-Length', end));
  else if (message.contentLength >= 0) message.bodyEnd = bodyStart + message.contentLength;
  return message;
};

/** Everything after the start line; returns where the body starts. */
const parseHeaders = (message: SipMessage, start: number, limits: MessageLimits): number => {
  const { bytes } = message;
  const end = bytes.length;
  let at = start;
  for (let count = 0; at < end; count += 1) {
    const first = bytes[at];
    if (first === CR && bytes[at + 1] === LF) return at + 2;
    if (first === LF) {
      message.addFault(messageFault('Bad Request - line does not end in CRLF', at));
      return at + 1;
    }
    if (count >= limits.headerCount || at - start > limits.headers) {
      message.addFault(messageFault('Message Too Large', at, 513));
      return end;
    }
    at = parseHeader(message, at, limits);
  }
  message.addFault(messageFault('Bad Request - headers do not end', end));
  return end;
};

/** One header with its folds, from `at`; returns where the next line starts. */
const parseHeader = (message: SipMessage, at: number, limits: MessageLimits): number => {
  const { bytes } = message;
  const end = bytes.length;
  let next = at;
  while (next < end && isTokenCode(bytes[next] as number)) next += 1;
  const nameEnd = next;
  while (next < end && (bytes[next] === SP || bytes[next] === HT)) next += 1;
  const named = bytes[next] === COLON && nameEnd > at;
  if (named) {
    next += 1;
    while (next < end && (bytes[next] === SP || bytes[next] === HT)) next += 1;
  } else message.addFault(messageFault('Bad Request - malformed header line', at));
  const valueStart = next;
  let folded = false;
  let valueEnd = end;
  let line = end;
  for (; next < end; next += 1) {
    const octet = bytes[next] as number;
    if (octet >= SP && octet !== DEL) continue;
    if (octet === HT) continue;
    if (octet === CR && bytes[next + 1] === LF) {
      const after = bytes[next + 2];
      if (after === SP || after === HT) {
        folded = true;
        next += 2;
        continue;
      }
      valueEnd = next;
      line = next + 2;
      break;
    }
    if (octet === LF) {
      message.addFault(messageFault('Bad Request - line does not end in CRLF', next));
      valueEnd = next;
      line = next + 1;
      break;
    }
    // RFC 3261 §25.1: a quoted-pair may hold a control character, nothing else may.
    if (octet === CR || !isEscaped(bytes, next, valueStart))
      message.addFault(messageFault('Bad Request - control character in header', next));
  }
  if (valueEnd - at > limits.header) message.addFault(messageFault('Message Too Large', at, 513));
  while (valueEnd > valueStart && (bytes[valueEnd - 1] as number) <= SP) valueEnd -= 1;
  if (named) message.add(headerIdOf(bytes, at, nameEnd), folded, at, valueStart, valueEnd);
  return line;
};

/** Whether an odd number of backslashes stands before the octet. */
const isEscaped = (bytes: Buffer, at: number, start: number): boolean => {
  let slashes = 0;
  while (at - 1 - slashes >= start && bytes[at - 1 - slashes] === BACKSLASH) slashes += 1;
  return slashes % 2 === 1;
};

const readContentLength = (message: SipMessage): void => {
  if (!message.repeats(ID['Content-Length']) && message.hasText(ID['Content-Length'], '0')) {
    message.contentLength = 0;
    return;
  }
  const text = message.text(ID['Content-Length']);
  if (text === undefined) return;
  const length = parseCount(text, 0x7fff_ffff);
  const others = message.repeats(ID['Content-Length']) ? message.all(ID['Content-Length']) : undefined;
  if (length === undefined || others?.some((other) => parseCount(other, 0x7fff_ffff) !== length))
    message.addFault(messageFault('Bad Request - Content-Length', message.offsetOf(ID['Content-Length'])));
  else message.contentLength = length;
};

const VERSION = /^SIP\/\d+\.\d+$/i;
const isVersion = (text: string): boolean => text === 'SIP/2.0' || VERSION.test(text);

const parseStartLine = (bytes: Buffer, end: number): StartLine | undefined => {
  const slash = bytes[3] === 0x2f && end >= 7 && bytes.toString('latin1', 0, 4).toUpperCase() === 'SIP/';
  return slash ? parseStatusLine(bytes.toString('latin1', 0, end)) : parseRequestLine(bytes, end);
};

/** `METHOD uri SIP/2.0`. A line that ends in a version is a request, even with a fault. Any other line is not SIP. */
const parseRequestLine = (bytes: Buffer, end: number): StartLine | undefined => {
  let at = 0;
  while (at < end && isTokenCode(bytes[at] as number)) at += 1;
  if (at === 0 || at >= end || bytes[at] !== SP) return undefined;
  let last = end;
  while (last > at && bytes[last - 1] === SP) last -= 1;
  let blank = last - 1;
  while (blank > at && bytes[blank] !== SP) blank -= 1;
  const version = textOr(bytes, blank + 1, last, 'SIP/2.0');
  if (blank <= at || !isVersion(version)) return undefined;
  const method = textOr(bytes, 0, at, 'REGISTER');
  const uri = bytes.toString('latin1', at + 1, blank);
  const clean = last === end && uri !== '' && !/[\s<>]/.test(uri);
  const fault = clean ? versionFault(version) : messageFault('Bad Request - malformed Request-Line', at);
  return { kind: 'request', method, uri, version, status: 0, reason: '', fault };
};

/** The text of those octets. Mostly that is the expected one, and no string is made. */
const textOr = (bytes: Buffer, start: number, end: number, expected: string): string =>
  octetsAre(bytes, start, end, expected) ? expected : bytes.toString('latin1', start, end);

const versionFault = (version: string): MessageFault | undefined =>
  version === 'SIP/2.0' || version.toUpperCase() === 'SIP/2.0'
    ? undefined
    : messageFault('Version Not Supported', 0, 505);

const STATUS_LINE = /^(SIP\/\d+\.\d+) (\d+)(?: (.*))?$/is;

const parseStatusLine = (line: string): StartLine | undefined => {
  const [, version = '', digits = '', reason = ''] = STATUS_LINE.exec(line) ?? [];
  if (version === '') return undefined;
  const status = parseCount(digits, 699) ?? 700;
  const fault =
    digits.length === 3 && status >= 100 && status <= 699 ? undefined : messageFault('status code out of range', 8);
  return { kind: 'response', method: '', uri: '', version, status: fault === undefined ? status : 0, reason, fault };
};
