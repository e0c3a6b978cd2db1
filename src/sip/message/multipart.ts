import { parameterValue, parseParameters } from './grammar.js';
import { ID } from './headers.js';
import type { SipMessage } from './message.js';

/** A body, or one part of a multipart body. */
export interface BodyPart {
  /** Type and subtype, lower case, without parameters. */
  readonly type: string;
  readonly bytes: Buffer;
}

const MAX_PARTS = 8;

/** The media type of a Content-Type: lower case, without parameters; empty: none. */
export const mediaType = (contentType: string): string => (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();

/**
 * The body of a message, or the parts of multipart/mixed (RFC 2046 §5.1), at most eight. A part that cannot be read is
 * left out: handling these bodies is optional (`sip.md` §3).
 */
export const bodyParts = (message: SipMessage): readonly BodyPart[] => {
  const contentType = message.text(ID['Content-Type']);
  const bytes = message.body;
  if (contentType === undefined || bytes.length === 0) return [];
  const type = mediaType(contentType);
  if (!type.startsWith('multipart/')) return [{ type, bytes }];
  const semicolon = contentType.indexOf(';');
  const parameters = semicolon < 0 ? undefined : parseParameters(contentType, semicolon);
  const boundary = parameters === undefined ? undefined : parameterValue(parameters, 'boundary');
  return boundary === undefined || boundary === '' ? [] : split(bytes, Buffer.from(`--${boundary}`, 'latin1'));
};

const BLANK_LINE = Buffer.from('\r\n\r\n');

const split = (bytes: Buffer, delimiter: Buffer): readonly BodyPart[] => {
  const parts: BodyPart[] = [];
  let at = bytes.indexOf(delimiter);
  while (at >= 0 && parts.length < MAX_PARTS) {
    const start = at + delimiter.length;
    if (bytes[start] === 0x2d && bytes[start + 1] === 0x2d) break;
    at = bytes.indexOf(delimiter, start);
    const part = bytes.subarray(start, at < 0 ? bytes.length : at);
    const head = part.indexOf(BLANK_LINE);
    if (head < 0) continue;
    const headers = part.toString('latin1', 0, head);
    const type = /^content-type[ \t]*:[ \t]*([^\r\n;]*)/im.exec(headers)?.[1] ?? '';
    parts.push({ type: mediaType(type), bytes: part.subarray(head + BLANK_LINE.length) });
  }
  return parts;
};
