import type { Instant } from '../../core/time.js';
import type { Endpoint } from '../../net/ports.js';
import type { SipRegisterAnswered } from '../events.js';
import type { SipMessage } from '../message/message.js';
import { userOf } from '../message/uri.js';
import type { SipResponse } from '../response/response.js';
import type { Flow } from '../transport/flow.js';

const WARNING = /^Warning: 399 \S+ "([^"]*)"\r$/m;
const LONGEST_CALL_ID = 256;

const placeOf = ({ address, port }: Endpoint): string => `${address}:${port}`;

/**
 * The event that a REGISTER was answered. `answer` `undefined`: it was a retransmission, and got the response `text`
 * once more.
 */
export const registerAnswered = (
  message: SipMessage,
  { transport, remote }: Flow,
  to: Endpoint,
  answer: SipResponse<unknown> | undefined,
  text: string,
  realm: string,
  at: Instant,
): SipRegisterAnswered => {
  const { device, credentials = 'none', otherRealm } = answer?.requester ?? {};
  return {
    type: 'sip.register-answered',
    at,
    ...(device === undefined ? {} : { device }),
    dn: userOf(message.to?.uri),
    status: answer?.status ?? Number(text.slice(8, 11)),
    warning: WARNING.exec(answer?.headers ?? text)?.[1] ?? '',
    credentials,
    ...(credentials === 'other' && otherRealm !== undefined ? { given: otherRealm, configured: realm } : {}),
    transport,
    sentTo: placeOf(to),
    source: placeOf(remote),
    callId: (message.callId ?? '').slice(0, LONGEST_CALL_ID),
    cseq: message.cseq?.number ?? 0,
    repeat: answer === undefined,
  };
};
