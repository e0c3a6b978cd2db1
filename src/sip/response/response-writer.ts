// Writes answers: the request's own words for Via, From, To, Call-ID and CSeq in CUCM's order (`sip.md` §4), by template.
// Works from a lenient reading, so that a 400 can be written for a request in which next to nothing is right.

import { dateOf, type Instant, recentWallTime, type WallClock } from '../../core/time.js';
import type { Endpoint } from '../../net/ports.js';
import { ID } from '../message/headers.js';
import type { SipMessage } from '../message/message.js';
import { responseVia } from '../message/via.js';

/** The parts of an answer that do not come from the request. */
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

/** The request's words that every answer repeats; made once for the 100 and the final answer. */
export interface CopiedHeaders {
  readonly vias: string;
  readonly from: string;
  readonly to: string;
  readonly callId: string;
  readonly cseq: string;
  readonly tagged: boolean;
}

const line = (name: string, value: string | undefined): string => (value === undefined ? '' : `${name}: ${value}\r\n`);

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

/** `tag` empty: none is added, as in a 100. */
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

/** RFC 3261 §20.17, worked out once a second. */
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

/** One To tag per Call-ID, as CUCM keeps it (`sip.md` §4.1), without keeping anything: decimal, at most ten digits. */
export const toTagOf = (callId: string, secret: number): string => {
  let hash = secret >>> 0;
  for (let at = 0; at < callId.length; at += 1) hash = Math.imul(hash ^ callId.charCodeAt(at), 0x0100_0193) >>> 0;
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b_3c6d) >>> 0;
  hash ^= hash >>> 12;
  return String(hash >>> 1); // a number of 32 bits would be an object on V8's heap
};
