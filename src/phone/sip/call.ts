import { type Duration, milliseconds } from '../../core/time.js';
import { ID } from '../../sip/message/headers.js';
import type { SipMessage } from '../../sip/message/message.js';
import type { PhoneCall } from '../calls/phone-call.js';
import type { BootTimer } from '../timers.js';
import { causeOf, contactOf, farPartyOf } from './call-headers.js';
import type { CallMediaSession } from './call-media.js';
import { type CallSide, isCisco, requestText, responseText, statisticsOf } from './call-texts.js';
import type { SipCallsOptions } from './calls.js';
import { authorizationOf, challengeOf } from './digest.js';
import { reasonText } from './response-fields.js';
import { type FarMedia, readDescription } from './sdp.js';

/** The identity of a dialog, as this phone sees it. */
export interface DialogStart {
  readonly callId: string;
  readonly localTag: string;
  /** The value of From in its requests, with its tag; that of To without one. */
  readonly from: string;
  readonly to: string;
  /** Where its requests go. */
  readonly target: string;
  readonly firstCSeq: number;
}

/** An INVITE of the phone's that waits for its final response. */
interface OpenInvite {
  readonly branch: string;
  readonly cseq: number;
  readonly isFirst: boolean;
  hasProvisional: boolean;
  isCancelled: boolean;
}

/** A 200 to an INVITE that waits for its ACK. */
interface UnacknowledgedAnswer {
  readonly text: string;
  readonly cseq: number;
  /** It held the offer: the ACK holds the answer. */
  readonly isOffer: boolean;
  waited: number;
  interval: number;
}

type ResponseRest = { readonly headers?: readonly string[]; readonly body?: string };

const T1 = 500;
const T2 = 4_000;
const GIVE_UP = 32_000;
const BUSY = { status: 486, cause: 17 } as const;
const DECLINED = { status: 603, cause: 21 } as const;

/**
 * One call of a SIP phone: a dialog of its own, as caller or called (RFC 3261 §12 to §15, `docs/protocols/calls.md` §3).
 * It shares nothing with the server's dialogs, which it tests.
 */
export class SipCall {
  readonly call: PhoneCall;
  readonly start: DialogStart;
  readonly media: CallMediaSession;
  readonly #options: SipCallsOptions;
  readonly #side: CallSide;
  readonly #answerTimer: BootTimer;
  readonly #retryTimer: BootTimer;
  /** The To of its requests, with the far tag once it is known. */
  #to: string;
  #target: string;
  #cseq: number;
  #invite: OpenInvite | undefined;
  /** The last ACK to a 2xx, which a repeated 2xx gets again. */
  #ack: { readonly cseq: number; readonly text: string } | undefined;
  /** The INVITE of the far side that has no final response yet. */
  #pending: SipMessage | undefined;
  #answered: UnacknowledgedAnswer | undefined;
  #connectedAt = 0;

  constructor(options: SipCallsOptions, side: CallSide, call: PhoneCall, start: DialogStart, media: CallMediaSession) {
    this.#options = options;
    this.#side = side;
    this.call = call;
    this.start = start;
    this.media = media;
    this.#to = start.to;
    this.#target = start.target;
    this.#cseq = start.firstCSeq;
    this.#answerTimer = options.timers.create(() => this.#repeatAnswer());
    this.#retryTimer = options.timers.create(() => this.#reinvite());
    call.onEnded = () => this.#close();
  }

  get side(): CallSide {
    return this.#side;
  }

  get isCaller(): boolean {
    return this.call.direction === 'out';
  }

  // ── what the user does ─────────────────────────────────────────────────────────────────────────────────────────

  /** Sends the first INVITE, with an offer. */
  invite(): void {
    if (this.call.state === 'ended') return;
    this.call.dialled();
    this.#sendInvite(true, isCisco(this.#side.identity) ? ['Expires: 180'] : []);
  }

  /** Answers the call that rings. */
  async answer(): Promise<void> {
    const request = this.#pending;
    if (request === undefined) return;
    if (!(await this.media.open())) {
      this.#refuse(500);
      this.call.ended('phone');
      return;
    }
    if (this.#pending !== request) return;
    const offer = descriptionIn(request);
    const body = offer === undefined ? this.media.offer() : this.media.answer(offer);
    this.#pending = undefined;
    if (body === undefined) {
      this.#respond(request, 488);
      this.call.failed('no codec in common', 88);
      this.call.ended('phone');
      return;
    }
    this.#accept(request, body, offer === undefined);
    if (offer !== undefined) this.#connect();
  }

  /** Refuses the call that rings. */
  refuse(how: 'busy' | 'declined'): void {
    const { status, cause } = how === 'busy' ? BUSY : DECLINED;
    this.#refuse(status, [`Reason: Q.850;cause=${cause}`]);
    this.call.ended('phone');
  }

  hangUp(): void {
    const invite = this.#invite;
    if (invite?.isFirst === true) {
      invite.isCancelled = true;
      if (invite.hasProvisional) this.#cancel(invite);
    } else if (this.call.state === 'failed' || this.#toTag === undefined) this.call.ended('phone');
    else this.#bye();
  }

  /** Puts the far side on hold, or takes it back. */
  hold(isHolding: boolean): void {
    if (this.#invite !== undefined || this.media.isHolding === isHolding) return;
    this.media.isHolding = isHolding;
    this.#reinvite();
  }

  // ── what the server sends ──────────────────────────────────────────────────────────────────────────────────────

  /** The first INVITE has come: the phone rings. */
  ring(request: SipMessage): void {
    this.#pending = request;
    this.#respond(request, 100);
    this.#respond(request, 180);
  }

  receive(request: SipMessage): void {
    const action = Object.hasOwn(METHODS, request.method) ? METHODS[request.method] : undefined;
    action?.(this, request);
  }

  /** A 2xx that no request waits for: its ACK was lost. */
  repeated(response: SipMessage): void {
    if (this.#ack !== undefined && response.cseq?.number === this.#ack.cseq) this.#options.send(this.#ack.text);
  }

  // Only `METHODS` calls what follows.

  onInvite(request: SipMessage): void {
    if (this.#invite !== undefined) this.#respond(request, 491);
    else if (this.#pending !== undefined || this.#answered !== undefined)
      this.#respond(request, 500, { headers: ['Retry-After: 1'] });
    else {
      this.#respond(request, 100);
      this.#hear(request);
      const offer = descriptionIn(request);
      const body = offer === undefined ? this.media.offer() : this.media.answer(offer);
      if (body === undefined) this.#respond(request, 488);
      else {
        if (offer !== undefined) this.#farHolds(offer);
        this.#accept(request, body, offer === undefined);
      }
    }
  }

  onAck(request: SipMessage): void {
    const answered = this.#answered;
    if (answered === undefined || request.cseq?.number !== answered.cseq) return;
    this.#answered = undefined;
    this.#answerTimer.cancel();
    if (!answered.isOffer) return;
    const far = descriptionIn(request);
    if (far !== undefined && this.media.apply(far)) this.#farHolds(far);
    this.#connect();
  }

  onBye(request: SipMessage): void {
    const { identity } = this.#side;
    this.#respond(request, 200, { headers: statisticsOf(identity, this.#talked, this.call.counts.totals()) });
    this.call.cause = causeOf(request);
    this.call.ended('far');
  }

  onCancel(request: SipMessage): void {
    this.#respond(request, 200);
    if (this.#pending === undefined) return;
    this.#refuse(487);
    this.call.ended('far');
  }

  onUpdate(request: SipMessage): void {
    this.#hear(request);
    const offer = descriptionIn(request);
    const body = offer === undefined ? undefined : this.media.answer(offer);
    if (offer !== undefined && body === undefined) this.#respond(request, 488);
    else this.#respond(request, 200, body === undefined ? {} : { body });
    if (offer !== undefined) this.#farHolds(offer);
  }

  onOther(request: SipMessage, status: number): void {
    this.#respond(request, status);
  }

  get #talked(): number {
    return this.#connectedAt === 0 ? 0 : this.#options.timers.now() - this.#connectedAt;
  }

  get #toTag(): string | undefined {
    return /;tag=/.test(this.#to) ? this.#to : undefined;
  }

  #connect(): void {
    this.#connectedAt ||= this.#options.timers.now();
    this.call.connected();
  }

  /** Notes whom the server names, and where the dialog goes. */
  #hear(message: SipMessage): void {
    const party = farPartyOf(message);
    if (party !== undefined) this.call.named(party.number, party.name);
    this.#target = contactOf(message) ?? this.#target;
  }

  #farHolds({ direction }: FarMedia): void {
    this.call.farHolds(direction === 'sendonly' || direction === 'inactive');
  }

  #respond(request: SipMessage, status: number, rest: ResponseRest = {}): void {
    this.#options.respond(request, this.#response(request, status, rest));
  }

  #response(request: SipMessage, status: number, rest: ResponseRest): string {
    const tag = status === 100 ? {} : { tag: this.start.localTag };
    return responseText(this.#side, request, { status, ...tag, ...rest });
  }

  #refuse(status: number, headers: readonly string[] = []): void {
    const request = this.#pending;
    this.#pending = undefined;
    if (request !== undefined) this.#respond(request, status, { headers });
  }

  /** Sends a 200 to an INVITE, and again until its ACK has come (RFC 3261 §13.3.1.4). */
  #accept(request: SipMessage, body: string, isOffer: boolean): void {
    const text = this.#response(request, 200, { body });
    const cseq = request.cseq?.number ?? 0;
    this.#answered = { text, cseq, isOffer, waited: 0, interval: T1 };
    this.#answerTimer.startIn(milliseconds(T1));
    this.#options.respond(request, text);
  }

  #repeatAnswer(): void {
    const answered = this.#answered;
    if (answered === undefined) return;
    answered.waited += answered.interval;
    if (answered.waited >= GIVE_UP) {
      this.#answered = undefined;
      this.#bye();
      return;
    }
    answered.interval = Math.min(2 * answered.interval, T2);
    this.#answerTimer.startIn(milliseconds(answered.interval));
    this.#options.send(answered.text);
  }

  #reinvite(): void {
    const { media } = this;
    const info = isCisco(this.#side.identity)
      ? [`Call-Info: <urn:x-cisco-remotecc:${media.isHolding ? 'hold' : 'resume'}>`]
      : [];
    this.#sendInvite(false, info);
  }

  #sendInvite(isFirst: boolean, headers: readonly string[]): void {
    const { identifiers, transactions } = this.#options;
    const branch = identifiers.branch();
    const cseq = this.#cseq++;
    const invite: OpenInvite = { branch, cseq, isFirst, hasProvisional: false, isCancelled: false };
    this.#invite = invite;
    const text = this.#request('INVITE', { branch, cseq, headers, body: this.media.offer() });
    transactions.request(
      branch,
      text,
      (response) => this.#onFinal(invite, response),
      (response) => this.#onProvisional(invite, response),
    );
  }

  #onProvisional(invite: OpenInvite, response: SipMessage): void {
    if (this.#invite !== invite) return;
    const isFirst = !invite.hasProvisional;
    invite.hasProvisional = true;
    if (invite.isCancelled) {
      if (isFirst) this.#cancel(invite);
      return;
    }
    if (!invite.isFirst) return;
    if (response.status === 100) this.call.proceeding();
    else {
      this.#hear(response);
      this.call.farRings();
      const early = descriptionIn(response);
      if (early !== undefined) this.media.apply(early);
    }
  }

  #onFinal(invite: OpenInvite, response: SipMessage | undefined): void {
    if (this.#invite === invite) this.#invite = undefined;
    if (response === undefined) {
      this.call.failed('no answer', 102);
      return;
    }
    const { status } = response;
    if (status >= 300) this.#onRefused(invite, response);
    else {
      this.#to = response.text(ID.To) ?? this.#to;
      this.#hear(response);
      const text = this.#request('ACK', { branch: this.#options.identifiers.branch(), cseq: invite.cseq });
      this.#ack = { cseq: invite.cseq, text };
      this.#options.send(text);
      if (invite.isCancelled || this.call.state === 'ended') this.#bye();
      else this.#onAccepted(invite, response);
    }
  }

  #onAccepted(invite: OpenInvite, response: SipMessage): void {
    const far = descriptionIn(response);
    const isUsable = far !== undefined && this.media.apply(far);
    if (!invite.isFirst) {
      if (this.media.isHolding) this.call.held();
      else this.call.connected();
    } else if (isUsable) this.#connect();
    else {
      this.call.failed('no codec in common', 47);
      this.#bye();
    }
  }

  #onRefused(invite: OpenInvite, response: SipMessage): void {
    const { branch, cseq, isFirst } = invite;
    const to = response.text(ID.To) ?? this.#to;
    const target = isFirst ? this.start.target : this.#target;
    this.#options.send(this.#request('ACK', { branch, cseq }, to, target));
    if (isFirst && !invite.isCancelled && this.#tryAgain(response)) return;
    if (response.status === 491 && !isFirst) this.#retryTimer.startIn(this.#glareDelay());
    else if (invite.isCancelled) this.call.ended('phone');
    else if (isFirst) this.call.failed(reasonText(response), causeOf(response));
    else if (response.status === 481 || response.status === 408) this.call.ended('far');
    else this.media.isHolding = this.call.state === 'held';
  }

  /** Answers a challenge. False: it is none, or there is no password. */
  #tryAgain(response: SipMessage): boolean {
    const { line, node } = this.#side;
    const isChallenge = response.status === 401 || response.status === 407;
    const challenge = isChallenge && this.#cseq === this.start.firstCSeq + 1 ? challengeOf(response) : undefined;
    if (challenge === undefined || line.authPassword === '') return false;
    const authorization = authorizationOf(challenge, {
      ...{ user: line.authName, password: line.authPassword, uri: `sip:${node}`, method: 'INVITE', nonceCount: 1 },
      clientNonce: this.#options.identifiers.hexDigits(),
    });
    const name = response.status === 401 ? 'Authorization' : 'Proxy-Authorization';
    this.#sendInvite(true, [`${name}: ${authorization}`]);
    return true;
  }

  /** After a 491 (RFC 3261 §14.1): the side that has made the Call-ID waits longer. */
  #glareDelay(): Duration {
    const { below } = this.#options;
    return milliseconds(this.isCaller ? 2_100 + below(190) * 10 : below(200) * 10);
  }

  #cancel({ branch, cseq }: OpenInvite): void {
    const text = this.#request('CANCEL', { branch, cseq }, this.start.to, this.start.target);
    this.#options.transactions.request(branch, text, () => {});
  }

  #bye(): void {
    const { identifiers, transactions } = this.#options;
    const branch = identifiers.branch();
    const headers = statisticsOf(this.#side.identity, this.#talked, this.call.counts.totals());
    transactions.request(branch, this.#request('BYE', { branch, cseq: this.#cseq++, headers }), () => {});
    this.call.ended('phone');
  }

  #request(
    method: string,
    rest: { branch: string; cseq: number; headers?: readonly string[]; body?: string },
    to = this.#to,
    uri = this.#target,
  ): string {
    const { from, callId } = this.start;
    return requestText(this.#side, { method, uri, from, to, callId, ...rest });
  }

  #close(): void {
    this.#answerTimer.cancel();
    this.#retryTimer.cancel();
    this.#answered = undefined;
    this.media.close();
    this.#options.onEnded(this);
  }
}

/** What a phone does with a request in its dialog; one without a row is answered elsewhere. */
const METHODS: Readonly<Record<string, (call: SipCall, request: SipMessage) => void>> = {
  INVITE: (call, request) => call.onInvite(request),
  ACK: (call, request) => call.onAck(request),
  BYE: (call, request) => call.onBye(request),
  CANCEL: (call, request) => call.onCancel(request),
  UPDATE: (call, request) => call.onUpdate(request),
  INFO: (call, request) => call.onOther(request, 200),
  OPTIONS: (call, request) => call.onOther(request, 200),
  SUBSCRIBE: (call, request) => call.onOther(request, 489),
};

/** The methods that belong to a call, if their dialog is one. */
export const CALL_METHODS: ReadonlySet<string> = new Set(Object.keys(METHODS));

const descriptionIn = (message: SipMessage): FarMedia | undefined =>
  message.body.length === 0 ? undefined : readDescription(message.body.toString('latin1'));
