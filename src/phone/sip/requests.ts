// The texts of a phone's SIP requests, with the headers in the captured order (`sip.md` §3, §5.4, §10.1).

import { dateOf, type WallTime } from '../../core/time.js';
import type { Endpoint } from '../../net/ports.js';
import type { OutOfService } from '../call-manager-link.js';
import type { PhoneIdentity } from '../identity.js';
import { loadOf } from '../loads.js';
import type { ContactParameter, SipProfile } from './profiles.js';

/** A line as its phone registers it. */
export interface SipLine {
  readonly dn: string;
  /** The user part of its Contact. */
  readonly contact: string;
  readonly authName: string;
  readonly authPassword: string;
}

/** Everything that differs between REGISTERs. */
export interface RegisterFacts {
  readonly identity: PhoneIdentity;
  readonly line: SipLine;
  readonly local: Endpoint;
  /** The call manager's address, as the phone's file names it. */
  readonly node: string;
  readonly branch: string;
  readonly fromTag: string;
  readonly callId: string;
  readonly sessionId: string;
  readonly cseq: number;
  /** `undefined`: no response has set the phone's clock yet. */
  readonly date: WallTime | undefined;
  readonly authorization: string | undefined;
  /** The Reason of a first registration; `undefined`: it is a refresh or the end. */
  readonly reason: string | undefined;
  /** Seconds. */
  readonly expires: number;
  /** It asks a standby node whether it is up. */
  readonly ping: boolean;
  /** The options in the body of a REGISTER for all lines; `undefined`: no body. */
  readonly offer: readonly string[] | undefined;
}

const UNSET_CLOCK = 'Sun, 00 Jan 1900 00:00:00 GMT';
/** The far half of a Session-ID that is not known. */
export const NO_REMOTE = '00000000000000000000000000000000';

/** The value of the Date header. */
export const dateText = (date: WallTime | undefined): string =>
  date === undefined ? UNSET_CLOCK : dateOf(date).toUTCString();

/** The transport of a phone, as it stands in a URI. */
export const transportOf = ({ sip }: PhoneIdentity): string => sip.transport;

/** How each parameter of a Contact is written. */
export const CONTACT_PARAMETERS: Readonly<Record<ContactParameter, (identity: PhoneIdentity) => string>> = {
  instance: ({ mac }) => `;+sip.instance="<urn:uuid:00000000-0000-0000-0000-${mac.toLowerCase()}>"`,
  device: ({ name }) => `;+u.sip!devicename.ccm.cisco.com="${name}"`,
  'features-device': ({ name }) => `;+u.sip!devicename.ccm.features.cisco.com="${name}"`,
  model: ({ model }) => `;+u.sip!model.ccm.cisco.com="${model.id}"`,
};

/** The Contact of a line, in brackets. */
export const contactUri = ({ identity, line, local }: Pick<RegisterFacts, 'identity' | 'line' | 'local'>): string => {
  const user = identity.sip.contactUser === 'number' ? line.dn : line.contact;
  const asPhone = identity.model.id === 7 ? ';user=phone' : ''; // as captured of a 7960 alone
  return `<sip:${user}@${local.address}:${local.port}${asPhone};transport=${transportOf(identity)}>`;
};

type Row = readonly [name: string, value: (facts: RegisterFacts) => string | undefined];

/** The headers in the order of the captures; a row that gives `undefined` leaves its header out. */
const HEADERS: readonly Row[] = [
  [
    'Via',
    ({ identity, local, branch }) =>
      `SIP/2.0/${transportOf(identity).toUpperCase()} ${local.address}:${local.port};branch=${branch}`,
  ],
  ['From', ({ line, node, fromTag }) => `<sip:${line.dn}@${node}>;tag=${fromTag}`],
  ['To', ({ line, node }) => `<sip:${line.dn}@${node}>`],
  ['Call-ID', ({ callId }) => callId],
  ['Max-Forwards', () => '70'],
  [
    'Session-ID',
    ({ identity, sessionId }) => (identity.sip.sessionId ? `${sessionId};remote=${NO_REMOTE}` : undefined),
  ],
  [
    'Date',
    ({ identity, date }) => (identity.sip.date === 'when-set' && date === undefined ? undefined : dateText(date)),
  ],
  ['CSeq', ({ cseq }) => `${cseq} REGISTER`],
  ['User-Agent', ({ identity }) => identity.sip.userAgent],
  ['Authorization', ({ authorization }) => authorization],
  [
    'Contact',
    (facts) =>
      `${contactUri(facts)}${facts.identity.sip.contact.map((parameter) => CONTACT_PARAMETERS[parameter](facts.identity)).join('')}${facts.ping ? ';expires=0;cisco-keep-alive' : ''}`,
  ],
  ['Supported', ({ identity }) => identity.sip.supported || undefined],
];

const contentLength = (length: number): string => `Content-Length: ${length}\r\n`;

/** A REGISTER. */
export const registerText = (facts: RegisterFacts): string => {
  let text = `REGISTER sip:${facts.node} SIP/2.0\r\n`;
  for (const [name, value] of HEADERS) {
    const written = value(facts);
    if (written !== undefined) text += `${name}: ${written}\r\n`;
  }
  const reason = facts.reason === undefined || facts.identity.sip.supported === '' ? '' : `Reason: ${facts.reason}\r\n`;
  const expires = `Expires: ${facts.expires}\r\n`;
  if (facts.offer === undefined) return `${text}${contentLength(0)}${reason}${expires}\r\n`;
  const body = offerBody(facts.offer);
  return `${text}${reason}${expires}Content-Type: multipart/mixed; boundary=uniqueBoundary\r\nMime-Version: 1.0\r\n${contentLength(body.length)}\r\n${body}`;
};

/** The value of the Reason header: `SIP;cause=200;text="cisco-alarm:12 Name=… Load=… Last=…"`. */
export const reasonOf = ({ name, model, sip }: PhoneIdentity, { number, text }: OutOfService): string => {
  const load = loadOf(model, 'SIP');
  const loads =
    sip.loads === 'one'
      ? `Load=${load}`
      : `ActiveLoad=${load}.loads InactiveLoad=${load.replace(/12-1-1/, '10-3-1')}.loads`;
  return `SIP;cause=200;text="cisco-alarm:${number} Name=${name} ${loads} Last=${text}"`;
};

const PART =
  '--uniqueBoundary\r\nContent-Type: application/x-cisco-remotecc-request+xml\r\nContent-Disposition: session;handling=optional\r\n\r\n';
const XML = '<?xml version="1.0" encoding="UTF-8"?>\n<x-cisco-remotecc-request>\n';
const BULK =
  '<bulkregisterreq>\n<contact all="true">\n<register></register>\n</contact>\n</bulkregisterreq>\n</x-cisco-remotecc-request>\n\r\n';

/** MIME lines end in CRLF, XML lines in LF. */
const offerBody = (options: readonly string[]): string =>
  `${PART}${XML}${BULK}${PART}${XML}  <optionsind>\n${options.map((line) => `    ${line}\n`).join('')}  </optionsind>\n</x-cisco-remotecc-request>\r\n--uniqueBoundary--\r\n`;

/** Everything that differs between REFERs. */
export interface ReferFacts {
  readonly identity: PhoneIdentity;
  readonly line: SipLine;
  readonly local: Endpoint;
  readonly node: string;
  readonly branch: string;
  readonly fromTag: string;
  readonly callId: string;
  readonly sessionId: string;
  readonly date: WallTime | undefined;
}

/** The methods that a phone takes. */
export const ALLOW = 'ACK,BYE,CANCEL,INVITE,NOTIFY,OPTIONS,REFER,REGISTER,UPDATE,SUBSCRIBE';

const referHead = ({ identity, line, local, node, branch, fromTag, callId, sessionId, date }: ReferFacts): string => {
  const session = identity.sip.sessionId ? `Session-ID: ${sessionId};remote=${NO_REMOTE}\r\n` : '';
  return (
    `REFER sip:${node} SIP/2.0\r\nVia: SIP/2.0/${transportOf(identity).toUpperCase()} ${local.address}:${local.port};branch=${branch}\r\n` +
    `From: "${line.dn}" <sip:${line.dn}@${local.address}>;tag=${fromTag}\r\nTo: <sip:${node}>\r\nCall-ID: ${callId}\r\n${session}` +
    `Date: ${dateText(date)}\r\nCSeq: 1000 REFER\r\nUser-Agent: ${identity.sip.userAgent}\r\nExpires: 10\r\nMax-Forwards: 70\r\n` +
    `Contact: ${contactUri({ identity, line, local })};+u.sip!devicename.ccm.cisco.com="${identity.name}"\r\nRequire: norefersub\r\n` +
    `Referred-By: "${line.dn}" <sip:${line.dn}@${local.address}>\r\n`
  );
};

/** The alarm about its trust lists that a phone sends before it registers. `contentId`: eight hexadecimal digits. */
export const alarmText = (facts: ReferFacts, contentId: string, signature: string, server: string): string => {
  const { identity, local } = facts;
  const values: readonly (readonly [string, string])[] = [
    ['DeviceName', identity.name],
    ['IPv4Address', local.address],
    ['IPv6Address', ''],
    ['CTL_Signature', 'Not Installed'],
    ['CTL_TFTP_Server', 'N/A'],
    ['ITL_Signature', signature],
    ['ITL_TFTP_Server', server],
    ['StatusCode', '3'],
  ];
  const list = values.map(([name, value]) => `<String name="${name}">${value}</String>\n`).join('');
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<x-cisco-alarm>\n<Alarm Name="DeviceTLInfo">\n<ParameterList>\n${list}</ParameterList>\n</Alarm>\n</x-cisco-alarm>`;
  return (
    `${referHead(facts)}Refer-To: cid:${contentId}@${local.address}\r\nContent-Id: <${contentId}@${local.address}>\r\nAllow: ${ALLOW}\r\n` +
    `${contentLength(body.length)}Content-Type: application/x-cisco-alarm+xml\r\nContent-Disposition: session;handling=required\r\n\r\n${body}`
  );
};

/** The token request: may the phone return to this node (`sip.md` §5.5)? */
export const tokenText = (facts: ReferFacts): string =>
  `${referHead(facts)}Refer-To: <urn:X-cisco-remotecc:token-registration>\r\n${contentLength(0)}\r\n`;

/** Everything that differs between SUBSCRIBEs. */
export interface SubscribeFacts {
  readonly identity: PhoneIdentity;
  readonly line: SipLine;
  readonly local: Endpoint;
  readonly node: string;
  readonly branch: string;
  readonly fromTag: string;
  readonly callId: string;
  readonly cseq: number;
  /** The To of the response before, with its tag; `undefined`: it is the first SUBSCRIBE. */
  readonly to: string | undefined;
  readonly event: string;
  readonly dn: string;
  readonly accept: string;
  readonly expires: number;
}

/** A SUBSCRIBE. */
export const subscribeText = (facts: SubscribeFacts): string => {
  const { identity, line, local, node, branch, fromTag, callId, cseq, to, event, dn, accept, expires } = facts;
  const target = `sip:${dn}@${node}`;
  return (
    `SUBSCRIBE ${target} SIP/2.0\r\nVia: SIP/2.0/${transportOf(identity).toUpperCase()} ${local.address}:${local.port};branch=${branch}\r\n` +
    `From: <sip:${line.dn}@${node}>;tag=${fromTag}\r\nTo: ${to ?? `<${target}>`}\r\nCall-ID: ${callId}\r\nMax-Forwards: 70\r\n` +
    `CSeq: ${cseq} SUBSCRIBE\r\nUser-Agent: ${identity.sip.userAgent}\r\nContact: ${contactUri({ identity, line, local })}\r\n` +
    `Event: ${event}\r\nAccept: ${accept}\r\nExpires: ${expires}\r\n${contentLength(0)}\r\n`
  );
};

/** A branch in the form of the model. `random`: 32 bits. */
export const branchOf = ({ branch }: SipProfile, random: number): string =>
  `z9hG4bK${branch === 4 ? hex(random & 0xffff, 8) : hex(random, 8)}`;

/** An unsigned 32-bit number in hexadecimal, with zeros in front. */
export const hex = (value: number, digits: number): string => (value >>> 0).toString(16).padStart(digits, '0');
