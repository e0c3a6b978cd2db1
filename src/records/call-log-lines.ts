// The lines of CUCM's call log files (`docs/protocols/calls.md` §7.3): one for each event, `|` between fields, local
// time. `CC` lines say what became of a call, `SIPL` lines name its SIP messages with phones, `SIPT` those with a trunk. SCCP legs appear in CC lines alone.

import type { CallEnded, CallOffered } from '../calls/index.js';
import { printable } from '../calls/parties.js';
import { dateOf, type WallTime } from '../core/time.js';
import type { SipReceived, SipSent } from '../sip/events.js';

/** `2019/08/27 23:22:23.962`, in local time. */
export const stampOf = (at: WallTime): string => {
  const date = dateOf(at);
  const day = `${date.getFullYear()}/${two(date.getMonth() + 1)}/${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${time}.${String(date.getMilliseconds()).padStart(3, '0')}`;
};

const two = (count: number): string => String(count).padStart(2, '0');

/** `fields` as one line. What a peer wrote into one of them begins neither a field nor a line. */
const line = (at: WallTime, ...fields: readonly (string | number)[]): string =>
  `${[stampOf(at), ...fields].map((field) => printable(String(field)).replaceAll('|', '%7C')).join('|')}\n`;

/** A number was dialled that leads to a phone or a service. */
export const setupLine = ({ leg, to, calling, dialled, called }: CallOffered, at: WallTime): string =>
  line(at, 'CC', 'SETUP', leg, to, calling.number, dialled, called.number);

/** A phone or a service was offered the call. */
export const offeredLine = (event: CallOffered, at: WallTime): string => {
  const { leg, to, calling, dialled, called, device = '', toDevice = '' } = event;
  return line(at, 'CC', 'OFFERED', leg, to, calling.number, dialled, called.number, device, toDevice);
};

/**
 * How the call ended: `REJECT` if it failed before anybody answered, `RELEASE` otherwise. `undefined`: nothing was
 * dialled, or the caller gave up before anybody was offered the call.
 */
export const endLine = (call: CallEnded, at: WallTime): string | undefined => {
  const { orig, dest, calling, called, dialled } = call;
  const cause = orig.cause === 0 ? (dest?.cause ?? 0) : orig.cause;
  const hasFailed = call.answeredAt === undefined && cause !== NORMAL;
  if (hasFailed && dialled !== '') {
    const reached = called.number === '' ? dialled : called.number;
    return line(at, 'CC', 'REJECT', orig.leg, dest?.leg ?? 0, calling.number, dialled, reached, cause);
  }
  return dest === undefined ? undefined : line(at, 'CC', 'RELEASE', orig.leg, dest.leg, cause);
};

const NORMAL = 16;

/** What a SIPL line says and the event of a message does not. */
export interface SipFacts {
  /** The call identifier of the leg; absent: it has none so far. */
  readonly leg?: number;
  readonly device?: string;
  /** `device` is a trunk. */
  readonly isTrunk?: boolean;
  /** This server's end of the flow. */
  readonly localAddress?: string;
  readonly localPort?: number;
}

/** A SIP message of a call, as far as its line needs it. */
export interface CallMessage {
  /** The method of the request, or of the one that it answers. */
  readonly method: string;
  /** `INVITE`, `180 Ringing`. */
  readonly title: string;
  readonly callId: string;
  /** The number in CSeq, as written. */
  readonly sequence: string;
  readonly isRequest: boolean;
  /** Its To has a tag: it belongs to a dialog. */
  readonly isInDialog: boolean;
  /** The event package of a NOTIFY, in lower case; empty: none. */
  readonly event: string;
}

/** Methods whose messages may belong to a call. REFER and NOTIFY do so only in one. */
const METHODS: ReadonlySet<string> = new Set('INVITE ACK BYE CANCEL PRACK UPDATE REFER NOTIFY'.split(' '));
const ANSWER = 'SIP/2.0 ';

/** Reads the start and the headers of a message. `undefined`: it is of no method that calls use. */
export const readMessage = (text: string): CallMessage | undefined => {
  const isRequest = !text.startsWith(ANSWER);
  const method = isRequest ? text.slice(0, text.indexOf(' ')) : undefined;
  if (method !== undefined && !METHODS.has(method)) return undefined;
  const end = text.indexOf('\r\n\r\n');
  const head = end < 0 ? text : text.slice(0, end);
  const [, sequence = '', of = ''] = C_SEQ.exec(head) ?? [];
  if (!METHODS.has(of)) return undefined;
  return {
    method: of,
    title: method ?? head.slice(ANSWER.length, endOfLine(head)),
    callId: CALL_ID.exec(head)?.[1] ?? '',
    sequence,
    isRequest,
    isInDialog: TO_TAG.test(head),
    event: EVENT.exec(head)?.[1]?.toLowerCase() ?? '',
  };
};

const endOfLine = (text: string): number => {
  const end = text.indexOf('\r\n');
  return end < 0 ? text.length : end;
};

const C_SEQ = /^cseq[ \t]*:[ \t]*(\d+)[ \t]+(\w+)/im;
const CALL_ID = /^(?:call-id|i)[ \t]*:[ \t]*(\S+)/im;
const TO_TAG = /^(?:to|t)[ \t]*:[^\r\n]*;[ \t]*tag[ \t]*=/im;
const EVENT = /^(?:event|o)[ \t]*:[ \t]*([\w.-]+)/im;

/**
 * A message of a call: our address and the phone's, the device, the Call-ID, and `correlation`, which names the message
 * that set this one off. Without a local address the line has 0.0.0.0.
 */
export const sipLine = (
  event: SipReceived | SipSent,
  { callId, title }: Pick<CallMessage, 'callId' | 'title'>,
  correlation: string,
  {
    leg = 0,
    device = '',
    isTrunk = false,
    localAddress = '0.0.0.0',
    localPort = STANDARD_PORT[event.transport],
  }: SipFacts,
  at: WallTime,
): string =>
  line(
    at,
    isTrunk ? 'SIPT' : 'SIPL',
    leg,
    event.transport.toUpperCase(),
    event.type === 'sip.received' ? 'IN' : 'OUT',
    localAddress,
    localPort,
    device,
    event.address,
    event.port,
    correlation,
    event.sequence,
    callId,
    title,
  );

const STANDARD_PORT = { udp: 5060, tcp: 5060, tls: 5061 } as const;
