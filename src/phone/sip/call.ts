import { ID } from '../../sip/message/headers.js';
import type { SipMessage } from '../../sip/message/message.js';
import type { PhoneCall } from '../calls/phone-call.js';
import { RepeatedInviteAnswer } from './call-answer.js';
import { CallDialog, type DialogStart, type ResponseRest } from './call-dialog.js';
import { causeOf, farPartyOf } from './call-headers.js';
import { CallInvites, type InviteOwner } from './call-invites.js';
import type { CallMediaSession } from './call-media.js';
import { type CallSide, isCisco, type KeyDialog, softKeyBody, statisticsOf } from './call-texts.js';
import type { SipPhoneCallsOptions } from './calls.js';
import { reasonText } from './response-fields.js';
import { type FarMedia, readDescription } from './sdp.js';

const BUSY = { status: 486, cause: 17 } as const;
const DECLINED = { status: 603, cause: 21 } as const;

/**
 * One call of a SIP phone: a dialog of its own, as caller or called (RFC 3261 §12 to §15, `docs/protocols/calls.md` §3).
 * It shares nothing with the server's dialogs, which it tests.
 */
export class SipCall implements InviteOwner {
  readonly call: PhoneCall;
  readonly media: CallMediaSession;
  readonly #options: SipPhoneCallsOptions;
  readonly #dialog: CallDialog;
  readonly #invites: CallInvites;
  readonly #answer: RepeatedInviteAnswer;
  /** The INVITE of the far side that has no final response yet. */
  #pending: SipMessage | undefined;
  /** The INVITE that was answered last. */
  #answered: SipMessage | undefined;
  #connectedAt = 0;
  /** Its user has asked the server to take the call off this phone. */
  #isReferring = false;
  /** Whose dialog its first INVITE wants to take over; `undefined`: nobody's. */
  replaces: string | undefined;

  constructor(
    options: SipPhoneCallsOptions,
    side: CallSide,
    call: PhoneCall,
    start: DialogStart,
    media: CallMediaSession,
  ) {
    this.#options = options;
    this.call = call;
    this.media = media;
    this.#dialog = new CallDialog(side, start);
    this.#invites = new CallInvites(options, this.#dialog, this, this.isCaller);
    this.#answer = new RepeatedInviteAnswer(
      options.timers,
      ({ text }) => this.#answered !== undefined && options.respond(this.#answered, text),
      () => this.#bye(),
    );
    call.onEnded = () => this.#close();
  }

  get side(): CallSide {
    return this.#dialog.side;
  }

  get start(): DialogStart {
    return this.#dialog.start;
  }

  get isCaller(): boolean {
    return this.call.direction === 'out';
  }

  // ── what the user does ─────────────────────────────────────────────────────────────────────────────────────────

  /** Sends the first INVITE, with an offer. */
  invite(): void {
    if (this.call.state === 'ended') return;
    this.call.dialled();
    this.#invites.send(true);
  }

  /** Answers the call that rings. */
  async answer(): Promise<void> {
    const request = this.#pending;
    if (request === undefined) return;
    const isOpen = await this.media.open();
    if (this.#pending !== request) return;
    const offer = descriptionIn(request);
    const body = isOpen ? this.#bodyFor(offer) : undefined;
    this.#pending = undefined;
    if (body !== undefined) {
      this.#accept(request, body, offer);
      return;
    }
    this.#respond(request, isOpen ? 488 : 500);
    this.call.failed(isOpen ? 'no codec in common' : 'no port for the call', isOpen ? 88 : undefined);
    this.call.ended('phone');
  }

  /** Refuses the call that rings. */
  refuse(how: 'busy' | 'declined'): void {
    const { status, cause } = how === 'busy' ? BUSY : DECLINED;
    this.#refuse(status, [`Reason: Q.850;cause=${cause}`]);
    this.call.ended('phone');
  }

  hangUp(): void {
    if (this.#invites.cancel()) return;
    if (this.call.state === 'failed' || !this.#dialog.isConfirmed) this.call.ended('phone');
    else this.#bye();
  }

  /** Puts the far side on hold, or takes it back. */
  hold(isHolding: boolean): void {
    if (this.#invites.isOpen || this.media.isHolding === isHolding) return;
    this.media.isHolding = isHolding;
    this.#invites.send(false);
  }

  /** Asks the server to connect whom this call is with and another: a number, or whom `consultation` is with. */
  refer(to: string | SipCall): void {
    const { identifiers, transactions } = this.#options;
    const { node, line } = this.side;
    const branch = identifiers.branch();
    const target = typeof to === 'string' ? `<sip:${to}@${node}>` : to.#asReplaced();
    const headers = [`Refer-To: ${target}`, `Referred-By: <sip:${line.dn}@${node}>`];
    this.#isReferring = true;
    if (typeof to !== 'string') to.#isReferring = true;
    const text = this.#dialog.request('REFER', { branch, cseq: this.#dialog.nextCSeq(), headers });
    transactions.request(branch, text, (response) => {
      if (response === undefined || response.status >= 300)
        this.notTransferred(response === undefined ? 'no answer' : reasonText(response));
    });
  }

  /** Its dialog and whom it is with, as the Refer-To of another call names them. */
  #asReplaced(): string {
    const { callId, localTag } = this.start;
    const replaces = `${callId};to-tag=${this.#dialog.remoteTag};from-tag=${localTag}`;
    return `<sip:${this.call.far}@${this.side.node}?Replaces=${encodeURIComponent(replaces)}>`;
  }

  /** The text of a request of this phone's about the call, outside of its dialog; it ends by it. */
  softKey(key: string, consultation?: SipCall): string {
    this.#isReferring = true;
    return softKeyBody(key, this.named, consultation?.named);
  }

  /** Its dialog, as a key names it. */
  get named(): KeyDialog {
    const { callId, localTag } = this.start;
    return { callId, localTag, remoteTag: this.#dialog.remoteTag };
  }

  /** The server has not done it. */
  notTransferred(why: string): void {
    this.#isReferring = false;
    this.call.notTransferred(why);
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
    this.#invites.repeated(response);
  }

  // Only `METHODS` calls what follows.

  onInvite(request: SipMessage): void {
    if (this.#invites.isOpen) this.#respond(request, 491);
    else if (this.#pending !== undefined || this.#answer.isOpen)
      this.#respond(request, 500, { headers: ['Retry-After: 1'] });
    else {
      this.#respond(request, 100);
      this.#hear(request);
      const offer = descriptionIn(request);
      const body = this.#bodyFor(offer);
      if (body === undefined) this.#respond(request, 488);
      else this.#accept(request, body, offer);
    }
  }

  onAck(request: SipMessage): void {
    const answer = this.#answer.acknowledged(request.cseq?.number);
    if (answer?.isOffer !== true) return;
    const far = descriptionIn(request);
    if (far !== undefined && this.media.apply(far)) this.#farHolds(far);
    this.#connect();
  }

  onBye(request: SipMessage): void {
    this.#respond(request, 200, { headers: this.#statistics() });
    this.call.cause = causeOf(request);
    this.call.ended(this.#isReferring ? 'phone' : 'far');
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

  /** What has come of a REFER. */
  onNotify(request: SipMessage): void {
    this.#respond(request, 200);
    const [, status = '', phrase = ''] = /^SIP\/2\.0 (\d{3}) (.*)/.exec(request.body.toString('latin1').trim()) ?? [];
    if (Number(status) >= 300) this.notTransferred(`${status} ${phrase}`);
  }

  onOther(request: SipMessage, status: number): void {
    this.#respond(request, status);
  }

  // Callbacks of `CallInvites`.

  inviteHeaders(isFirst: boolean): readonly string[] {
    const replaces = isFirst && this.replaces !== undefined ? [`Replaces: ${this.replaces}`] : [];
    if (!isCisco(this.side.identity)) return replaces;
    if (isFirst) return ['Expires: 180', ...replaces];
    return [`Call-Info: <urn:x-cisco-remotecc:${this.media.isHolding ? 'hold' : 'resume'}>`];
  }

  offer(): string {
    return this.media.offer();
  }

  onProvisional(response: SipMessage): void {
    if (response.status === 100) {
      this.call.proceeding();
      return;
    }
    this.#hear(response);
    this.#dialog.early(response);
    this.call.farRings();
    const early = descriptionIn(response);
    if (early !== undefined) this.media.apply(early);
  }

  onAccepted(response: SipMessage, isFirst: boolean, isWanted: boolean): void {
    this.#hear(response);
    if (!isWanted || this.call.state === 'ended') {
      this.#bye();
      return;
    }
    const far = descriptionIn(response);
    const isUsable = far !== undefined && this.media.apply(far);
    if (!isFirst) {
      if (this.media.isHolding) this.call.held();
      else this.call.connected();
    } else if (isUsable) this.#connect();
    else {
      this.call.failed('no codec in common', 47);
      this.#bye();
    }
  }

  onRefused(response: SipMessage | undefined, isFirst: boolean, isCancelled: boolean): void {
    if (isCancelled || this.#isReferring) this.call.ended('phone');
    else if (response === undefined) this.call.failed('no answer', 102);
    else if (isFirst && response.status === 480 && !response.has(ID.Reason))
      this.call.ended('far'); // no call was wanted
    else if (isFirst) this.call.failed(reasonText(response), causeOf(response));
    else if (response.status === 481 || response.status === 408) this.call.ended('far');
    else this.media.isHolding = this.call.state === 'held';
  }

  #statistics(): readonly string[] {
    const talked = this.#connectedAt === 0 ? 0 : this.#options.timers.now() - this.#connectedAt;
    return statisticsOf(this.side.identity, talked, this.call.counts.totals());
  }

  #connect(): void {
    this.#connectedAt ||= this.#options.timers.now();
    if (this.call.state !== 'held') this.call.connected();
  }

  /** Notes whom the server names, and where the dialog goes. */
  #hear(message: SipMessage): void {
    const party = farPartyOf(message);
    if (party !== undefined) this.call.named(party.number, party.name);
    this.#dialog.retarget(message);
  }

  #farHolds({ direction }: FarMedia): void {
    this.call.farHolds(direction === 'sendonly' || direction === 'inactive');
  }

  /** The answer to an offer, or an offer where there is none; `undefined`: there is no codec in common. */
  #bodyFor(offer: FarMedia | undefined): string | undefined {
    return offer === undefined ? this.media.offer() : this.media.answer(offer);
  }

  #respond(request: SipMessage, status: number, rest: ResponseRest = {}): void {
    this.#options.respond(request, this.#dialog.response(request, status, rest));
  }

  #refuse(status: number, headers: readonly string[] = []): void {
    const request = this.#pending;
    this.#pending = undefined;
    if (request !== undefined) this.#respond(request, status, { headers });
  }

  /** Answers an INVITE. `offer`: what it held; `undefined`: `body` is the offer. */
  #accept(request: SipMessage, body: string, offer: FarMedia | undefined): void {
    this.#answered = request;
    const text = this.#dialog.response(request, 200, { body });
    this.#answer.send({ text, cseq: request.cseq?.number ?? 0, isOffer: offer === undefined });
    if (offer === undefined) return;
    this.#farHolds(offer);
    this.#connect();
  }

  #bye(): void {
    const { identifiers, transactions } = this.#options;
    const branch = identifiers.branch();
    const rest = { branch, cseq: this.#dialog.nextCSeq(), headers: this.#statistics() };
    transactions.request(branch, this.#dialog.request('BYE', rest), () => {});
    this.call.ended('phone');
  }

  #close(): void {
    this.#answer.close();
    this.#invites.close();
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
  NOTIFY: (call, request) => call.onNotify(request),
  UPDATE: (call, request) => call.onUpdate(request),
  INFO: (call, request) => call.onOther(request, 200),
  OPTIONS: (call, request) => call.onOther(request, 200),
  SUBSCRIBE: (call, request) => call.onOther(request, 489),
};

/** The methods that belong to a call, if their dialog is one. */
export const CALL_METHODS: ReadonlySet<string> = new Set(Object.keys(METHODS));

const descriptionIn = (message: SipMessage): FarMedia | undefined =>
  message.body.length === 0 ? undefined : readDescription(message.body.toString('latin1'));
