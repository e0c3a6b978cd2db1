// The quick way of a refresh: a REGISTER in the very words of the one before, over the same flow, needs no second
// reading and no transaction of its own. The binding itself knows the request once more, and answers it alike.

import { type Instant, NEVER } from '../../core/time.js';
import { bitsOf, ID, SINGLES } from '../message/headers.js';
import type { SipMessage } from '../message/message.js';
import { echoedVia } from '../message/via.js';
import type { CopiedHeaders } from '../response/response-writer.js';
import { type Flow, sameFlow } from '../transport/flow.js';
import type { BindingBook } from './binding-updates.js';
import { type Binding, branchOf, type RegisteredPhones } from './location.js';

/** A refresh that has been done, and when: a repetition is answered as of its first time. */
export interface Refreshed {
  readonly binding: Binding;
  readonly answeredAt: Instant;
  readonly repeated: boolean;
}

/** `undefined`: it must be read step by step. */
export const refreshed = (
  message: SipMessage,
  flow: Flow,
  now: Instant,
  stations: RegisteredPhones,
  book: BindingBook,
): Refreshed | undefined => {
  const binding = stations.byCallId(message.callId ?? '');
  if (binding === undefined || !isInItsWords(message, binding) || !sameFlow(binding.station.flow, flow))
    return undefined;
  const { cseq, via } = message;
  if (cseq === undefined || cseq.method !== message.method || via === undefined || cseq.number < binding.cseq)
    return undefined;
  if (cseq.number === binding.cseq) {
    const { answeredAt, branch } = binding;
    if (answeredAt === NEVER || branch !== branchOf(message)) return undefined;
    return { binding, answeredAt, repeated: true };
  }
  book.refresh(binding, message, now);
  binding.answeredAt = now;
  return { binding, answeredAt: now, repeated: false };
};

const ONCE = SINGLES | bitsOf(['Via', 'Contact']);
const NOT_THERE = bitsOf(['Require', 'Route']);

const isInItsWords = (message: SipMessage, asked: Binding): boolean =>
  message.fault === undefined &&
  message.bodyEnd === message.bodyStart &&
  !message.doubles(ONCE) &&
  !message.holdsSome(NOT_THERE) &&
  message.uri === asked.uri &&
  message.text(ID.Contact) === asked.askedContact &&
  message.text(ID.To) === asked.to &&
  message.text(ID.From) === asked.from &&
  (message.is(ID.Expires, asked.expires) || (message.text(ID.Expires) ?? '') === asked.expires) &&
  (message.is(ID['Max-Forwards'], '70') || message.text(ID['Max-Forwards']) === undefined) &&
  asked.station.record.configured.digest === undefined;

/** What its answer repeats: known words, and the Via of this request. */
export const echoOfRefresh = (
  message: SipMessage,
  { from, to, tagged, callId }: Binding,
  flow: Flow,
): CopiedHeaders => {
  const { via, cseq } = message;
  return {
    vias: via === undefined ? '' : `Via: ${echoedVia(via, flow.remote)}\r\n`,
    from: `From: ${from}\r\n`,
    to: `To: ${to}`,
    callId: `Call-ID: ${callId}\r\n`,
    cseq: `CSeq: ${cseq?.text}\r\n`,
    tagged,
  };
};
