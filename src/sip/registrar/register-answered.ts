import type { Instant } from '../../core/time.js';
import type { Endpoint } from '../../net/ports.js';
import type { SipRegisterAnswered } from '../events.js';
import type { SipMessage } from '../message/message.js';
import { userOf } from '../message/uri.js';
import type { SipResponse } from '../response/response.js';
import type { Flow } from '../transport/flow.js';

const WARNING = /^Warning: 399 \S+ "([^"]*)"\r$/m;
const LEAST = /^Min-Expires: (\d+)\r$/m;
const LONGEST_CALL_ID = 256;
const LONGEST_TEXT = 256;
/** `SIP/2.0 423 `. */
const PHRASE_AT = 12;

const phraseIn = (text: string): string => text.slice(PHRASE_AT, text.indexOf('\r')).slice(0, LONGEST_TEXT);

/** What a 423 is about: the time that was asked for, and the least that is allowed. */
const tooBrief = (asked: number | undefined, headers: string): { asked?: number; least?: number } => {
  const least = LEAST.exec(headers)?.[1];
  return { ...(asked === undefined ? {} : { asked }), ...(least === undefined ? {} : { least: Number(least) }) };
};

const placeOf = ({ address, port }: Endpoint): string => `${address}:${port}`;

/** What the event of an answered REGISTER is made of. */
export interface AnsweredRegister {
  readonly message: SipMessage;
  readonly flow: Flow;
  /** Where the response was sent to. */
  readonly to: Endpoint;
  /** `undefined`: the request was a retransmission, and got the response `text` once more. */
  readonly answer: SipResponse<unknown> | undefined;
  readonly text: string;
  readonly realm: string;
  readonly at: Instant;
}

/** The event that a REGISTER was answered. */
export const registerAnswered = ({
  message,
  flow: { transport, remote },
  to,
  answer,
  text,
  realm,
  at,
}: AnsweredRegister): SipRegisterAnswered => {
  const { device, credentials = 'none', otherRealm, user, asked } = answer?.requester ?? {};
  const status = answer?.status ?? Number(text.slice(8, 11));
  const headers = answer?.headers ?? text;
  return {
    type: 'sip.register-answered',
    at,
    ...(device === undefined ? {} : { device }),
    dn: userOf(message.to?.uri),
    status,
    warning: WARNING.exec(headers)?.[1] ?? '',
    credentials,
    ...(user === undefined ? {} : { user: user.slice(0, LONGEST_TEXT) }),
    ...(status === 200 ? {} : { phrase: answer?.phrase ?? phraseIn(text) }),
    ...(status === 423 ? tooBrief(asked, headers) : {}),
    ...(credentials === 'other' && otherRealm !== undefined ? { given: otherRealm, configured: realm } : {}),
    transport,
    sentTo: placeOf(to),
    source: placeOf(remote),
    callId: (message.callId ?? '').slice(0, LONGEST_CALL_ID),
    cseq: message.cseq?.number ?? 0,
    repeat: answer === undefined,
  };
};
