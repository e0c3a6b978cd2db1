// Causes of ITU-T Q.850 and SIP's answers, both ways, as one table (`docs/protocols/calls.md` §3.5).

import { CAUSES, type CauseName, causeOf } from '../../calls/index.js';
import { parameterValue, parseParameters, splitList } from '../message/grammar.js';
import { ID } from '../message/headers.js';
import type { SipMessage } from '../message/message.js';
import { redirectReasonOf } from './diversion-reasons.js';

/** A final answer to a caller's INVITE. */
export interface FailureStatus {
  readonly status: number;
  readonly phrase: string;
  /** Seconds, where the caller is to come again. */
  readonly retryAfter?: number;
}

const UNAVAILABLE = { status: 503, phrase: 'Service Unavailable' } as const;
const NOT_AVAILABLE = { status: 480, phrase: 'Temporarily Not Available' } as const;

const FAILURES: Readonly<Partial<Record<CauseName, FailureStatus>>> = {
  unallocated: { status: 404, phrase: 'Not Found' },
  noRoute: { status: 404, phrase: 'Not Found' },
  incomplete: { status: 484, phrase: 'Address Incomplete' },
  busy: { status: 486, phrase: 'Busy Here' },
  /** A number that only switched something: no call came of it. */
  normal: NOT_AVAILABLE,
  noResponse: NOT_AVAILABLE,
  noAnswer: NOT_AVAILABLE,
  absent: NOT_AVAILABLE,
  nothingRings: NOT_AVAILABLE,
  rejected: { status: 403, phrase: 'Forbidden' },
  changed: { status: 410, phrase: 'Gone' },
  noChannel: UNAVAILABLE,
  networkOutOfOrder: UNAVAILABLE,
  temporaryFailure: UNAVAILABLE,
  congestion: { ...UNAVAILABLE, retryAfter: 5 },
  noMedia: UNAVAILABLE,
  incompatible: { status: 488, phrase: 'Not Acceptable Here' },
  timer: { status: 408, phrase: 'Request Timeout' },
};
const DECLINED: FailureStatus = { status: 603, phrase: 'Decline' };
const OTHERWISE: FailureStatus = { status: 500, phrase: 'Server Internal Error' };

/** `wasOffered`: a phone rang for the call, so that its user rejected it. */
export const failureStatus = (cause: CauseName, wasOffered: boolean): FailureStatus =>
  cause === 'rejected' && wasOffered ? DECLINED : (FAILURES[cause] ?? OTHERWISE);

/** The header line that says why. */
export const reasonLine = (cause: CauseName): string => `Reason: Q.850;cause=${CAUSES[cause].value}\r\n`;

/** By which phones keep a call that another has answered out of their missed calls (RFC 3326). */
export const ELSEWHERE = 'Reason: SIP;cause=200;text="Call completed elsewhere"\r\n';

const BY_STATUS: Readonly<Record<number, CauseName>> = {
  403: 'rejected',
  404: 'unallocated',
  408: 'timer',
  410: 'changed',
  415: 'incompatible',
  480: 'noResponse',
  484: 'incomplete',
  486: 'busy',
  487: 'unspecified',
  488: 'incompatible',
  504: 'timer',
  600: 'busy',
  603: 'rejected',
  606: 'incompatible',
};

/** The cause of a called phone's final answer. Its Reason wins where it has one of Q.850. */
export const causeOfAnswer = (answer: SipMessage): CauseName => {
  const { status } = answer;
  return causeInReason(answer) ?? BY_STATUS[status] ?? byClass(status);
};

/** A phone that forwards to where nobody is has failed (302). */
const byClass = (status: number): CauseName => {
  if (status >= 600) return 'rejected';
  if (status >= 500 || status < 400) return 'temporaryFailure';
  return 'unspecified';
};

/** The cause that a message gives by Q.850; `undefined`: none. */
export const causeInReason = (message: SipMessage): CauseName | undefined => {
  for (const text of message.all(ID.Reason).flatMap((written) => splitList(written) ?? [])) {
    const semicolon = text.indexOf(';');
    if (semicolon < 0 || text.slice(0, semicolon).trim().toUpperCase() !== 'Q.850') continue;
    const value = parameterValue(parseParameters(text, semicolon) ?? [], 'cause');
    if (value !== undefined && /^\d{1,3}$/.test(value) && Number(value) > 0 && Number(value) < 128)
      return causeOf(Number(value));
  }
  return undefined;
};

/** Why a phone forwards a call by itself, as its Diversion says; without one, since it forwards all (RFC 5806 §4.1). */
export const forwardReasonOf = (answer: SipMessage): 1 | 2 | 15 => {
  const written = answer.text(ID.Diversion) ?? '';
  const reason = redirectReasonOf(/;\s*reason\s*=\s*"?([\w-]+)/i.exec(written)?.[1] ?? '');
  return reason === 1 || reason === 2 ? reason : 15;
};
