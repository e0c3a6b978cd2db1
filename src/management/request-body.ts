// The body of a request: XML in UTF-8, bounded.

import type { IncomingMessage } from 'node:http';

/** Octets of a body that is read. */
export const MAX_BODY_OCTETS = 1_048_576;
/** More is read and forgotten, so that the client sees the answer; with still more the connection ends. */
const MAX_SENT_OCTETS = 16 * MAX_BODY_OCTETS;

/** The text, or why there is none. `undefined`: the client went away, or sent far too much. */
export type SoapRequestBody = { readonly text: string } | { readonly status: 413 | 415; readonly reason: string };

/** A form of a web page cannot send XML, so nothing else is taken. Some scripts send no type at all. */
const XML_TYPE = /^(?:text|application)\/(?:[a-z.-]+\+)?xml\s*(?:;|$)/i;
const CHARSET = /;\s*charset="?([^";\s]+)/i;
const TAKEN_CHARSETS = /^(?:utf-?8|us-ascii)$/i;

/** Reads the whole body. Never rejects. */
export const readBody = async (request: IncomingMessage): Promise<SoapRequestBody | undefined> => {
  const octets = await octetsOf(request);
  if (octets === undefined) return undefined;
  const { 'content-type': type, 'content-encoding': encoding = 'identity' } = request.headers;
  if (type !== undefined && type !== '' && !XML_TYPE.test(type))
    return { status: 415, reason: 'its body is not text/xml' };
  if (encoding !== 'identity') return { status: 415, reason: 'its body is compressed' };
  if (!TAKEN_CHARSETS.test(CHARSET.exec(type ?? '')?.[1] ?? 'utf-8'))
    return { status: 415, reason: 'its body is in another character set than UTF-8' };
  if (octets === 'too-many') return { status: 413, reason: `its body has more than ${MAX_BODY_OCTETS} octets` };
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(octets) };
  } catch {
    return { status: 415, reason: 'its body is not UTF-8' };
  }
};

const octetsOf = (request: IncomingMessage): Promise<Buffer | 'too-many' | undefined> =>
  new Promise((resolve) => {
    const pieces: Buffer[] = [];
    let length = 0;
    request.on('data', (piece: Buffer) => {
      length += piece.length;
      if (length <= MAX_BODY_OCTETS) pieces.push(piece);
      else pieces.length = 0;
      if (length <= MAX_SENT_OCTETS) return;
      resolve(undefined);
      request.destroy();
    });
    request.once('end', () => resolve(length > MAX_BODY_OCTETS ? 'too-many' : Buffer.concat(pieces)));
    request.once('close', () => resolve(undefined));
    request.once('error', () => resolve(undefined));
  });
