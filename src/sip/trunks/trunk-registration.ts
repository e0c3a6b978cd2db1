// Our registration with another PBX (RFC 3261 §10.2): the only place where this server is a client of a registrar. It refreshes
// after nine tenths of what was granted (`docs/protocols/calls.md` §6).

import { after, type Instant, milliseconds, seconds } from '../../core/time.js';
import { uriUser, userAgentLine } from '../calls/call-headers.js';
import { hostOf } from '../calls/leg-dialog.js';
import { CallTimer } from '../calls/services.js';
import { parameterValue, parseNameAddress, splitList } from '../message/grammar.js';
import { ID } from '../message/headers.js';
import type { SipMessage } from '../message/message.js';
import { localUri, parseSipUri, sameUri } from '../message/uri.js';
import { newBranch, newCallId, newTag } from '../notifier/request-writer.js';
import type { Trunk, TrunkEnvironment } from './trunk.js';

const REFRESH_SHARE = 0.9;
/** A registrar that grants less is asked no more often. */
const SHORTEST = seconds(30);
const AFTER_FAILURE = seconds(60);
const LONGEST = 86_400;
const FIRST_SEQUENCE = 100;

/** A REGISTER of ours. */
interface SentRegister {
  /** The URI that it registers. */
  readonly contact: string;
  /** It may be sent once more, with credentials. */
  readonly mayRepeat: boolean;
}

/** What an answer says of how long `contact` is registered (RFC 3261 §10.2.4); `undefined`: nothing. */
const expiresOf = (contact: string, answer: SipMessage): string | undefined => {
  const wanted = parseSipUri(contact);
  if (typeof wanted === 'string') return undefined;
  const found = answer
    .all(ID.Contact)
    .flatMap((text) => splitList(text) ?? [])
    .map((text) => parseNameAddress(text))
    .find((address) => {
      const uri = parseSipUri(address?.uri ?? '');
      return typeof uri !== 'string' && sameUri(uri, wanted);
    });
  return found === undefined ? undefined : parameterValue(found.parameters, 'expires');
};

export class TrunkRegistration {
  readonly #trunk: Trunk;
  readonly #register: NonNullable<Trunk['settings']['register']>;
  readonly #environment: TrunkEnvironment;
  readonly #timer: CallTimer;
  readonly #callId: string;
  readonly #tag: string;
  #sequence = FIRST_SEQUENCE;
  /** The expiry that is asked for, in seconds. */
  #asked: number;
  #isClosed = false;
  /** The last status; `undefined`: there was none yet. 0: no answer. */
  status: number | undefined;
  since: Instant | undefined;
  /** What was granted, in seconds. */
  granted: number | undefined;

  constructor(trunk: Trunk, register: NonNullable<Trunk['settings']['register']>, environment: TrunkEnvironment) {
    const { random } = environment.services;
    this.#trunk = trunk;
    this.#register = register;
    this.#environment = environment;
    this.#timer = new CallTimer((now) => this.start(now));
    this.#callId = newCallId(random, trunk.serverHost);
    this.#tag = newTag(random);
    this.#asked = Math.round(register.expires / 1000);
  }

  get isRegistered(): boolean {
    return this.status !== undefined && this.status >= 200 && this.status < 300;
  }

  get user(): string {
    return this.#register.user;
  }

  /** Registers, or refreshes. */
  start(now: Instant): void {
    this.#send('', true, now);
  }

  /** The other PBX answers again: there is no need to wait. */
  peerCameUp(now: Instant): void {
    if (this.status !== undefined && !this.isRegistered) this.start(now);
  }

  close(): void {
    this.#isClosed = true;
    this.#environment.services.timers.set(this.#timer, undefined);
  }

  #send(authorization: string, mayRepeat: boolean, now: Instant): void {
    const { services } = this.#environment;
    this.#wait(AFTER_FAILURE, now);
    const flow = this.#trunk.openFlow();
    if (flow === undefined) return;
    this.#sequence += 1;
    const branch = newBranch(services.random);
    const host = hostOf(services, flow, this.#trunk);
    const { address } = this.#trunk.settings;
    const uri = this.#trunk.uriOf('');
    const self = `<sip:${uriUser(this.user)}@${address}>`;
    const contact = localUri(`${uriUser(this.user)}@${host}:${flow.local.port}`, flow.transport, uri);
    const text =
      `REGISTER ${uri} SIP/2.0\r\nVia: SIP/2.0/${flow.transport.toUpperCase()} ${host}:${flow.local.port};branch=${branch}\r\n` +
      `From: ${self};tag=${this.#tag}\r\nTo: ${self}\r\nDate: ${services.date(now)}\r\nCall-ID: ${this.#callId}\r\n` +
      `${userAgentLine(services.settingsRef.settings.product)}CSeq: ${this.#sequence} REGISTER\r\n${authorization}` +
      `Contact: <${contact}>\r\nExpires: ${this.#asked}\r\n` +
      'Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n';
    const message = {
      key: `${branch} REGISTER`,
      text,
      flow,
      to: this.#trunk.endpointOf(uri),
      toDevice: true,
      isWanted: () => !this.#isClosed,
      onFinal: (status: number, at: Instant, answer?: SipMessage) => {
        if (!this.#isClosed) this.#answered(status, answer, { contact, mayRepeat }, at);
      },
    };
    services.requests.send(message, now);
    services.touch();
  }

  #answered(status: number, answer: SipMessage | undefined, { contact, mayRepeat }: SentRegister, now: Instant): void {
    if (answer !== undefined && mayRepeat && (status === 401 || status === 407)) {
      const line = this.#trunk.authorization(answer, 'REGISTER', this.#trunk.uriOf(''));
      if (line !== undefined) {
        this.#send(line, false, now);
        return;
      }
    }
    const least = answer !== undefined && status === 423 ? Number(answer.text(ID['Min-Expires'])?.trim()) : Number.NaN;
    if (least > this.#asked && least <= LONGEST) {
      this.#asked = least;
      this.#send('', true, now);
      return;
    }
    const isGranted = answer !== undefined && status >= 200 && status < 300;
    this.#note(Math.max(0, status), isGranted ? this.#grantedIn(answer, contact) : undefined, now);
  }

  #note(status: number, granted: number | undefined, now: Instant): void {
    const isNews = this.status !== status || this.granted !== granted;
    if (isNews) this.since = now;
    this.status = status;
    this.granted = granted;
    if (granted !== undefined) this.#wait(Math.max(SHORTEST, granted * 1000 * REFRESH_SHARE), now);
    else this.#wait(AFTER_FAILURE, now);
    if (!isNews) return;
    this.#environment.publish({
      type: 'sip.trunk-registration',
      ...this.#trunk.facts(now),
      status,
      ...(granted === undefined ? {} : { granted }),
    });
  }

  /** In seconds: of our Contact among all that the number is registered with, else of Expires, else what was asked for (§10.2.4). */
  #grantedIn(answer: SipMessage, contact: string): number {
    const written = expiresOf(contact, answer) ?? answer.text(ID.Expires)?.trim() ?? '';
    const given = /^\d{1,9}$/.test(written) ? Number(written) : this.#asked;
    return Math.min(given, this.#asked);
  }

  #wait(span: number, now: Instant): void {
    const { services } = this.#environment;
    services.timers.set(this.#timer, after(now, milliseconds(span)));
    services.touch();
  }
}
