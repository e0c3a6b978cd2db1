// Requests of calls on their way: written in CUCM's order of headers, over the flow that the phone has now.

import type { Instant } from '../../core/time.js';
import type { Endpoint } from '../../net/ports.js';
import { newBranch, newCallId, newTag } from '../notifier/request-writer.js';
import type { OutgoingMessage } from '../transaction/client-transactions.js';
import type { Flow } from '../transport/flow.js';
import type { LegView } from './call-headers.js';
import type { Dialog } from './dialog.js';
import type { CallServices } from './services.js';

/** What a request says beside its dialog. */
export interface RequestParts {
  readonly method: string;
  /** Header lines between Call-ID and CSeq. */
  readonly before?: string;
  /** Header lines after CSeq. */
  readonly after?: string;
  readonly body?: { readonly type: string; readonly text: string };
  /** Of an earlier request, for its ACK and its CANCEL; absent: the next one. */
  readonly sequence?: number;
  /** Of the request that it cancels or acknowledges; absent: a new one. */
  readonly branch?: string;
  /** Whether Date stands in front of Call-ID; SUBSCRIBE has it elsewhere. */
  readonly isDated?: boolean;
  /** The To header, where it is not the dialog's. */
  readonly to?: string;
  /** It answers a refusal of the same request already: a password was asked for, or another time. */
  readonly isRepeated?: true;
}

export interface WrittenCallRequest {
  /** Branch and method, as its answer names them. */
  readonly key: string;
  readonly branch: string;
  readonly sequence: number;
  readonly text: string;
}

/** Writes a request of a dialog. */
export const writeInDialog = (
  services: CallServices,
  dialog: Dialog,
  { host, port, transport }: Pick<LegView, 'host' | 'port' | 'transport'>,
  parts: RequestParts,
  now: Instant,
): WrittenCallRequest => {
  const { method, before = '', after = '', body, isDated = true } = parts;
  const branch = parts.branch ?? newBranch(services.random);
  const sequence = parts.sequence ?? dialog.nextSequence();
  const { uri, routes } = dialog.way;
  const end =
    body === undefined
      ? 'Content-Length: 0\r\n\r\n'
      : `Content-Type: ${body.type}\r\nContent-Length: ${body.text.length}\r\n\r\n${body.text}`;
  const text = [
    `${method} ${uri} SIP/2.0\r\nVia: SIP/2.0/${transport.toUpperCase()} ${host}:${port};branch=${branch}\r\n${routes}`,
    `From: ${dialog.local};tag=${dialog.localTag}\r\nTo: ${parts.to ?? dialog.remote}\r\n`,
    isDated ? `Date: ${services.date(now)}\r\n` : '',
    `Call-ID: ${dialog.callId}\r\n${before}CSeq: ${sequence} ${method}\r\n${after}${end}`,
  ].join('');
  return { key: `${branch} ${method}`, branch, sequence, text };
};

const always = (): boolean => true;

/**
 * Asks an address over UDP that has proved nothing whether it receives. Its answer is the proof that an INVITE waits for,
 * which has more octets than a phone is sent that has only registered (`DatagramSources`).
 */
export const sendProbe = (
  services: CallServices,
  flow: Flow,
  to: Endpoint,
  target: string,
  { host, port, transport }: Pick<LegView, 'host' | 'port' | 'transport'>,
  now: Instant,
): void => {
  const { random } = services;
  const branch = newBranch(random);
  const text =
    `OPTIONS ${target} SIP/2.0\r\nVia: SIP/2.0/${transport.toUpperCase()} ${host}:${port};branch=${branch}\r\n` +
    `From: <sip:${host}>;tag=${newTag(random)}\r\nTo: <${target}>\r\nCall-ID: ${newCallId(random, host)}\r\n` +
    'CSeq: 101 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n';
  const message = { key: `${branch} OPTIONS`, text, flow, to, toDevice: true, isWanted: always, onFinal: () => {} };
  services.requests.send(message, now);
};

/** Sends a request that is no INVITE; it is repeated over UDP until it is answered. */
export const sendRequest = (
  services: CallServices,
  flow: Flow,
  to: Endpoint,
  { key, text }: WrittenCallRequest,
  onFinal: OutgoingMessage['onFinal'],
  now: Instant,
): void => {
  services.requests.send({ key, text, flow, to, toDevice: true, isWanted: always, onFinal }, now);
  services.touch();
};
