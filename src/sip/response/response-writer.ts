// Writes responses in CUCM's order of headers (`sip.md` §4). Via, From, To, Call-ID and CSeq are copied from the
// request (RFC 3261 §8.2.6.2) as far as they could be read, so that a 400 can be written for nearly any request.

import { dateOf, type Instant, recentWallTime, type WallClock } from '../../core/time.js';
import type { Endpoint } from '../../net/ports.js';
import { ID } from '../message/headers.js';
import type { SipMessage } from '../message/message.js';
import { responseVia } from '../message/via.js';

/** The fields of a response that are not copied from the request. */
export interface ResponseFields {
  readonly status: number;
  readonly phrase: string;
  /** `Server:` between Call-ID and CSeq; empty: none. */
  readonly server?: string;
  /** Whole header lines after CSeq, each with its CRLF. */
  readonly headers?: string;
  /** Content-Type and body, latin1. */
  readonly body?: { readonly type: string; readonly text: string };
}

/** The headers that a response copies from its request. Made once for the 100 and the final response. */
export interface CopiedHeaders {
  readonly vias: string;
  readonly from: string;
  readonly to: string;
  readonly callId: string;
  readonly cseq: string;
  readonly tagged: boolean;
}

const line = (name: string, value: string | undefined): string => (value === undefined ? '' : `${name}: ${value}\r\n`);

/** The headers of a request that its response copies. `source`: where the request came from. */
export const copiedHeaders = (message: SipMessage, source: Endpoint): CopiedHeaders => {
  const { via } = message;
  const to = message.text(ID.To);
  const vias = message.count(ID.Via) === 1 ? [message.text(ID.Via) ?? ''] : message.all(ID.Via);
  if (via !== undefined) vias[0] = responseVia(via, source);
  return {
    vias: vias.length === 1 ? `Via: ${vias[0]}\r\n` : vias.map((text) => `Via: ${text}\r\n`).join(''),
    from: line('From', message.text(ID.From)),
    to: to === undefined ? '' : `To: ${to}`,
    callId: line('Call-ID', message.callId),
    cseq: line('CSeq', message.text(ID.CSeq)),
    tagged: to !== undefined && (message.to === undefined ? to.includes(';tag=') : message.toTag !== undefined),
  };
};

/** A whole response, latin1 text. `tag` empty: no To tag is added, as in a 100. */
export const writeResponse = (copied: CopiedHeaders, tag: string, date: string, fields: ResponseFields): string => {
  const to = copied.to === '' ? '' : copied.tagged || tag === '' ? `${copied.to}\r\n` : `${copied.to};tag=${tag}\r\n`;
  const { body } = fields;
  const end =
    body === undefined
      ? 'Content-Length: 0\r\n\r\n'
      : `Content-Type: ${body.type}\r\nContent-Length: ${body.text.length}\r\n\r\n${body.text}`;
  return `SIP/2.0 ${fields.status} ${fields.phrase}\r\n${copied.vias}${copied.from}${to}Date: ${date}\r\n${copied.callId}${
    fields.server === undefined || fields.server === '' ? '' : `Server: ${fields.server}\r\n`
  }${copied.cseq}${fields.headers ?? ''}${end}`;
};

/** Returns a function that writes the Date header (RFC 3261 §20.17). The text is made once a second. */
export const dateWriter = (clock: WallClock): ((now: Instant) => string) => {
  const wallTime = recentWallTime(clock);
  let second = Number.NaN;
  let text = '';
  return (now) => {
    const at = wallTime(now);
    const current = Math.floor(at / 1000);
    if (current !== second) {
      second = current;
      text = dateOf(at).toUTCString();
    }
    return text;
  };
};

/**
 * The To tag of a Call-ID, the same for all its requests, as in CUCM (`sip.md` §4.1). Nothing is stored: it is a hash.
 */
export const toTagOf = (callId: string, secret: number): string => {
  let hash = secret >>> 0;
  for (let at = 0; at < callId.length; at += 1) hash = Math.imul(hash ^ callId.charCodeAt(at), 0x0100_0193) >>> 0;
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b_3c6d) >>> 0;
  hash ^= hash >>> 12;
  return String(hash >>> 1); // V8 would make a heap object for a number of 32 bits
};
