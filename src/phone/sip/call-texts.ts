// The texts of a phone's calls: requests and responses in and beside a dialog, with the headers in the order that phones
// have them (`docs/protocols/calls.md` §3).

import type { WallTime } from '../../core/time.js';
import type { Endpoint } from '../../net/ports.js';
import { ID } from '../../sip/message/headers.js';
import type { SipMessage } from '../../sip/message/message.js';
import type { MediaTotals } from '../calls/media-counts.js';
import type { PhoneIdentity } from '../identity.js';
import { ALLOW, CONTACT_PARAMETERS, contactUri, dateText, NO_REMOTE, type SipLine, transportOf } from './requests.js';

/** Whose call it is: the same in all texts of one call. */
export interface CallSide {
  readonly identity: PhoneIdentity;
  readonly line: SipLine;
  readonly local: Endpoint;
  /** The call manager's address. */
  readonly node: string;
  readonly sessionId: string;
  readonly date: () => WallTime | undefined;
}

/** What differs between the requests of a call. */
export interface RequestFacts {
  readonly method: string;
  readonly uri: string;
  readonly branch: string;
  /** The value of From, with its tag. */
  readonly from: string;
  /** The value of To, with its tag once there is one. */
  readonly to: string;
  readonly callId: string;
  readonly cseq: number;
  /** Further headers, in their order, without line ends. */
  readonly headers?: readonly string[];
  readonly body?: string;
  /** Of the body; absent: a session description. */
  readonly contentType?: string;
}

/** It is a phone of Cisco's that says so in its requests. */
export const isCisco = ({ sip }: PhoneIdentity): boolean => sip.supported !== '';

/** It tells the server when its user lifts the handset and puts it back: what its REGISTER offers. */
export const tellsHook = ({ sip }: PhoneIdentity): boolean => sip.offer !== undefined;

const contactOf = (side: CallSide): string =>
  `Contact: ${contactUri(side)}${side.identity.sip.contact.includes('device') ? CONTACT_PARAMETERS.device(side.identity) : ''}`;

/** The party that this phone is: `calling` in its first INVITE, `called` in its responses. */
const partyOf = ({ line, node }: CallSide, party: 'calling' | 'called'): string =>
  `Remote-Party-ID: "${line.dn}" <sip:${line.dn}@${node}>;party=${party};id-type=subscriber;privacy=off;screen=yes`;

/** Requests that begin a dialog or may move it. */
const WITH_CONTACT: ReadonlySet<string> = new Set(['INVITE', 'NOTIFY', 'REFER']);

const content = (side: CallSide, body: string | undefined, contentType = 'application/sdp'): readonly string[] =>
  body === undefined
    ? ['Content-Length: 0']
    : [
        `Content-Length: ${body.length}`,
        `Content-Type: ${contentType}`,
        ...(isCisco(side.identity)
          ? [`Content-Disposition: session;handling=${contentType === 'application/sdp' ? 'optional' : 'required'}`]
          : []),
      ];

const written = (lines: readonly string[], body = ''): string =>
  `${lines.map((line) => `${line}\r\n`).join('')}\r\n${body}`;

/** A request. An INVITE and its like carry what the phone can do; ACK, BYE and CANCEL do not. */
export const requestText = (side: CallSide, facts: RequestFacts): string => {
  const { identity, local } = side;
  const { method, uri, branch, from, to, callId, cseq, headers = [], body, contentType } = facts;
  const isInvite = method === 'INVITE';
  const cisco = isCisco(identity);
  return written(
    [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/${transportOf(identity).toUpperCase()} ${local.address}:${local.port};branch=${branch}${cisco ? '' : ';rport'}`,
      `From: ${from}`,
      `To: ${to}`,
      `Call-ID: ${callId}`,
      'Max-Forwards: 70',
      ...(identity.sip.sessionId ? [`Session-ID: ${side.sessionId};remote=${NO_REMOTE}`] : []),
      ...(cisco ? [`Date: ${dateText(side.date())}`] : []),
      `CSeq: ${cseq} ${method}`,
      `User-Agent: ${identity.sip.userAgent}`,
      ...(WITH_CONTACT.has(method) ? [contactOf(side)] : []),
      ...(isInvite ? ['Accept: application/sdp', `Allow: ${ALLOW},INFO`] : []),
      ...(isInvite && cisco
        ? [partyOf(side, 'calling'), `Supported: ${identity.sip.supported}`, 'Allow-Events: kpml,dialog']
        : []),
      ...headers,
      ...content(side, body, contentType),
    ],
    body,
  );
};

/** A dialog of this phone as a key names it. */
export interface KeyDialog {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
}

const dialogText = (element: string, { callId, localTag, remoteTag }: KeyDialog): string =>
  `<${element}>\n<callid>${callId}</callid>\n<localtag>${localTag}</localtag>\n<remotetag>${remoteTag}</remotetag>\n</${element}>\n`;

/** The body of a REFER for a key that SIP has no method for (`docs/protocols/calls.md` §3.9). */
export const softKeyBody = (key: string, dialog: KeyDialog, consultation?: KeyDialog): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<x-cisco-remotecc-request>\n<softkeyeventmsg>\n<softkeyevent>${key}</softkeyevent>\n${dialogText('dialogid', dialog)}${consultation === undefined ? '' : dialogText('consultdialogid', consultation)}<linenumber>0</linenumber>\n<participantnum>0</participantnum>\n</softkeyeventmsg>\n</x-cisco-remotecc-request>\n`;

const REASONS: Readonly<Record<number, string>> = {
  100: 'Trying',
  180: 'Ringing',
  200: 'OK',
  404: 'Not Found',
  481: 'Call Leg/Transaction Does Not Exist',
  486: 'Busy Here',
  487: 'Request Terminated',
  488: 'Not Acceptable Here',
  489: 'Bad Event',
  491: 'Request Pending',
  500: 'Server Internal Error',
  603: 'Decline',
};

/** What differs between the responses to one request. */
export interface ResponseFacts {
  readonly status: number;
  /** For the To, if the request has none there; absent: a 100. */
  readonly tag?: string;
  readonly headers?: readonly string[];
  readonly body?: string;
}

/** A response. Those to an INVITE carry what the phone can do. */
export const responseText = (side: CallSide, request: SipMessage, facts: ResponseFacts): string => {
  const { identity } = side;
  const { status, tag, headers = [], body } = facts;
  const to = `${request.text(ID.To) ?? ''}${request.toTag !== undefined || tag === undefined ? '' : `;tag=${tag}`}`;
  const isDialog = request.method === 'INVITE' && status > 100 && status < 300;
  return written(
    [
      `SIP/2.0 ${status} ${REASONS[status] ?? ''}`,
      ...request.all(ID.Via).map((via) => `Via: ${via}`),
      ...request.all(ID['Record-Route']).map((route) => `Record-Route: ${route}`),
      `From: ${request.text(ID.From) ?? ''}`,
      `To: ${to}`,
      `Call-ID: ${request.callId ?? ''}`,
      ...(identity.sip.sessionId ? [`Session-ID: ${side.sessionId};remote=${NO_REMOTE}`] : []),
      ...(isCisco(identity) ? [`Date: ${dateText(side.date())}`] : []),
      `CSeq: ${request.text(ID.CSeq) ?? ''}`,
      `Server: ${identity.sip.userAgent}`,
      ...(isDialog || request.method === 'UPDATE' ? [contactOf(side), `Allow: ${ALLOW},INFO`] : []),
      ...(isDialog && isCisco(identity)
        ? [partyOf(side, 'called'), `Supported: ${identity.sip.supported}`, 'Allow-Events: kpml,dialog']
        : []),
      ...headers,
      ...content(side, body),
    ],
    body,
  );
};

/** The statistics that a phone of Cisco's adds to a BYE and to its 200 (`docs/protocols/calls.md` §3.4). */
export const statisticsOf = (identity: PhoneIdentity, milliseconds: number, totals: MediaTotals): readonly string[] => {
  if (!isCisco(identity)) return [];
  const seconds = Math.round(milliseconds / 1000);
  const { sent, sentOctets, received, receivedOctets, lost, jitter } = totals;
  return [
    `RTP-RxStat: Dur=${seconds},Pkt=${received},Oct=${receivedOctets},LatePkt=0,LostPkt=${lost},AvgJit=${jitter}`,
    `RTP-TxStat: Dur=${seconds},Pkt=${sent},Oct=${sentOctets}`,
  ];
};

/** What a hook NOTIFY says: the handset is lifted for this call, or was put back after it. */
export interface HookFacts {
  readonly id: number;
  readonly state: 'trying' | 'terminated';
  readonly callId: string;
  readonly tag: string;
}

/** The body of a NOTIFY about the handset (`docs/protocols/calls.md` §3.1). */
export const hookBody = ({ line, local }: CallSide, { id, state, callId, tag }: HookFacts): string =>
  `<?xml version="1.0" encoding="UTF-8" ?>\n<dialog-info xmlns:call="urn:x-cisco:parmams:xml:ns:dialog-info:dialog:callinfo-dialog" version="${id}" state="partial" entity="sip:${line.dn}@${local.address}">\n` +
  `<dialog id="${id}" call-id="${callId}" local-tag="${tag}"><state>${state}</state></dialog>\n</dialog-info>`;
