// The leg of a phone that is called: our INVITE to its registered Contact over its registered flow, without an offer to
// Cisco's phones, with one to others (`docs/protocols/calls.md` §3.1 to §3.3, §3.5).

import type { CauseName, IncomingCall, Leg, MediaCapabilities, Party, Release } from '../../calls/index.js';
import type { Instant } from '../../core/time.js';
import { answerCall, REQUEST_TYPE } from '../cisco/remotecc.js';
import { ID } from '../message/headers.js';
import type { SipMessage } from '../message/message.js';
import { referHeaders } from '../notifier/request-writer.js';
import { type Binding, contactUriOf, type RegisteredPhone } from '../registrar/location.js';
import {
  ALLOW_EVENTS_IN_CALL,
  autoAnswerLines,
  CALL_METHODS,
  callInfoLine,
  displayName,
  INSIDE_RING,
  MIN_SE_LINE,
  partyLines,
  RING_EXPIRES,
  SUPPORTED,
  sendInfoLine,
  uriUser,
  userAgentLine,
} from './call-headers.js';
import type { WrittenCallRequest } from './call-requests.js';
import { sendRequest } from './call-requests.js';
import { CallerLeg } from './caller-leg.js';
import { causeOfAnswer, ELSEWHERE } from './causes.js';
import { Dialog } from './dialog.js';
import { HOPS, hostOf, MAX_FORWARDS } from './leg-dialog.js';
import { LegMedia } from './leg-media.js';
import { readAudio } from './leg-offers.js';
import { sendOutside } from './outside-requests.js';
import { SDP_TYPE } from './sdp.js';
import type { CallServices } from './services.js';
import { SipLeg } from './sip-leg.js';

/**
 * `calling`: nobody has answered yet. `ringing`: provisionally. `offered`: its 200 holds an offer, and the ACK waits for our
 * answer. `confirmed`: acknowledged. `failed`: refused.
 */
type Phase = 'calling' | 'ringing' | 'offered' | 'confirmed' | 'failed';

export class CalledLeg extends SipLeg {
  protected readonly orientation = 'from';
  protected readonly isCallIdOurs = true;
  protected readonly byeHeaders = '';
  #phase: Phase = 'calling';
  /** What names our INVITE, without its text. */
  #invite: Omit<WrittenCallRequest, 'text'> | undefined;
  #hasOffer = false;
  /** The call was withdrawn before anybody answered. */
  #withdrawal: Release | undefined;
  #isCancelSent = false;
  readonly #binding: Binding;
  /** Its phone is to answer by itself, and has not been told so. */
  #answersItself = false;

  constructor(services: CallServices, phone: RegisteredPhone, leg: Leg, binding: Binding, session: number) {
    const host = hostOf(services, phone.flow, phone);
    const { calling } = leg.call.parties;
    const dialog = new Dialog({
      callId: services.newCallId(phone.flow, host),
      local: `${displayName(calling.name)}<sip:${uriUser(calling.number)}@${host}>`,
      localTag: `${session}~${services.nodeId}-${leg.ci}`,
      remote: `<sip:${uriUser(leg.dn)}@${host}>`,
      remoteTag: undefined,
      target: contactUriOf(binding),
    });
    super(services, phone, leg, dialog, new LegMedia(session));
    this.#binding = binding;
  }

  protected get farParty(): Party {
    return this.parties.calling;
  }

  protected get contactUser(): string {
    return uriUser(this.parties.calling.number);
  }

  protected get isFirstOpen(): boolean {
    return this.#phase !== 'confirmed';
  }

  capabilities(): MediaCapabilities | undefined {
    return undefined;
  }

  alerting(): void {}
  proceeding(): void {}

  ring({ parties, callerMedia, autoAnswer }: IncomingCall, now: Instant): void {
    this.parties = parties;
    const { view, leg } = this;
    this.#answersItself = autoAnswer !== undefined && view.isCisco;
    const alone = autoAnswer === undefined ? '' : autoAnswerLines(view);
    const offer = this.#firstOffer(callerMedia);
    this.#hasOffer = offer !== undefined;
    const { caller } = leg.call;
    const hops = caller.port instanceof CallerLeg ? caller.port.maxForwards : MAX_FORWARDS;
    const ringer = view.isCisco ? INSIDE_RING : '';
    const invite = this.write(
      {
        method: 'INVITE',
        before: `${SUPPORTED}${MIN_SE_LINE}${userAgentLine(view.product)}${CALL_METHODS}`,
        after: `${RING_EXPIRES}${ALLOW_EVENTS_IN_CALL}${callInfoLine(view, { security: 'Unknown' })}${sendInfoLine(view)}${ringer}${alone}${this.sessionLine}${partyLines(view, parties.calling, 'calling', true)}${this.contactLine}Max-Forwards: ${hops}\r\n`,
        ...(offer === undefined ? {} : { body: { type: SDP_TYPE, text: offer } }),
      },
      now,
    );
    const { key, branch, sequence } = invite;
    this.#invite = { key, branch, sequence };
    this.sendInvite(
      invite,
      (answer, at) => this.#onProvisional(answer, at),
      (status, at, answer) => this.#answered(status, answer, at),
      now,
    );
  }

  /** What the caller offered, for phones that are to have an offer (`calls.earlyOffer`). */
  #firstOffer(callerMedia: IncomingCall['callerMedia']): string | undefined {
    const { earlyOffer, codecs } = this.services.control.settings;
    const isWanted = earlyOffer === 'always' || (earlyOffer === 'devices' && !this.phone.cisco);
    if (!isWanted || callerMedia === undefined) return undefined;
    const { receive, capabilities } = callerMedia;
    const allowed = ['opus', ...codecs] as const;
    if (!capabilities.codecs.some(({ codec }) => allowed.includes(codec))) return undefined;
    const direction = this.leg.isListener ? 'sendonly' : 'sendrecv';
    return this.media.writeFirstOffer(this.sdpHost, receive, capabilities, allowed, direction);
  }

  // ── answers ───────────────────────────────────────────────────────────────────────────────────────────────────

  #onProvisional(answer: SipMessage, now: Instant): void {
    if (this.#phase === 'calling') this.#phase = 'ringing';
    this.noteAbilities(answer);
    if (this.#withdrawal !== undefined) this.#cancel(this.#withdrawal, now);
    else if (answer.status >= 180) {
      this.dialog.establish(answer);
      this.services.control.alerting(this.leg, now);
      if (this.#answersItself) this.#haveAnswered(now);
    }
  }

  /** Once it rings, Cisco's phone is told to answer (`docs/protocols/calls.md` §3.12). */
  #haveAnswered(now: Instant): void {
    const { remoteTag, localTag, callId } = this.dialog;
    if (remoteTag === undefined || this.isOver) return;
    this.#answersItself = false;
    const { dn } = this.leg;
    const { host } = this.view;
    const body = { type: REQUEST_TYPE, text: answerCall(callId, remoteTag, localTag) };
    const headers = referHeaders(`sip:${uriUser(dn)}@${host}`, host, 0);
    sendOutside(this.services, this.phone, this.#binding, { method: 'REFER', dn, headers, body }, now);
  }

  #answered(status: number, answer: SipMessage | undefined, now: Instant): void {
    if (answer === undefined || status >= 300) this.#refused(status, answer, now);
    else this.#accepted(answer, now);
  }

  #refused(status: number, answer: SipMessage | undefined, now: Instant): void {
    this.#phase = 'failed';
    if (this.isOver) this.forget();
    else this.services.control.refuse(this.leg, this.#causeOf(status, answer), now);
  }

  /** A phone that does not know its own line any more counts as not registered. */
  #causeOf(status: number, answer: SipMessage | undefined): CauseName {
    if (answer === undefined) return this.flow.open ? 'timer' : 'temporaryFailure';
    return status === 404 && answer.count(ID.Reason) === 0 ? 'absent' : causeOfAnswer(answer);
  }

  #accepted(answer: SipMessage, now: Instant): void {
    const { control } = this.services;
    this.noteAbilities(answer);
    this.dialog.establish(answer);
    const audio = readAudio(answer);
    const isUsable = audio !== undefined && typeof audio !== 'string' && audio.receive.port !== 0;
    if (isUsable) this.media.remote = audio;
    this.#phase = 'offered';
    if (this.isOver) {
      this.#decline('normal', now); // the 200 crossed our CANCEL
      return;
    }
    if (!isUsable) {
      control.refuse(this.leg, 'noMedia', now);
      return;
    }
    if (this.#hasOffer) this.#confirm(undefined, now);
    control.mediaOpened(this.leg, audio.receive, audio.capabilities, !this.#hasOffer, now);
    control.answer(this.leg, now);
    if (!this.isOver) this.sessionGranted(answer, now);
  }

  /** Sends the ACK: from now on the dialog is like any other. */
  #confirm(sdp: string | undefined, now: Instant): void {
    this.#phase = 'confirmed';
    this.acknowledgeAnswer(this.#invite?.sequence ?? 0, sdp, now);
  }

  protected settleFirst(now: Instant): boolean {
    if (this.#phase === 'confirmed') return false;
    if (this.#phase === 'offered' && typeof this.media.wanted === 'object')
      this.#confirm(this.media.write(this.sdpHost, this.farCapabilities, true), now);
    return true;
  }

  // ── the end ───────────────────────────────────────────────────────────────────────────────────────────────────

  protected endFirst(release: Release, now: Instant): 'confirmed' | 'ended' | 'open' {
    switch (this.#phase) {
      case 'confirmed':
        return 'confirmed';
      case 'failed':
        return 'ended';
      case 'offered':
        this.#decline(release.cause, now);
        return 'open';
      default:
        this.#withdrawal = release;
        if (this.#invite !== undefined) this.services.invites.withdrawn(this.#invite.key, now);
        if (this.#phase === 'ringing') this.#cancel(release, now);
        return 'open';
    }
  }

  /** Its 200 is acknowledged, with no stream where it offered one, and the call is ended. */
  #decline(cause: CauseName, now: Instant): void {
    this.media.wanted = 'refused';
    const sdp = this.#hasOffer ? undefined : this.media.write(this.sdpHost, this.farCapabilities, true);
    this.#confirm(sdp, now);
    this.bye(cause, now);
  }

  /** Only after the first provisional answer (RFC 3261 §9.1). */
  #cancel({ by }: Release, now: Instant): void {
    const invite = this.#invite;
    if (invite === undefined || this.#isCancelSent) return;
    this.#isCancelSent = true;
    const { product, host } = this.view;
    const written = this.write(
      {
        method: 'CANCEL',
        before: userAgentLine(product),
        after: `${HOPS}${by === 'elsewhere' ? ELSEWHERE : ''}${this.sessionLine}`,
        sequence: invite.sequence,
        branch: invite.branch,
        to: `<sip:${uriUser(this.leg.dn)}@${host}>`,
      },
      now,
    );
    sendRequest(this.services, this.flow, this.dialog.target, written, () => {}, now);
    this.services.invites.withdrawn(invite.key, now);
  }
}
