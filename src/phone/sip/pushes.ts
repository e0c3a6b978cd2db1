// Objects that are pushed to a phone through SIP, and the NOTIFY by which it answers, as it was captured
// (`docs/protocols/calls.md` §3.9).

import type { WallTime } from '../../core/time.js';
import type { Endpoint } from '../../net/ports.js';
import { ID } from '../../sip/message/headers.js';
import type { SipMessage } from '../../sip/message/message.js';
import { bodyParts } from '../../sip/message/multipart.js';
import type { PhoneIdentity } from '../identity.js';
import { ALLOW, contactUri, dateText, type SipLine, transportOf } from './requests.js';

const OBJECT_TYPE = 'application/x-cisco-remotecc-cm+xml';
const REQUEST_TYPE = 'application/x-cisco-remotecc-request+xml';
const RESPONSE_TYPE = 'application/x-cisco-remotecc-response+xml';

/** The object in a REFER; `undefined`: there is none. */
export const pushedObject = (
  request: SipMessage,
): { readonly object: string; readonly transaction: string } | undefined => {
  if (request.method !== 'REFER') return undefined;
  const parts = bodyParts(request);
  const control = parts.find(({ type }) => type === REQUEST_TYPE)?.bytes.toString('utf8') ?? '';
  const object = parts.find(({ type }) => type === OBJECT_TYPE)?.bytes.toString('utf8');
  if (object === undefined || !control.includes('<datapassthroughreq>')) return undefined;
  return { object, transaction: /<transactionid>(\d{1,10})</.exec(control)?.[1] ?? '0' };
};

/** Everything that differs between NOTIFYs that answer. */
export interface PushAnswerFacts {
  readonly request: SipMessage;
  readonly identity: PhoneIdentity;
  readonly line: SipLine;
  readonly local: Endpoint;
  readonly branch: string;
  /** The tag that the response to the request gave its To. */
  readonly tag: string;
  readonly date: WallTime | undefined;
  readonly transaction: string;
  readonly answer: string;
}

/** The NOTIFY. */
export const pushAnswerText = ({
  request,
  identity,
  line,
  local,
  branch,
  tag,
  date,
  ...said
}: PushAnswerFacts): string => {
  const part = (type: string, text: string): string =>
    `--uniqueBoundary\r\nContent-Type: ${type}\r\nContent-Disposition: session;handling=required\r\n\r\n${text}\r\n`;
  const response = `<?xml version="1.0" encoding="UTF-8"?>\n<x-cisco-remotecc-response>\n  <response>\n    <code>200</code>\n    <reason></reason>\n    <applicationid>0</applicationid>\n    <transactionid>${said.transaction}</transactionid>\n    <stationsequence>StationSequenceLast</stationsequence>\n    <displaypriority>2</displaypriority>\n    <appinstance>0</appinstance>\n    <linenumber>0</linenumber>\n    <routingid>0</routingid>\n    <confid>0</confid>\n    <callid></callid>\n  </response>\n</x-cisco-remotecc-response>`;
  const answer = Buffer.from(said.answer, 'utf8').toString('latin1');
  const body = `${part(RESPONSE_TYPE, response)}${part(OBJECT_TYPE, answer)}--uniqueBoundary--`;
  const server = (request.text(ID.Contact) ?? '').replace(/^.*<|>.*$/g, '');
  return (
    `NOTIFY ${server} SIP/2.0\r\nVia: SIP/2.0/${transportOf(identity).toUpperCase()} ${local.address}:${local.port};branch=${branch}\r\n` +
    `To: ${request.text(ID.From) ?? ''}\r\nFrom: ${request.text(ID.To) ?? ''};tag=${tag}\r\nCall-ID: ${request.callId ?? ''}\r\n` +
    `Date: ${dateText(date)}\r\nCSeq: 1000 NOTIFY\r\nEvent: refer\r\nSubscription-State: terminated; reason=timeout\r\nMax-Forwards: 70\r\n` +
    `Contact: ${contactUri({ identity, line, local })}\r\nAllow: ${ALLOW}\r\nContent-Type: multipart/mixed; boundary=uniqueBoundary\r\n` +
    `Mime-Version: 1.0\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  );
};
