import { REFUSALS, type RefusalReason } from '../../devices/index.js';
import type { RegistrationRefusal } from '../../devices/reasons.js';
import type { CredentialsWorth } from '../events.js';
import type { MessageFault } from '../message/message.js';

/**
 * The final response to a request, as a method decides it. A value: nothing is written or sent here.
 *
 * `F`: the requests that may follow it. Each folder that has such requests declares its own type of them, and `uas/`
 * sends those of all. A response without `F` has none.
 */
export interface SipResponse<F = never> {
  readonly status: number;
  readonly phrase: string;
  /** Whether the response has a Server header. CUCM's has one in some cases and not in others. */
  readonly server: boolean;
  /** Whole header lines, each with its CRLF, after CSeq. */
  readonly headers: string;
  /** Latin1 text. */
  readonly body?: { readonly type: string; readonly text: string };
  /** What the server sends next, over the same flow. */
  readonly followUps: readonly F[];
  /** Of a response to a REGISTER, as far as the request was read. */
  readonly requester?: Requester;
}

/** Who sent a REGISTER: the device, or the name that the request gave, and what its credentials were worth. */
export interface Requester {
  readonly device: string;
  readonly credentials: CredentialsWorth;
  /** The realm of its credentials, if that is not ours. */
  readonly otherRealm: string | undefined;
  /** The user of its credentials. */
  readonly user: string | undefined;
  /** The shortest time that it asked for, in seconds. */
  readonly asked: number | undefined;
}

const NO_FOLLOW_UPS: readonly never[] = [];

/** Makes a response. By default it has no header of its own, no body and no follow-ups. */
export const sipResponse = <F = never>(
  status: number,
  phrase: string,
  {
    headers = '',
    server = false,
    body,
    followUps = NO_FOLLOW_UPS,
  }: Partial<Omit<SipResponse<F>, 'status' | 'phrase'>> = {},
): SipResponse<F> =>
  body === undefined
    ? { status, phrase, server, headers, followUps }
    : { status, phrase, server, headers, body, followUps };

/** The response to a message that breaks a rule of SIP. */
export const faultResponse = ({ status, phrase }: MessageFault): SipResponse => sipResponse(status, phrase);

/**
 * The response to a registration that the database refused, in CUCM's form (`sip.md` §4.4). `seconds`: when the phone
 * may try again, for reasons that have no fixed time.
 */
export const refusalResponse = <F = never>(
  reason: RefusalReason,
  node: string,
  followUps: readonly F[] = NO_FOLLOW_UPS,
  seconds?: number,
): SipResponse<F> => {
  const { status, phrase, retryAfter = seconds, warning }: RegistrationRefusal['sip'] = REFUSALS[reason].sip;
  return sipResponse<F>(status, phrase, {
    server: true,
    headers: `${retryAfter === undefined ? '' : `Retry-After: ${retryAfter}\r\n`}${warning === undefined ? '' : warningLine(node, warning)}`,
    followUps,
  });
};

/** A Warning header. Its agent must be a token (RFC 3261 §20.43), but a node may have any name. */
export const warningLine = (node: string, text: string): string =>
  `Warning: 399 ${node.replace(/[^\w.:-]/g, '-')} "${text}"\r\n`;

/** Seconds after which a phone may try again, in a 503 and in the NOTIFY that ends a subscription. */
export const RETRY_AFTER = 35;

/** The response of a node that is stopping. Its text is the only one of a 503 to REGISTER that is published. */
export const closingResponse = (node: string): SipResponse =>
  sipResponse(503, 'Service Unavailable', {
    server: true,
    headers: `Expires: 0\r\nRetry-After: ${RETRY_AFTER}\r\n${warningLine(node, 'Device handler is shutting down')}`,
  });
