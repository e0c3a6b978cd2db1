// Writes the requests that this server sends to phones: REFER and NOTIFY outside of a dialog as CUCM writes them
// (`sip.md` §10.2 to §10.4), and the NOTIFY of a subscription.

import type { Random } from '../../net/ports.js';

/** The fields of a request. */
export interface RequestFields {
  readonly method: 'REFER' | 'NOTIFY';
  readonly uri: string;
  /** `UDP`, `TCP` or `TLS`. */
  readonly transport: string;
  /** `address:port` of this server. */
  readonly sentBy: string;
  readonly branch: string;
  /** With its tag. */
  readonly from: string;
  readonly to: string;
  readonly callId: string;
  readonly cseq: number;
  readonly date: string;
  readonly product: string;
  /** Whole header lines between User-Agent and Contact. */
  readonly headers: string;
  readonly contact: string;
  readonly body: { readonly type: string; readonly text: string } | undefined;
}

/** A whole request, latin1 text. */
export const writeRequest = (fields: RequestFields): string => {
  const { method, uri, transport, sentBy, branch, from, to, callId, cseq, date, product, headers, contact, body } =
    fields;
  const end =
    body === undefined || body.text === ''
      ? 'Content-Length: 0\r\n\r\n'
      : `Content-Type: ${body.type}\r\nContent-Length: ${body.text.length}\r\n\r\n${body.text}`;
  return `${method} ${uri} SIP/2.0\r\nVia: SIP/2.0/${transport} ${sentBy};branch=${branch}\r\nFrom: ${from}\r\nTo: ${to}\r\nCall-ID: ${callId}\r\nCSeq: ${cseq} ${method}\r\nMax-Forwards: 70\r\nDate: ${date}\r\nUser-Agent: ${product}\r\n${headers}Contact: <${contact}>\r\n${end}`;
};

const hex = (random: Random, digits: number): string => {
  let text = '';
  while (text.length < digits) text += random.below(0x1_0000).toString(16).padStart(4, '0');
  return text.slice(0, digits);
};

/** A branch with the cookie of RFC 3261 §8.1.1.7. */
export const newBranch = (random: Random): string => `z9hG4bK${hex(random, 14)}`;
/** A tag as CUCM writes it: a decimal number. */
export const newTag = (random: Random): string => String(random.below(2_147_483_647));
/** A Call-ID as CUCM writes it. */
export const newCallId = (random: Random, host: string): string =>
  `${hex(random, 8)}-${hex(random, 8)}-${hex(random, 4)}-${hex(random, 7)}@${host}`;

/** CUCM always writes this one (`sip.md` §10.2). */
const CONTENT_ID = '1234567890';

/** The headers of a REFER whose body is for the phone itself. */
export const referHeaders = (from: string, host: string, expires: number): string =>
  `Expires: ${expires}\r\nRequire: norefersub\r\nRefer-To: cid:${CONTENT_ID}@${host}\r\nContent-Id: <${CONTENT_ID}@${host}>\r\nReferred-By: <${from}>\r\nMime-Version: 1.0\r\n`;

/** The same of a REFER with an object: the phone answers it with a NOTIFY, so nothing takes that away from it. */
export const passthroughHeaders = (from: string, host: string): string =>
  `Expires: 30\r\nRefer-To: cid:${CONTENT_ID}@${host}\r\nContent-Id: <${CONTENT_ID}@${host}>\r\nReferred-By: <${from}>\r\nMime-Version: 1.0\r\n`;

/** The headers of a NOTIFY: its event and its Subscription-State. */
export const notifyHeaders = (event: string, state: string): string =>
  `Event: ${event}\r\nSubscription-State: ${state}\r\n`;

/** The event by which the nodes of a cluster tell each other of their registrations. */
export const CLUSTER_EVENT = 'x-labcm-registration';
