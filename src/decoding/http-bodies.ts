// The bodies of HTTP messages in a capture, which are not shown: files may be large.

import { bodyEnd, type DecodedHttpMessage } from '../http/decode.js';
import type { DecodedFrame } from './decoders.js';
import type { BodyKeeper, SkippedBody } from './stream-protocols.js';

/** The most requests of a connection that wait for their responses. */
const MOST_WAITING = 64;
const LONGEST_LINE = 1_024;
const LF = 0x0a;

/** The bodies of a connection. It remembers the requests, since the response to HEAD has none (RFC 9112 §6.3). */
export class HttpBodies implements BodyKeeper {
  #requested: string[] = [];

  after(decoded: DecodedFrame): SkippedBody | undefined {
    const { name = '', fields = {} } = decoded;
    const message = { name, fields } as DecodedHttpMessage;
    const isRequest = 'method' in fields;
    if (isRequest && this.#requested.length < MOST_WAITING) this.#requested.push(name);
    const isFinal = !isRequest && Number(fields.status) >= 200;
    const end = bodyEnd(message, isRequest ? undefined : isFinal ? this.#requested.shift() : this.#requested[0]);
    if (end === 0) return undefined;
    return end === 'last-chunk' ? new ChunkedBody() : new CountedBody(end === 'connection' ? Infinity : end);
  }
}

/** A body of as many octets as Content-Length says, or to the end of the connection. */
class CountedBody implements SkippedBody {
  #left: number;

  constructor(octets: number) {
    this.#left = octets;
  }

  get done(): boolean {
    return this.#left === 0;
  }

  take({ length }: Buffer): number {
    const taken = Math.min(length, this.#left);
    this.#left -= taken;
    return taken;
  }
}

/** A body in chunks (RFC 9112 §7.1). */
class ChunkedBody implements SkippedBody {
  #state: 'size' | 'octets' | 'trailer' | 'done' = 'size';
  #left = 0;
  #line = '';

  get done(): boolean {
    return this.#state === 'done';
  }

  take(bytes: Buffer): number {
    let at = 0;
    while (at < bytes.length && this.#state !== 'done') {
      if (this.#state === 'octets') {
        const taken = Math.min(bytes.length - at, this.#left);
        this.#left -= taken;
        at += taken;
        if (this.#left === 0) this.#state = 'size';
        continue;
      }
      const end = bytes.indexOf(LF, at);
      const until = end < 0 ? bytes.length : end + 1;
      if (this.#line.length < LONGEST_LINE) this.#line += bytes.toString('latin1', at, until);
      at = until;
      if (end >= 0) this.#endLine(this.#line.trim());
    }
    return at;
  }

  #endLine(line: string): void {
    this.#line = '';
    if (this.#state === 'trailer') {
      if (line === '') this.#state = 'done';
      return;
    }
    const size = /^[0-9a-f]{1,8}(?=\s*(?:;|$))/i.exec(line)?.[0];
    // What follows a wrong size is looked through for the next message.
    if (size === undefined) this.#state = 'done';
    else if (Number.parseInt(size, 16) === 0) this.#state = 'trailer';
    else {
      this.#state = 'octets';
      // Its octets are followed by CRLF.
      this.#left = Number.parseInt(size, 16) + 2;
    }
  }
}
