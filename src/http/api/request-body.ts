// The body of a request: JSON, bounded.

import type { IncomingMessage } from 'node:http';

/** Octets of a body. */
export const MAX_BODY_OCTETS = 1_048_576;
/** A device has a depth of five. */
const MAX_DEPTH = 16;
const WANTED_TYPE = /^application\/(?:json|merge-patch\+json)\s*(?:;|$)/i;

/** A body that was read, or why it was not. */
export type RequestBody =
  | { readonly read: true; readonly value: unknown }
  | {
      readonly read: false;
      readonly status: 400 | 413 | 415;
      readonly code: 'body' | 'too-large' | 'content-type';
      readonly message: string;
    };

const unread = (
  status: 400 | 413 | 415,
  code: 'body' | 'too-large' | 'content-type',
  found: string,
  wanted: string,
): RequestBody => ({ read: false, status, code, message: `body: found ${found}, wanted ${wanted}` });

const TOO_LARGE = unread(
  413,
  'too-large',
  'too many octets',
  `at most ${MAX_BODY_OCTETS}, and the rest in another request`,
);

/** Reads the body of a request. Never rejects. */
export const readBody = async (request: IncomingMessage): Promise<RequestBody> => {
  const { 'content-type': type = 'nothing', 'content-length': length } = request.headers;
  if (!WANTED_TYPE.test(type)) return unread(415, 'content-type', `Content-Type ${type}`, 'application/json');
  if (Number(length) > MAX_BODY_OCTETS) return TOO_LARGE;
  const octets = await octetsOf(request);
  if (octets === undefined) return TOO_LARGE;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(octets);
  } catch {
    return unread(400, 'body', 'octets that are no UTF-8', 'JSON in UTF-8');
  }
  if (isDeeperThan(text, MAX_DEPTH)) return unread(400, 'body', `more than ${MAX_DEPTH} levels`, 'a device');
  try {
    return { read: true, value: JSON.parse(text) as unknown };
  } catch (error) {
    return unread(400, 'body', `what is no JSON (${(error as Error).message})`, 'JSON');
  }
};

/** `undefined`: there are too many. A client that goes away ends the body. */
const octetsOf = (request: IncomingMessage): Promise<Buffer | undefined> =>
  new Promise((resolve) => {
    const pieces: Buffer[] = [];
    let length = 0;
    const done = (): void => resolve(length > MAX_BODY_OCTETS ? undefined : Buffer.concat(pieces));
    request.on('data', (piece: Buffer) => {
      length += piece.length;
      if (length > MAX_BODY_OCTETS) {
        pieces.length = 0; // the rest is read and forgotten, so that the client sees the answer
        done();
      } else pieces.push(piece);
    });
    request.once('end', done);
    request.once('close', done);
    request.once('error', done);
  });

/** Whether brackets and braces nest deeper, so that nothing that walks the value runs out of stack. */
const isDeeperThan = (text: string, most: number): boolean => {
  let depth = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (isQuoted) {
      if (character === '\\') at += 1;
      else if (character === '"') isQuoted = false;
    } else if (character === '"') isQuoted = true;
    else if (character === '[' || character === '{') {
      depth += 1;
      if (depth > most) return true;
    } else if (character === ']' || character === '}') depth -= 1;
  }
  return false;
};
