// What every request must hold before anybody acts on it (RFC 3261 §8.1.1, §8.2; `sip.md` §6 step 0 and §12): one row per
// rule, the first that is broken decides. A missing From tag is RFC 2543's way and no fault.

import { parseCount, parseNameAddress, splitList } from './grammar.js';
import { bitOf, bitsOf, HEADER_NAMES, type HeaderName, ID, SINGLES } from './headers.js';
import { type MessageFault, messageFault, type SipMessage } from './message.js';
import { parseSipUri } from './uri.js';

const REQUIRED = ['From', 'To', 'Call-ID', 'CSeq'] as const satisfies readonly HeaderName[];
const REQUIRED_BITS = bitsOf(REQUIRED);
const MAX_FORWARDS = 255;
/** What names a dialog is kept as long as the dialog or the binding: From, To and Call-ID together. */
const MOST_KEPT_OCTETS = 2_048;

type Rule = (message: SipMessage) => MessageFault | undefined;

const at = (message: SipMessage, header: HeaderName, phrase: string, status = 400): MessageFault =>
  messageFault(status === 400 ? `Bad Request - ${phrase}` : phrase, message.offsetOf(ID[header]), status);

const RULES: readonly Rule[] = [
  (message) => message.fault,
  (message) => {
    if (message.holds(REQUIRED_BITS)) return undefined;
    const missing = REQUIRED.find((name) => message.count(ID[name]) === 0);
    return messageFault(`Bad Request - ${missing} missing`, message.bodyStart);
  },
  (message) => {
    if (!message.doubles(SINGLES)) return undefined;
    const name = HEADER_NAMES.find((each) => message.doubles(SINGLES & bitOf(ID[each]))) ?? 'From';
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

/** What is wrong with a request; `undefined`: nothing. */
export const faultOf = (message: SipMessage): MessageFault | undefined => {
  for (const rule of RULES) {
    const fault = rule(message);
    if (fault !== undefined) return fault;
  }
  return undefined;
};
