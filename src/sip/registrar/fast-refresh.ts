import { type Instant, NEVER } from '../../core/time.js';
import { headerSet, ID, SINGLE_HEADERS } from '../message/headers.js';
import type { SipMessage } from '../message/message.js';
import { responseVia } from '../message/via.js';
import type { CopiedHeaders } from '../response/response-writer.js';
import { type Flow, sameFlow } from '../transport/flow.js';
import type { BindingUpdates } from './binding-updates.js';
import { type Binding, branchHashOf, type RegisteredPhones } from './location.js';

/** A refresh by the fast path. `answeredAt`: of a retransmission the time of its first answer. */
export interface FastRefresh {
  readonly binding: Binding;
  readonly answeredAt: Instant;
  readonly isRetransmission: boolean;
}

/**
 * The fast path of a refresh. If a REGISTER repeats the URI, From, To, Contact and Expires that made the binding, over
 * the same flow, and has no body, Require, Route or digest, then validation, the transaction and the registrar are
 * skipped. The binding itself recognises a retransmission (same CSeq and branch) and gives the same answer.
 * `undefined`: the request must be handled step by step.
 *
 * @hot Refreshes are nearly all of the traffic of a healthy fleet. `test/sip/fast-refresh.test.ts` plays the same
 * conversations with this path on and off, and names every difference.
 */
export const refreshFast = (
  message: SipMessage,
  flow: Flow,
  now: Instant,
  phones: RegisteredPhones,
  bindingUpdates: BindingUpdates,
): FastRefresh | undefined => {
  const binding = phones.byCallId(message.callId ?? '');
  if (binding === undefined || !repeatsRequestOf(message, binding) || !sameFlow(binding.phone.flow, flow))
    return undefined;
  // Another security profile since: it is judged anew.
  if (binding.phone.admittedAs !== binding.phone.record.configured.security) return undefined;
  const { cseq, via } = message;
  if (cseq === undefined || cseq.method !== message.method || via === undefined || cseq.number < binding.cseq)
    return undefined;
  if (cseq.number === binding.cseq) {
    const { answeredAt, branchHash: branch } = binding;
    if (answeredAt === NEVER || branch !== branchHashOf(message)) return undefined;
    return { binding, answeredAt, isRetransmission: true };
  }
  bindingUpdates.refresh(binding, message, now);
  binding.answeredAt = now;
  return { binding, answeredAt: now, isRetransmission: false };
};

const NOT_REPEATED = headerSet([...SINGLE_HEADERS, 'Via', 'Contact']);
const ABSENT = headerSet(['Require', 'Route']);

const repeatsRequestOf = (message: SipMessage, binding: Binding): boolean =>
  message.fault === undefined &&
  message.bodyEnd === message.bodyStart &&
  !message.repeatsAny(NOT_REPEATED) &&
  !message.hasAny(ABSENT) &&
  message.uri === binding.uri &&
  message.text(ID.Contact) === binding.requestContact &&
  message.text(ID.To) === binding.to &&
  message.text(ID.From) === binding.from &&
  (message.hasText(ID.Expires, binding.expires) || (message.text(ID.Expires) ?? '') === binding.expires) &&
  (message.hasText(ID['Max-Forwards'], '70') || message.text(ID['Max-Forwards']) === undefined) &&
  binding.phone.record.configured.digest === undefined;

/** The headers that its response copies: those of the binding, and the Via and CSeq of this request. */
export const copiedHeadersOf = (
  message: SipMessage,
  { from, to, tagged, callId }: Binding,
  flow: Flow,
): CopiedHeaders => {
  const { via, cseq } = message;
  return {
    vias: via === undefined ? '' : `Via: ${responseVia(via, flow.remote)}\r\n`,
    from: `From: ${from}\r\n`,
    to: `To: ${to}`,
    callId: `Call-ID: ${callId}\r\n`,
    cseq: `CSeq: ${cseq?.text}\r\n`,
    tagged,
  };
};
