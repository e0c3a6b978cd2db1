// The rules that every request must keep before it is handled (RFC 3261 §8.1.1, §8.2; `sip.md` §6 step 0 and §12). The
// first broken rule decides. A From without a tag is allowed: RFC 2543 had none.

import { parseCount, parseNameAddress, splitList } from './grammar.js';
import { type HeaderName, headerSet, ID, SINGLE_HEADERS } from './headers.js';
import { type MessageFault, messageFault, type SipMessage } from './message.js';
import { parseSipUri } from './uri.js';

const REQUIRED = ['From', 'To', 'Call-ID', 'CSeq'] as const satisfies readonly HeaderName[];
const REQUIRED_SET = headerSet(REQUIRED);
const SINGLE_SET = headerSet(SINGLE_HEADERS);
const MAX_FORWARDS = 255;
/** From, To and Call-ID together: they are kept as long as the dialog or the binding. */
const MOST_KEPT_OCTETS = 2_048;

type Rule = (message: SipMessage) => MessageFault | undefined;

const at = (message: SipMessage, header: HeaderName, phrase: string, status = 400): MessageFault =>
  messageFault(status === 400 ? `Bad Request - ${phrase}` : phrase, message.offsetOf(ID[header]), status);

const RULES: readonly Rule[] = [
  (message) => message.fault,
  (message) => {
    if (message.hasAll(REQUIRED_SET)) return undefined;
    const missing = REQUIRED.find((name) => !message.has(ID[name]));
    return messageFault(`Bad Request - ${missing} missing`, message.bodyStart);
  },
  (message) => {
    if (!message.repeatsAny(SINGLE_SET)) return undefined;
    const name = SINGLE_HEADERS.find((each) => message.repeats(ID[each])) ?? 'From';
    return at(message, name, `${name} given twice`);
  },
  (message) =>
    message.octetsOf(ID.From) + message.octetsOf(ID.To) + message.octetsOf(ID['Call-ID']) > MOST_KEPT_OCTETS
      ? at(message, 'Call-ID', 'Message Too Large', 513)
      : undefined,
  (message) => (message.via === undefined ? at(message, 'Via', 'Via malformed') : undefined),
  (message) => {
    const { cseq, method } = message;
    if (cseq === undefined) return at(message, 'CSeq', 'CSeq malformed');
    return cseq.method === method ? undefined : at(message, 'CSeq', 'CSeq method differs from Request-Line');
  },
  (message) => {
    const uri = parseSipUri(message.uri);
    if (uri === 'scheme') return messageFault('Unsupported URI Scheme', 0, 416);
    return uri === 'syntax' || uri.headers !== undefined
      ? messageFault('Bad Request - malformed Request-URI')
      : undefined;
  },
  (message) => (message.from === undefined ? at(message, 'From', 'From malformed') : undefined),
  (message) => (message.to === undefined ? at(message, 'To', 'To malformed') : undefined),
  (message) => (message.callId === '' ? at(message, 'Call-ID', 'Call-ID empty') : undefined),
  (message) => {
    const text = message.text(ID['Max-Forwards']);
    if (text === undefined) return undefined;
    const hops = parseCount(text, MAX_FORWARDS);
    return hops === undefined || hops > MAX_FORWARDS
      ? at(message, 'Max-Forwards', 'Max-Forwards malformed')
      : undefined;
  },
  (message) =>
    message.all(ID.Contact).every((text) => text === '*' || contactList(text) !== undefined)
      ? undefined
      : at(message, 'Contact', 'Contact malformed'),
];

const contactList = (text: string): boolean | undefined =>
  splitList(text)?.every((element) => element === '*' || parseNameAddress(element) !== undefined) || undefined;

/** The first rule that a request breaks; `undefined`: none. */
export const faultOf = (message: SipMessage): MessageFault | undefined => {
  for (const rule of RULES) {
    const fault = rule(message);
    if (fault !== undefined) return fault;
  }
  return undefined;
};
