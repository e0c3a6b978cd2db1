// What the headers of calls say, as CUCM writes them to its phones, and as plain phones understand them
// (`docs/protocols/calls.md` §3.1, §3.13). Each function gives whole header lines; plain phones get no header of Cisco's.

import type { CallParties, Party } from '../../calls/index.js';
import { ID } from '../message/headers.js';
import type { SipMessage } from '../message/message.js';
import { localUri } from '../message/uri.js';
import { DIVERSION_WORDS } from './diversion-reasons.js';

/** One leg as its headers show it. */
export interface LegView {
  /** Whether the phone speaks Cisco's dialect. */
  readonly isCisco: boolean;
  /** It is no phone, but another PBX. */
  readonly isTrunk: boolean;
  /** `to`: the phone called. `from`: it was called. The same for the whole dialog. */
  readonly orientation: 'to' | 'from';
  /** Our address as the phone knows it. */
  readonly host: string;
  readonly port: number;
  readonly transport: 'udp' | 'tcp' | 'tls';
  /** How the phone addresses us, of which our Contact takes the scheme. */
  readonly peerUri: string;
  /** The node's number and the call's: `1-1001`. */
  readonly globalCallId: string;
  readonly callInstance: number;
  readonly product: string;
}

export const CALL_METHODS =
  'Allow: INVITE, OPTIONS, INFO, BYE, CANCEL, ACK, PRACK, UPDATE, REFER, SUBSCRIBE, NOTIFY\r\n';
export const SUPPORTED = 'Supported: timer,resource-priority,replaces\r\n';
export const SUPPORTED_IN_ANSWER = 'Supported: replaces\r\n';
export const ALLOW_EVENTS_IN_CALL = 'Allow-Events: presence\r\n';
/** With the two blanks that CUCM writes. */
export const MIN_SE_LINE = 'Min-SE:  1800\r\n';
export const RING_EXPIRES = 'Expires: 180\r\n';
export const INSIDE_RING = 'Alert-Info: <file://Bellcore-dr1/>\r\n';
export const OUTSIDE_RING = 'Alert-Info: <file://Bellcore-dr2/>\r\n';
/** Plain phones answer by themselves by one of these or the other (`docs/protocols/calls.md` §3.12); Cisco's are told by a REFER. */
export const autoAnswerLines = ({ isCisco, host }: LegView): string =>
  isCisco
    ? ''
    : `Call-Info: <sip:${host}>;answer-after=0\r\nAlert-Info: <http://${host}>;info=alert-autoanswer;delay=0\r\n`;
const SEND_INFO = 'Send-Info: conference, x-cisco-conference\r\n';
const NO_SESSION = '0'.repeat(32);

export const serverLine = (product: string): string => `Server: ${product}\r\n`;
export const userAgentLine = (product: string): string => `User-Agent: ${product}\r\n`;
export const sendInfoLine = ({ isCisco }: LegView): string => (isCisco ? SEND_INFO : '');

/** The way that proxies want the dialog to take: an answer that makes one repeats it (RFC 3261 §12.1.1). */
export const recordRouteLines = (message: SipMessage): string =>
  message
    .all(ID['Record-Route'])
    .map((route) => `Record-Route: ${route.trim()}\r\n`)
    .join('');

/** What a phone is to show beside the parties. */
export interface CallInfo {
  /** `NotAuthenticated`: RTP flows in the clear. `Unknown`: none flows yet. */
  readonly security: 'Unknown' | 'NotAuthenticated';
  /** Somebody rings: for a call that begins, or for one whose far end is another now. */
  readonly ringOut?: 'beginning' | 'redirected' | undefined;
  /** The number of the hunt list that rings the phone. */
  readonly huntPilot?: string | undefined;
  /** The far end is another now: the display of the two calls is one. */
  readonly isMerged?: boolean;
}

export const callInfoLine = (view: LegView, { security, ringOut, huntPilot, isMerged = false }: CallInfo): string => {
  if (!view.isCisco) return '';
  const { orientation, globalCallId, callInstance, host } = view;
  const pilot = huntPilot === undefined ? '' : ` huntpiloturi="<sip:${uriUser(huntPilot)}@${host}>";`;
  const state = ringOut !== undefined ? ' ui-state= ringout;' : '';
  const media = ringOut === 'beginning' ? ' ignore-early-media=true;' : '';
  const merged = isMerged ? `; conference-display-instance= ${callInstance}` : '';
  return `Call-Info: <urn:x-cisco-remotecc:callinfo>; security= ${security}; orientation= ${orientation};${state} gci= ${globalCallId};${pilot} isVoip;${media} call-instance= ${callInstance}${merged}\r\n`;
};

/** The name of a conference in the dictionary of Cisco's phones, as raw octets (`docs/protocols/calls.md` §2.12). */
const CONFERENCE = '"\u0080\u0034" ';

/** Who is at the other end. `role`: `calling` in requests, `called` in answers. `mayCallBack`: the number to call back is given. */
export const partyLines = (
  view: LegView,
  party: Party,
  role: 'calling' | 'called',
  mayCallBack: boolean = false,
): string => {
  const user = uriUser(party.number);
  const callBack = mayCallBack && view.isCisco ? `;x-cisco-callback-number=${user}` : '';
  const name = party.conference !== undefined && view.isCisco ? CONFERENCE : displayName(party.name);
  const line = `Remote-Party-ID: ${name}<sip:${user}@${view.host}${callBack}>;party=${role};screen=yes;privacy=off\r\n`;
  if (view.isCisco) return line;
  const identity = `P-Asserted-Identity: ${name}<sip:${user}@${view.host}>\r\n`;
  return view.isTrunk ? `${identity}${line}` : `${line}${identity}`;
};

/** What was dialled first; for Cisco's phones. */
export const originalCalledLine = ({ isCisco, host }: LegView, number: string): string =>
  isCisco && number !== ''
    ? `Remote-Party-ID: <sip:${uriUser(number)}@${host};user=phone>;party=x-cisco-original-called;privacy=off\r\n`
    : '';

/** Who forwarded a call to the phone: the last one, and the first one where that is another (`docs/protocols/calls.md` §4.5). */
export const diversionLines = ({ host }: LegView, parties: CallParties): string => {
  const { lastRedirecting, originalCalled, redirectReason, originalReason } = parties;
  const line = ({ name, number }: Party, why: string): string =>
    `Diversion: ${displayName(name)}<sip:${uriUser(number)}@${host}>;reason=${why};privacy=off;screen=yes\r\n`;
  const why = DIVERSION_WORDS.get(redirectReason);
  if (why === undefined) return '';
  const first = originalReason === undefined ? undefined : DIVERSION_WORDS.get(originalReason);
  return `${line(lastRedirecting, why)}${first === undefined ? '' : line(originalCalled, first)}`;
};

/** `device`: the far end's, where it is a phone of this node. */
export const contactLineOf = (view: LegView, user: string, device: string | undefined): string => {
  const { host, port, transport, peerUri } = view;
  const place = `${user === '' ? '' : `${user}@`}${host}:${port}`;
  const name = device === undefined || !view.isCisco ? '' : `;+u.sip!devicename.ccm.cisco.com="${device}"`;
  return `Contact: <${localUri(place, transport, peerUri)}>${name}\r\n`;
};

/** The phones' own session identifiers (RFC 7989), as 32 digits. Empty where the far end has none. */
export const sessionIdLine = (far: string | undefined, near: string | undefined): string =>
  far === undefined ? '' : `Session-ID: ${far};remote=${near ?? NO_SESSION}\r\n`;

/** `"Name" ` before a URI, in the octets of UTF-8; empty where there is no name. */
export const displayName = (name: string): string =>
  name === '' ? '' : `"${Buffer.from(name, 'utf8').toString('latin1').replace(/["\\]/g, '\\$&')}" `;

/** A number as the user of a URI: what may not stand there is escaped (RFC 3261 §25.1). */
export const uriUser = (number: string): string =>
  /^[\w*+.!~'()&=$,;?/-]*$/.test(number)
    ? number
    : Buffer.from(number, 'utf8')
        .toString('latin1')
        .replace(
          /[^\w*+.!~'()&=$,;?/-]/g,
          (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`,
        );
