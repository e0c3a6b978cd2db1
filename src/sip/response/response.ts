// What a method decides: the status and words of a final answer, and what else is to be sent when it has left. Pure
// values; `agent.ts` writes them.

import { REFUSALS, type RefusalReason } from '../../devices/index.js';
import type { RegistrationRefusal } from '../../devices/reasons.js';
import type { CredentialsWorth } from '../events.js';
import type { MessageFault } from '../message/message.js';
import type { Subscription } from '../presence/subscriptions.js';
import type { RegisteredPhone } from '../registrar/location.js';

/** What follows an answer, over the same flow. */
export type FollowUp =
  /** The lamps and stamps of a phone that has just registered (`sip.md` §10.2). */
  | { readonly kind: 'status'; readonly phone: RegisteredPhone }
  /** The state of the numbers that it shows. */
  | { readonly kind: 'lamps'; readonly phone: RegisteredPhone }
  /** A third-party phone's message waiting lamp (`sip.md` §10.4). */
  | { readonly kind: 'messages-waiting'; readonly phone: RegisteredPhone }
  /** A phone that was given its number just now is to fetch its own file. */
  | { readonly kind: 'restart'; readonly phone: RegisteredPhone }
  /** Why it was rejected, on its screen. */
  | { readonly kind: 'status-line'; readonly label: number; readonly contact: string; readonly before: boolean }
  | { readonly kind: 'notify'; readonly subscription: Subscription };

export interface SipResponse {
  readonly status: number;
  readonly phrase: string;
  /** Whether the answer names the server, as CUCM does in some and not in others. */
  readonly server: boolean;
  /** Whole header lines, each with its CRLF, after CSeq. */
  readonly headers: string;
  readonly body?: { readonly type: string; readonly text: string };
  readonly followUps: readonly FollowUp[];
  /** Of an answer to a REGISTER, as far as it was read. */
  readonly requester?: Requester;
}

/** Who asked, by the device's name or the one that was given, and what its credentials were worth. */
export interface Requester {
  readonly device: string;
  readonly credentials: CredentialsWorth;
  /** The realm that it answered for, where that is not ours. */
  readonly otherRealm: string | undefined;
}

const NO_FOLLOW_UPS: readonly FollowUp[] = [];

export const sipResponse = (
  status: number,
  phrase: string,
  {
    headers = '',
    server = false,
    body,
    followUps = NO_FOLLOW_UPS,
  }: Partial<Omit<SipResponse, 'status' | 'phrase'>> = {},
): SipResponse =>
  body === undefined
    ? { status, phrase, server, headers, followUps }
    : { status, phrase, server, headers, body, followUps };

export const faultResponse = ({ status, phrase }: MessageFault): SipResponse => sipResponse(status, phrase);

/** A refusal of the database's, in CUCM's form (`sip.md` §4.4). `seconds`: until another attempt is looked at. */
export const refusalResponse = (
  reason: RefusalReason,
  node: string,
  followUps = NO_FOLLOW_UPS,
  seconds?: number,
): SipResponse => {
  const { status, phrase, retryAfter = seconds, warning }: RegistrationRefusal['sip'] = REFUSALS[reason].sip;
  return sipResponse(status, phrase, {
    server: true,
    headers: `${retryAfter === undefined ? '' : `Retry-After: ${retryAfter}\r\n`}${warning === undefined ? '' : warningLine(node, warning)}`,
    followUps,
  });
};

/** The agent of a warning is a token: a node may have any name. */
export const warningLine = (node: string, text: string): string =>
  `Warning: 399 ${node.replace(/[^\w.:-]/g, '-')} "${text}"\r\n`;

export const RETRY_AFTER = 35;

/** This node is stopping, or does not serve yet: the only 503 of a REGISTER whose text is public. */
export const closingResponse = (node: string): SipResponse =>
  sipResponse(503, 'Service Unavailable', {
    server: true,
    headers: `Expires: 0\r\nRetry-After: ${RETRY_AFTER}\r\n${warningLine(node, 'Device handler is shutting down')}`,
  });
