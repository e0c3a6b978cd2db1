// How answers leave: short ones whole, long ones in pieces with turns of the event loop between them, so that no phone waits
// for a script that reads slowly or much.

import type { ServerResponse } from 'node:http';

/** The head of an answer. */
export interface ResponseHead {
  readonly status: number;
  readonly type: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The type of SOAP and of WSDL, as CUCM writes it. */
export const XML = 'text/xml;charset=UTF-8';
/** The type of UDS. */
export const UDS_XML = 'application/xml;charset=UTF-8';
const HTML = 'text/html;charset=UTF-8';

/** Sends an answer. Resolves when it was handed over, or the client has gone. */
export const sendPieces = async (
  response: ServerResponse,
  { status, type, headers }: ResponseHead,
  pieces: Iterable<string> | AsyncIterable<string | Buffer>,
  pause: () => Promise<void>,
): Promise<void> => {
  const head = { 'Content-Type': type, 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff', ...headers };
  if (Symbol.asyncIterator in pieces) return sendRead(response, status, head, pieces);
  const iterator = pieces[Symbol.iterator]();
  const first = iterator.next();
  let next = iterator.next();
  if (next.done === true) {
    const octets = Buffer.from(first.done === true ? '' : first.value);
    response.writeHead(status, { ...head, 'Content-Length': octets.length }).end(octets);
    return;
  }
  response.writeHead(status, head);
  let isTaken = response.write(first.value);
  for (; next.done !== true && !response.destroyed; next = iterator.next()) {
    if (!isTaken) await drained(response);
    await pause();
    if (!response.destroyed) isTaken = response.write(next.value);
  }
  response.end();
};

/** Sends what is read while it is sent. What it is read from is closed, also where the client goes away. */
const sendRead = async (
  response: ServerResponse,
  status: number,
  head: Readonly<Record<string, string>>,
  pieces: AsyncIterable<string | Buffer>,
): Promise<void> => {
  response.writeHead(status, head);
  for await (const piece of pieces) {
    if (response.destroyed) return;
    if (!response.write(piece)) await drained(response);
  }
  response.end();
};

const drained = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
  });

/** Sends a page with a status: what CUCM answers to what is no SOAP. Some clients look for its words. */
export const sendPage = (
  response: ServerResponse,
  status: number,
  phrase: string,
  headers: Readonly<Record<string, string>> = {},
): void => {
  const page = `<html><head><title>${status} ${phrase}</title></head><body><h1>${status} ${phrase}</h1></body></html>\n`;
  const length = Buffer.byteLength(page);
  response.writeHead(status, {
    'Content-Type': HTML,
    'Content-Length': length,
    'Cache-Control': 'no-store',
    ...headers,
  });
  response.end(page);
};
