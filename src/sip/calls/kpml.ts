// Keys of a SIP phone outside of RTP: by KPML (RFC 4730), in a dialog of its own while the number is dialled and within the
// INVITE's dialog during the call, and by INFO (`docs/protocols/calls.md` §3.2, §3.6, §3.10).

import { after, type Instant, seconds } from '../../core/time.js';
import { findNode, readXml } from '../../core/xml/reader.js';
import { ID } from '../message/headers.js';
import type { SipMessage } from '../message/message.js';
import { bodyParts } from '../message/multipart.js';
import { parseSipUri } from '../message/uri.js';
import { newTag } from '../notifier/request-writer.js';
import type { ServerRequest } from '../response/server-request.js';
import type { OutgoingMessage } from '../transaction/client-transactions.js';
import { GIVE_UP } from '../transaction/invite-transactions.js';
import type { Flow } from '../transport/flow.js';
import { contactLineOf, type LegView, serverLine, uriUser, userAgentLine } from './call-headers.js';
import { type RequestParts, sendRequest, writeInDialog } from './call-requests.js';
import { Dialog } from './dialog.js';
import type { LegPeer } from './leg-peer.js';
import { type CallServices, CallTimer, type DialogUser } from './services.js';

const REQUEST_TYPE = 'application/kpml-request+xml';
const RESPONSE_TYPE = 'application/kpml-response+xml';
const LASTS = 7_200;
const MOST_KEYS = 64;
const KEYS = /^[0-9A-D*#+]*$/;

const kpmlRequest = (pattern: string, regex: string): string =>
  `<?xml version="1.0" encoding="UTF-8" ?>\n<kpml-request xmlns="urn:ietf:params:xml:ns:kpml-request" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:ietf:params:xml:ns:kpml-request kpml-request.xsd" version="1.0">\n\n  <pattern ${pattern}>\n    <regex ${regex}</regex>\n  </pattern>\n\n</kpml-request>\n\r\n`;

const WHILE_DIALLING = kpmlRequest(
  'criticaldigittimer="1000" extradigittimer="500" interdigittimer="15000" persist="persist"',
  'tag="Backspace OK">[x#*+]|bs',
);
const IN_CALL = kpmlRequest('interdigittimer="7260000" persist="persist"', 'tag="dtmf">[x*#ABCD]');

/** The keys that a NOTIFY tells, `bs` for the one that takes one back. */
export const readKeys = (message: SipMessage): readonly string[] => {
  const part = bodyParts(message).find(({ type }) => type === RESPONSE_TYPE);
  const root = part === undefined ? undefined : readXml(part.bytes.toString('utf8'));
  const response = root === undefined ? undefined : findNode(root, 'kpml-response');
  if (response?.attributes.get('code') !== '200') return [];
  const digits = response.attributes.get('digits') ?? '';
  if (digits === 'bs') return ['bs'];
  return KEYS.test(digits) ? [...digits.slice(0, MOST_KEYS)] : [];
};

/** The key of an INFO; `undefined`: it brings none. */
export const readInfoDigit = (message: SipMessage): string | undefined => {
  for (const { type, bytes } of bodyParts(message)) {
    const text = bytes.toString('latin1', 0, 256).trim();
    const signal = /^Signal[ \t]*=[ \t]*([0-9A-D*#])/im.exec(text)?.[1];
    if (type === 'application/dtmf-relay' && signal !== undefined) return signal.toUpperCase();
    if (type === 'application/dtmf' && /^[0-9A-D*#]$/i.test(text)) return text.toUpperCase();
  }
  return undefined;
};

const isLast = (message: SipMessage): boolean =>
  /^[ \t]*terminated/i.test(message.text(ID['Subscription-State']) ?? '');

const subscribeParts = (view: LegView, event: string, user: string, now: string, pattern?: string): RequestParts => ({
  method: 'SUBSCRIBE',
  isDated: false,
  after: `Date: ${now}\r\n${userAgentLine(view.product)}Event: ${event}\r\nExpires: ${pattern === undefined ? 0 : LASTS}\r\n${contactLineOf(view, user, undefined)}${
    pattern === undefined ? '' : `Accept: ${RESPONSE_TYPE}\r\n`
  }Max-Forwards: 70\r\n`,
  ...(pattern === undefined ? {} : { body: { type: REQUEST_TYPE, text: pattern } }),
});

type Send = (parts: RequestParts, onFinal: OutgoingMessage['onFinal'], now: Instant) => void;

/** The keys of a call, within its dialog: one subscription for the leg. */
export class CallKeys {
  readonly #send: Send;
  readonly #view: () => LegView;
  readonly #date: (now: Instant) => string;
  readonly #onKey: (key: string, now: Instant) => void;
  #state: 'none' | 'active' | 'ended' = 'none';
  #expiresAt: Instant | undefined;

  constructor(
    send: Send,
    view: () => LegView,
    date: (now: Instant) => string,
    onKey: (key: string, now: Instant) => void,
  ) {
    this.#send = send;
    this.#view = view;
    this.#date = date;
    this.#onKey = onKey;
  }

  subscribe(now: Instant): void {
    this.#state = 'active';
    this.#expiresAt = after(now, seconds(LASTS));
    const onFinal = (status: number): void => {
      if (status < 200 || status >= 300) this.#state = 'ended'; // the phone has no KPML: nothing is tried again
    };
    this.#send(subscribeParts(this.#view(), 'kpml', '', this.#date(now), IN_CALL), onFinal, now);
  }

  notified(request: ServerRequest, now: Instant): void {
    request.answer({ status: 200, phrase: 'OK', headers: serverLine(this.#view().product) }, now);
    if (isLast(request.message)) this.#ended(now);
    else if (this.#state === 'active') for (const key of readKeys(request.message)) this.#onKey(key, now);
  }

  /** A subscription whose time is over is made anew; one that the phone ended is not. */
  #ended(now: Instant): void {
    const hasExpired = this.#expiresAt !== undefined && now >= this.#expiresAt;
    if (this.#state === 'active' && hasExpired) this.subscribe(now);
    else this.#state = 'ended';
  }

  /** The call is over: this comes after its BYE was answered. */
  end(now: Instant): void {
    if (this.#state !== 'active') return;
    this.#state = 'ended';
    this.#send(subscribeParts(this.#view(), 'kpml', '', this.#date(now)), () => {}, now);
  }
}

/** Whose number is being dialled. */
export interface Dialling {
  readonly peer: LegPeer;
  readonly view: LegView;
  /** The INVITE that had too few digits. */
  readonly invite: SipMessage;
  /** The user of its Request-URI. */
  readonly user: string;
  readonly dn: string;
  /** The phone's Contact. */
  readonly contact: string;
  onKey(key: string, now: Instant): void;
  /** The phone cannot be subscribed to. */
  onRefused(now: Instant): void;
}

/** The keys of a number that is being dialled, in a dialog of their own. */
export class DialKeys implements DialogUser {
  readonly dialog: Dialog;
  readonly #services: CallServices;
  readonly #dialling: Omit<Dialling, 'invite'>;
  readonly #linger: CallTimer;
  readonly #event: string;
  #isOver = false;

  constructor(services: CallServices, dialling: Dialling) {
    const { invite, ...kept } = dialling; // the message is not kept
    const { view, user, dn, contact, peer } = kept;
    const { flow } = peer;
    const uri = parseSipUri(contact);
    const phoneHost = typeof uri === 'string' ? flow.remote.address : uri.host;
    this.#services = services;
    this.#dialling = kept;
    this.#event = `kpml; call-id=${invite.callId}; from-tag=${invite.fromTag ?? ''}`;
    this.dialog = new Dialog({
      callId: services.newCallId(flow, view.host),
      local: `<sip:${uriUser(user)}@${view.host}>`,
      localTag: newTag(services.random),
      remote: `<sip:${uriUser(dn)}@${phoneHost}>`,
      remoteTag: undefined,
      target: contact,
    });
    this.#linger = new CallTimer(() => services.dialogs.delete(this.dialog.key));
  }

  subscribe(now: Instant): void {
    this.#services.dialogs.set(this.dialog.key, this);
    const onFinal: OutgoingMessage['onFinal'] = (status, at, answer) => {
      if (answer !== undefined && status < 300) {
        if (this.dialog.remoteTag === undefined) this.dialog.establish(answer);
        return;
      }
      this.#services.dialogs.delete(this.dialog.key);
      if (this.#isOver) return;
      this.#isOver = true;
      this.#dialling.onRefused(at);
    };
    this.#send(onFinal, now, WHILE_DIALLING);
  }

  /** The number is complete, or nobody dials any more. What the phone says of its end is still answered. */
  end(now: Instant): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#services.timers.set(this.#linger, after(now, GIVE_UP));
    this.#send(() => {}, now);
  }

  receive(request: ServerRequest, now: Instant): void {
    const { message } = request;
    if (message.method !== 'NOTIFY') {
      request.answer({ status: 481, phrase: 'Call/Transaction Does Not Exist' }, now);
      return;
    }
    request.answer({ status: 200, phrase: 'OK', headers: serverLine(this.#dialling.view.product) }, now);
    if (!this.#isOver) for (const key of readKeys(message)) this.#dialling.onKey(key, now);
    if (!isLast(message)) return;
    this.#services.timers.set(this.#linger, undefined);
    this.#services.dialogs.delete(this.dialog.key);
    if (this.#isOver) return;
    this.#isOver = true;
    this.#dialling.onRefused(now);
  }

  isFrom(flow: Flow): boolean {
    return this.#dialling.peer.isFrom(flow);
  }

  acknowledge(): void {}
  answeredAgain(): void {}

  #send(onFinal: OutgoingMessage['onFinal'], now: Instant, pattern?: string): void {
    const { view, user, peer } = this.#dialling;
    const parts = subscribeParts(view, this.#event, uriUser(user), this.#services.date(now), pattern);
    const written = writeInDialog(this.#services, this.dialog, view, parts, now);
    sendRequest(this.#services, peer.flow, peer.endpointOf(this.dialog.nextHop), written, onFinal, now);
  }
}
