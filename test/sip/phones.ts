// Requests of phones, for tests: Cisco's with their parameters, and plain ones.

import { createHash } from 'node:crypto';
import { ID } from '../../src/sip/message/headers.js';
import type { SipMessage } from '../../src/sip/message/message.js';

export interface PhoneRequest {
  readonly device: string;
  readonly dn: string;
  readonly callId: string;
  readonly cseq: number;
  readonly branch: string;
  readonly transport: 'TCP' | 'UDP' | 'TLS';
  readonly sentBy: string;
  readonly port: number;
  readonly server: string;
  readonly model: number;
  readonly expires: string | undefined;
  readonly contact: string | undefined;
  readonly headers: readonly string[];
  readonly body: string;
  readonly flags: string;
}

let branches = 0;

const DEFAULTS: Omit<PhoneRequest, 'branch' | 'contact' | 'callId'> = {
  device: 'SEP005056A1033D',
  dn: '5005',
  cseq: 101,
  transport: 'TCP',
  sentBy: '10.10.210.200',
  port: 3311,
  server: '10.10.210.10',
  model: 30016,
  expires: '3600',
  headers: [],
  body: '',
  flags: '',
};

/** A REGISTER as a Cisco phone writes it; `undefined` leaves a header out. */
export const ciscoRegister = (changes: Partial<PhoneRequest> = {}): string => {
  const fields = { ...DEFAULTS, ...changes };
  const { device, dn, transport, sentBy, port, server } = fields;
  const mac = device.replace(/^SEP/, '').toLowerCase();
  const contact =
    'contact' in changes
      ? changes.contact
      : `<sip:uuid-${device}-${dn}@${sentBy}:${port};transport=${transport.toLowerCase()}>;+sip.instance="<urn:uuid:00000000-0000-0000-0000-${mac}>";+u.sip!devicename.ccm.cisco.com="${device}";+u.sip!model.ccm.cisco.com="${fields.model}"${fields.flags}`;
  return lines([
    `REGISTER sip:${server} SIP/2.0`,
    `Via: SIP/2.0/${transport} ${sentBy}:${port};branch=${changes.branch ?? `z9hG4bK${++branches}`}`,
    `From: <sip:${dn}@${server}>;tag=${mac}${dn}`,
    `To: <sip:${dn}@${server}>`,
    `Call-ID: ${changes.callId ?? `${mac}-${dn}@${sentBy}`}`,
    'Max-Forwards: 70',
    'Date: Sun, 00 Jan 1900 00:00:00 GMT',
    `CSeq: ${fields.cseq} REGISTER`,
    'User-Agent: Cisco-CP7821/12.1.1',
    ...(contact === undefined ? [] : [`Contact: ${contact}`]),
    'Supported: replaces,join,norefersub,extended-refer,X-cisco-service-control,X-cisco-srtp-fallback,X-cisco-sis-7.0.0',
    ...fields.headers,
    ...(fields.expires === undefined ? [] : [`Expires: ${fields.expires}`]),
    `Content-Length: ${fields.body.length}`,
    '',
    fields.body,
  ]);
};

const lines = (all: readonly string[]): string => all.join('\r\n');

/** A request of a plain client. */
export const plain = (
  method: string,
  dn: string,
  changes: Partial<PhoneRequest> & { readonly to?: string; readonly uri?: string } = {},
): string => {
  const { sentBy, port, server, transport, cseq, body } = { ...DEFAULTS, cseq: 1, ...changes };
  const contact = 'contact' in changes ? changes.contact : `<sip:${dn}@${sentBy}:${port}>`;
  return lines([
    `${method} ${changes.uri ?? `sip:${method === 'REGISTER' ? '' : `${dn}@`}${server}`} SIP/2.0`,
    `Via: SIP/2.0/${transport} ${sentBy}:${port};rport;branch=${changes.branch ?? `z9hG4bKp${++branches}`}`,
    'Max-Forwards: 70',
    `From: <sip:${dn}@${server}>;tag=t${dn}`,
    `To: ${changes.to ?? `<sip:${dn}@${server}>`}`,
    `Call-ID: ${changes.callId ?? `call-${dn}`}`,
    `CSeq: ${cseq} ${method}`,
    ...(contact === undefined ? [] : [`Contact: ${contact}`]),
    ...(changes.headers ?? []),
    ...(changes.expires === undefined ? [] : [`Expires: ${changes.expires}`]),
    `Content-Length: ${body.length}`,
    '',
    body,
  ]);
};

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

/** An Authorization header for the first MD5 challenge in `answer`. */
export const authorization = (
  answer: SipMessage | undefined,
  user: string,
  password: string,
  uri: string,
  method = 'REGISTER',
): string => {
  const challenge = answer?.all(ID['WWW-Authenticate']).find((text) => text.includes('algorithm=MD5')) ?? '';
  const nonce = /nonce="([^"]*)"/.exec(challenge)?.[1] ?? '';
  const response = md5(`${md5(`${user}:ccmsipline:${password}`)}:${nonce}:${md5(`${method}:${uri}`)}`);
  return `Authorization: Digest username="${user}", realm="ccmsipline", nonce="${nonce}", uri="${uri}", response="${response}", algorithm=MD5`;
};

export const header = (message: SipMessage | undefined, name: keyof typeof ID): string | undefined =>
  message?.text(ID[name]);

export const BULK_BODY =
  '--uniqueBoundary\r\nContent-Type: application/x-cisco-remotecc-request+xml\r\n\r\n<x-cisco-remotecc-request>\n<bulkregisterreq>\n<contact all="true">\n<register></register>\n</contact>\n</bulkregisterreq>\n</x-cisco-remotecc-request>\n\r\n--uniqueBoundary\r\nContent-Type: application/x-cisco-remotecc-request+xml\r\n\r\n<x-cisco-remotecc-request>\n<optionsind>\n<combine max="6">\n<remotecc>\n<status></status>\n</remotecc>\n<service-control></service-control>\n</combine>\n<joinreq></joinreq>\n</optionsind>\n</x-cisco-remotecc-request>\n\r\n--uniqueBoundary--\r\n';
export const BULK_HEADERS = ['Content-Type: multipart/mixed; boundary=uniqueBoundary', 'Mime-Version: 1.0'];
