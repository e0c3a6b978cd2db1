// Offers and answers within a leg's dialog (RFC 3264, `docs/protocols/calls.md` §3.3, §3.4, §8.1): our re-INVITEs, one at a
// time and the last wish last; the phone's offers, which wait for the far end where they must; 200s until their ACK; session
// timers. What the phone shows and how the leg ends is `sip-leg.ts`.

import {
  agreeOn,
  type CauseName,
  type CodecName,
  type Leg,
  type MediaCapabilities,
  type OutgoingStream,
} from '../../calls/index.js';
import { SlidingWindow } from '../../core/rate-limit.js';
import { after, type Instant, milliseconds, seconds } from '../../core/time.js';
import type { SipMessage } from '../message/message.js';
import { bodyParts } from '../message/multipart.js';
import type { ServerRequest } from '../response/server-request.js';
import {
  ALLOW_EVENTS_IN_CALL,
  CALL_METHODS,
  type CallInfo,
  callInfoLine,
  MIN_SE_LINE,
  partyLines,
  RING_EXPIRES,
  SUPPORTED,
  SUPPORTED_IN_ANSWER,
  serverLine,
  userAgentLine,
} from './call-headers.js';
import type { Dialog } from './dialog.js';
import { HOPS, LegDialog } from './leg-dialog.js';
import type { LegMedia } from './leg-media.js';
import type { LegPeer } from './leg-peer.js';
import { isHold, type RemoteAudio, readSdp, SDP_TYPE, type SdpFault } from './sdp.js';
import { type CallServices, CallTimer, type RepeatedAnswer } from './services.js';
import { LEAST_SESSION, readSessionExpires, SessionTimer } from './session-timer.js';

const NOT_ACCEPTABLE = { status: 488, phrase: 'Not Acceptable Here' } as const;
const NO_DIALOG = { status: 481, phrase: 'Call/Transaction Does Not Exist' } as const;
const PENDING = { status: 491, phrase: 'Request Pending' } as const;
const OUT_OF_ORDER = { status: 500, phrase: 'Server Internal Error' } as const;
const TERMINATED = { status: 487, phrase: 'Request Terminated' } as const;
/** What an INVITE within a dialog may hear, whatever is in it. */
const ANSWERS_OF_A_DIALOG: ReadonlySet<number> = new Set([408, NO_DIALOG.status, PENDING.status]);
export const SESSION_TOO_SMALL = {
  status: 422,
  phrase: 'Session Interval Too Small',
  headers: `Min-SE: ${LEAST_SESSION}\r\n`,
} as const;

/** A re-INVITE that met another waits so long, in milliseconds: who made the Call-ID waits longer (RFC 3261 §14.1). */
const RETRY_WITH_OUR_CALL_ID = { least: 2_100, span: 1_900 } as const;
const RETRY_WITH_THEIR_CALL_ID = { least: 0, span: 2_000 } as const;
/** Offers and refreshes of one phone in one dialog within a second: each may cost the far phone an INVITE. */
const MOST_OFFERS = 5;

export abstract class LegOffers extends LegDialog {
  readonly media: LegMedia;
  /** The phone's offer that waits for our SDP. */
  #offer: ServerRequest | undefined;
  /** The 200 of ours that waits for its ACK. */
  #unacknowledged: RepeatedAnswer | undefined;
  /** Its ACK brings the phone's answer to an offer of ours. */
  #awaitsAnswer = false;
  /** The key of our INVITE that waits for its answer. */
  #reinviteKey: string | undefined;
  /** The number of our INVITE whose 200 has brought an offer, which its ACK is to answer. */
  #lateOffer: number | undefined;
  /** The phone makes no offer where it is asked for one. */
  #offersNothing = false;
  /** It was told last that its new far end rings. */
  #showsRinging = false;
  /** What the phone is to be told of the far end once our INVITE is over. */
  #partiesToTell: Omit<CallInfo, 'security'> | undefined;
  /** The call machine waits to hear where the phone receives. */
  #isOpening = false;
  /** The BYE that waits for the ACK of our 200. */
  #byeOnAck: CauseName | undefined;
  /** The phone's offers of the last second; `undefined`: there was none yet. */
  #offers: SlidingWindow | undefined;
  readonly #retry: CallTimer;
  readonly #session: SessionTimer;

  protected constructor(services: CallServices, peer: LegPeer, leg: Leg, dialog: Dialog, media: LegMedia) {
    super(services, peer, leg, dialog);
    this.media = media;
    this.#retry = new CallTimer((now) => this.sync(now));
    this.#session = new SessionTimer(
      services.timers,
      (now) => this.#refresh(now),
      (now) => services.control.hangUp(leg, now, 'timer'),
    );
  }

  protected abstract readonly isCallIdOurs: boolean;
  /** Whether the first INVITE still waits for its answer or its ACK. */
  protected abstract readonly isFirstOpen: boolean;
  /** Whether the INVITE that began the dialog still has work to do; it does what of it can be done. */
  protected abstract settleFirst(now: Instant): boolean;
  protected abstract bye(cause: CauseName, now: Instant): void;

  // ── what the phone is to be told ──────────────────────────────────────────────────────────────────────────────

  /** Asks where the phone receives, by an offer of where the far end does. */
  protected open(stream: OutgoingStream, now: Instant): void {
    this.#isOpening = true;
    this.media.wanted = stream;
    this.sync(now);
  }

  /** Nobody sends. */
  protected silence(now: Instant): void {
    this.#isOpening = false;
    this.media.wanted = 'hold';
    this.sync(now);
  }

  /** Makes the phone agree with what it is to be told, one INVITE at a time; the last wish wins. */
  protected sync(now: Instant): void {
    if (this.isOver || this.media.wanted === undefined || this.settleFirst(now)) return;
    if (this.#lateOffer !== undefined) this.#answerLateOffer(this.#lateOffer, now);
    else if (this.#offer !== undefined) this.#answerOffer(this.#offer, now);
    else if (this.#reinviteKey !== undefined || this.#unacknowledged !== undefined || this.#retry.heapIndex >= 0)
      return;
    else if (!this.media.agrees) this.#tell(now);
    else if (this.#isOpening) this.#reportMedia(now);
  }

  /** By one INVITE; as CUCM does it, by one that ends the stream before, and one by which the phone offers its next. */
  #tell(now: Instant): void {
    const { media } = this;
    const isLong = this.tellsAtLength && !this.#offersNothing;
    const isToEnd = media.wanted === 'hold' || (isLong && media.isOpen);
    if (isToEnd) this.#reinvite(media.writeSilence(this.sdpHost), now);
    else if (isLong) this.#askForOffer(now);
    else this.#reinvite(media.write(this.sdpHost, this.farCapabilities, false), now);
  }

  /** Whether the phone is told of changes in CUCM's way (`calls.moh: cucm`). */
  protected get tellsAtLength(): boolean {
    return this.services.control.settings.moh === 'cucm';
  }

  /** The phone's answer to what it was told, as it stands. */
  #reportMedia(now: Instant): void {
    const { remote } = this.media;
    if (!this.#isOpening && !this.media.isOpen) return;
    if (!this.media.agrees) return; // what it has answered is over, and the next stream begins
    this.#isOpening = false;
    const { capabilities } = this.media;
    if (remote === undefined || remote.receive.port === 0 || capabilities === undefined)
      this.services.control.mediaFailed(this.leg, now);
    else this.services.control.mediaOpened(this.leg, remote.receive, capabilities, false, now);
  }

  /** What the SDP of a message says, without codecs that may not be used with this peer. */
  protected audioOf(message: SipMessage): RemoteAudio | SdpFault | undefined {
    return limitedTo(this.peer.codecs, readAudio(message));
  }

  protected get farCapabilities(): MediaCapabilities | undefined {
    return this.leg.source?.capabilities;
  }

  // ── requests of ours ──────────────────────────────────────────────────────────────────────────────────────────

  #reinvite(sdp: string, now: Instant): void {
    const view = this.view;
    const security = this.media.isOpen ? 'Unknown' : 'NotAuthenticated';
    let sequence = 0;
    this.sendInvite(
      {
        method: 'INVITE',
        before: `${SUPPORTED}${userAgentLine(view.product)}${CALL_METHODS}`,
        after: `${HOPS}${RING_EXPIRES}${ALLOW_EVENTS_IN_CALL}${this.sessionLine}${callInfoLine(view, { security })}${this.#session.refreshLine}${MIN_SE_LINE}${partyLines(view, this.farParty, 'calling')}${this.contactLine}`,
        body: { type: SDP_TYPE, text: sdp },
      },
      {
        onSent: (written) => {
          this.#reinviteKey = written.key;
          sequence = written.sequence;
        },
        onProvisional: () => {},
        onFinal: (status, at, answer) => this.#reinvited(sequence, status, answer, at),
      },
      now,
    );
  }

  /** An INVITE without SDP: the phone offers all that it has, and the ACK answers (§3.4, ladder 03). */
  #askForOffer(now: Instant): void {
    const view = this.view;
    const ringOut = this.#showsRinging ? 'redirected' : undefined; // an UPDATE says that it has answered
    const security = this.leg.music === undefined && !this.#showsRinging ? 'NotAuthenticated' : 'Unknown';
    let sequence = 0;
    this.sendInvite(
      {
        method: 'INVITE',
        before: `${SUPPORTED}${userAgentLine(view.product)}${CALL_METHODS}`,
        after: `${HOPS}${RING_EXPIRES}${ALLOW_EVENTS_IN_CALL}${callInfoLine(view, { security, ringOut })}${this.#session.refreshLine}${MIN_SE_LINE}${this.sessionLine}${partyLines(view, this.farParty, 'calling')}${this.contactLine}`,
      },
      {
        onSent: (written) => {
          this.#reinviteKey = written.key;
          sequence = written.sequence;
        },
        onProvisional: () => {},
        onFinal: (status, at, answer) => this.#offeredLate(sequence, status, answer, at),
      },
      now,
    );
  }

  #offeredLate(sequence: number, status: number, answer: SipMessage | undefined, now: Instant): void {
    if (answer === undefined || ANSWERS_OF_A_DIALOG.has(status)) {
      this.#reinvited(sequence, status, answer, now);
      return;
    }
    this.#reinviteKey = undefined;
    if (status >= 300) {
      this.#offersNothing = true; // an offer of ours may do
      this.#tellWaitingParties(now);
      this.sync(now);
      return;
    }
    this.#lateOffer = sequence;
    this.dialog.refreshTarget(answer);
    const audio = readAudio(answer);
    const isUsable = audio !== undefined && typeof audio !== 'string' && audio.receive.port !== 0;
    if (this.isOver || !isUsable) {
      this.media.wanted = 'refused';
      this.#answerLateOffer(sequence, now);
      if (!this.isOver) this.services.control.mediaFailed(this.leg, now);
      return;
    }
    this.#session.granted(answer, now);
    this.media.takeOffer(audio);
    this.#isOpening = false;
    this.services.control.mediaOpened(this.leg, audio.receive, audio.capabilities, true, now);
    this.sync(now);
  }

  #answerLateOffer(sequence: number, now: Instant): void {
    this.#lateOffer = undefined;
    this.acknowledgeAnswer(sequence, this.media.write(this.sdpHost, this.farCapabilities, true), now);
    this.#tellWaitingParties(now);
  }

  #reinvited(sequence: number, status: number, answer: SipMessage | undefined, now: Instant): void {
    this.#reinviteKey = undefined;
    if (answer !== undefined && status < 300) {
      this.dialog.refreshTarget(answer);
      this.acknowledgeAnswer(sequence, undefined, now);
      if (this.isOver) return;
      this.#session.granted(answer, now);
      this.#answered(this.audioOf(answer), now);
    } else if (this.isOver) return;
    else if (status === PENDING.status) {
      const { least, span } = this.isCallIdOurs ? RETRY_WITH_OUR_CALL_ID : RETRY_WITH_THEIR_CALL_ID;
      this.media.giveBack();
      this.services.timers.set(this.#retry, after(now, milliseconds(least + this.services.random.below(span))));
    } else if (status === NO_DIALOG.status || status === 408 || status <= 0) {
      this.services.control.hangUp(this.leg, now, 'temporaryFailure');
    } else {
      this.media.giveUp();
      if (this.#isOpening) this.services.control.mediaFailed(this.leg, now);
    }
    this.#tellWaitingParties(now);
    this.sync(now);
  }

  /** The phone's answer to an offer of ours. */
  #answered(audio: RemoteAudio | SdpFault | undefined, now: Instant): void {
    if (audio === undefined || typeof audio === 'string') {
      if (this.media.isOpen) this.services.control.mediaFailed(this.leg, now);
      return;
    }
    this.media.remote = audio;
    this.#reportMedia(now);
  }

  /** Asks the phone, which was lost, whether it has the dialog still. The leg ends where it has not. */
  confirm(now: Instant): void {
    if (!this.isFirstOpen) this.#refresh(now, 'temporaryFailure');
  }

  /**
   * Keeps the session alive: UPDATE, or the same INVITE again where the phone knows no UPDATE. `cause`: of its end where the phone
   * does not know the dialog or is silent.
   */
  #refresh(now: Instant, cause: CauseName = 'timer'): void {
    if (this.isOver || this.#reinviteKey !== undefined || this.#unacknowledged !== undefined) return;
    const sdp = this.media.repeat(this.sdpHost);
    if (!this.takesUpdate && sdp !== undefined) {
      this.#reinvite(sdp, now);
      return;
    }
    const view = this.view;
    const onFinal = (status: number, at: Instant, answer?: SipMessage): void => {
      if (this.isOver) return;
      if (answer !== undefined && status < 300) this.#session.granted(answer, at);
      else if (status === NO_DIALOG.status || status === 408 || status <= 0)
        this.services.control.hangUp(this.leg, at, cause);
    };
    this.send(
      {
        method: 'UPDATE',
        before: `${userAgentLine(view.product)}${HOPS}${SUPPORTED}${CALL_METHODS}`,
        after: `${callInfoLine(view, { security: 'NotAuthenticated' })}${this.#session.refreshLine}${MIN_SE_LINE}${partyLines(view, this.farParty, 'calling')}${this.contactLine}`,
      },
      onFinal,
      now,
    );
  }

  /** Tells the phone who is at the far end, where it knows UPDATE; else its next INVITE does. */
  protected tellParties(info: Omit<CallInfo, 'security'>, now: Instant): void {
    if (this.isOver || !this.takesUpdate || this.dialog.remoteTag === undefined) return;
    if (this.tellsAtLength && this.#reinviteKey !== undefined) {
      this.#partiesToTell = info; // one after the other, as CUCM does
      return;
    }
    this.#showsRinging = info.ringOut !== undefined;
    const view = this.view;
    const security = this.media.isOpen ? 'NotAuthenticated' : 'Unknown';
    this.send(
      {
        method: 'UPDATE',
        before: `${userAgentLine(view.product)}${HOPS}${SUPPORTED}${CALL_METHODS}`,
        after: `${callInfoLine(view, { security, ...info })}${MIN_SE_LINE}${partyLines(view, this.farParty, 'calling')}${this.contactLine}`,
      },
      () => {}, // a phone that refuses it shows whom it showed before
      now,
    );
  }

  #tellWaitingParties(now: Instant): void {
    const info = this.#partiesToTell;
    this.#partiesToTell = undefined;
    if (info !== undefined) this.tellParties(info, now);
  }

  protected sessionGranted(answer: SipMessage, now: Instant): void {
    this.#session.granted(answer, now);
  }

  // ── offers of the phone's ──────────────────────────────────────────────────────────────────────────────────────

  /** An INVITE or UPDATE within the dialog. */
  protected offered(request: ServerRequest, now: Instant): void {
    const { message } = request;
    const requested = readSessionExpires(message);
    const isUpdate = message.method === 'UPDATE';
    this.#offers ??= new SlidingWindow();
    if (this.#offers.add(1, seconds(1), now) > MOST_OFFERS) request.answer(this.#comeAgain(), now);
    else if (requested !== undefined && requested.interval < LEAST_SESSION) request.answer(SESSION_TOO_SMALL, now);
    else if (isUpdate && message.bodyEnd === message.bodyStart) this.#updated(request, now);
    else if (this.#offer !== undefined || this.#unacknowledged !== undefined || this.isFirstOpen)
      request.answer(this.#comeAgain(), now);
    else if (this.#reinviteKey !== undefined) request.answer(PENDING, now);
    else if (message.bodyEnd === message.bodyStart) this.#offerInAnswer(request, now);
    else this.#takeOffer(request, now);
  }

  #comeAgain() {
    return { ...OUT_OF_ORDER, headers: `Retry-After: ${this.services.random.below(10)}\r\n` };
  }

  #updated(request: ServerRequest, now: Instant): void {
    this.dialog.refreshTarget(request.message);
    const session = this.#session.grant(request.message, now);
    request.answer({ status: 200, phrase: 'OK', headers: this.#answerHeaders('NotAuthenticated', session) }, now);
  }

  /** It wants an offer of ours, which its ACK answers. */
  #offerInAnswer(request: ServerRequest, now: Instant): void {
    this.dialog.refreshTarget(request.message);
    this.media.wanted ??= this.leg.sending ?? 'hold';
    this.#awaitsAnswer = true;
    this.#answerOffer(request, now);
  }

  #takeOffer(request: ServerRequest, now: Instant): void {
    const { leg } = this;
    const { control } = this.services;
    const audio = this.audioOf(request.message);
    if (audio === undefined || typeof audio === 'string' || (!isHold(audio) && !this.#isServable(audio))) {
      request.answer(NOT_ACCEPTABLE, now);
      return;
    }
    this.reportStatistics(request.message, now);
    this.dialog.refreshTarget(request.message);
    this.#offer = request;
    this.services.timers.set(this.#retry, undefined); // what ours was to say is said in the answer
    this.media.takeOffer(audio);
    if (isHold(audio)) {
      if (leg.state === 'connected') control.hold(leg, now);
    } else if (leg.state === 'hold') {
      if (leg.far?.state !== 'hold') control.mediaOpened(leg, audio.receive, audio.capabilities, true, now);
      control.resume(leg, now);
    } else if (leg.source?.state !== 'hold') control.mediaOpened(leg, audio.receive, audio.capabilities, true, now);
    // Who is only held does not lift the other's hold, and who holds already is on hold.
    const isSilent = isHold(audio) || leg.state === 'hold' || leg.source?.state === 'hold';
    if (this.#offer === request && isSilent) this.silence(now);
  }

  /** Whether both ends have a codec in common with it. */
  #isServable({ capabilities, receive }: RemoteAudio): boolean {
    if (!this.services.control.mayReceiveAt(receive)) return false;
    const far = this.farCapabilities ?? capabilities;
    const isBothSip = this.leg.source?.port?.needsFarAddress === true;
    return agreeOn(capabilities, far, this.services.control.settings.codecs, isBothSip) !== undefined;
  }

  #answerOffer(request: ServerRequest, now: Instant): void {
    this.#offer = undefined;
    const text = this.media.write(this.sdpHost, this.farCapabilities, !this.#awaitsAnswer);
    const session = this.#session.grant(request.message, now);
    const headers = this.#answerHeaders(this.media.isOpen ? 'Unknown' : 'NotAuthenticated', session);
    request.answer({ status: 200, phrase: 'OK', headers, body: { type: SDP_TYPE, text } }, now);
    if (request.message.method === 'INVITE') this.awaitAck(request, this.#awaitsAnswer, now);
  }

  #answerHeaders(security: 'Unknown' | 'NotAuthenticated', session: string): string {
    const view = this.view;
    return `${CALL_METHODS}${ALLOW_EVENTS_IN_CALL}${SUPPORTED_IN_ANSWER}${serverLine(view.product)}${callInfoLine(view, { security })}${this.sessionLine}${partyLines(view, this.farParty, 'called')}${session}${this.contactLine}`;
  }

  /** The header lines of the first 200 that a session timer adds. */
  protected grantSession(message: SipMessage, now: Instant): string {
    return this.#session.grant(message, now);
  }

  // ── 200s of ours ──────────────────────────────────────────────────────────────────────────────────────────────

  /** `hasOffer`: the ACK brings the phone's answer. */
  protected awaitAck(request: ServerRequest, hasOffer: boolean, now: Instant): void {
    this.#awaitsAnswer = hasOffer;
    const onSilence = (at: Instant): void => {
      this.#unacknowledged = undefined;
      if (this.#byeOnAck !== undefined) this.bye(this.#byeOnAck, at);
      else this.services.control.hangUp(this.leg, at, 'timer');
    };
    this.#unacknowledged = this.services.answers.add(request, onSilence, now);
    this.services.touch();
  }

  acknowledge(message: SipMessage, now: Instant): void {
    const waiting = this.#unacknowledged;
    if (waiting === undefined || waiting.request.message.cseq?.number !== message.cseq?.number) return;
    this.services.answers.stop(waiting);
    this.#unacknowledged = undefined;
    if (this.#byeOnAck !== undefined) {
      this.bye(this.#byeOnAck, now);
      return;
    }
    if (this.isOver) return;
    this.services.control.proved(this.leg, now);
    if (this.#awaitsAnswer) {
      this.#awaitsAnswer = false;
      this.#answered(this.audioOf(message), now);
    }
    this.sync(now);
  }

  /** The BYE waits for the ACK of our 200. */
  protected get isByeWaiting(): boolean {
    return this.#byeOnAck !== undefined;
  }

  /** The phone ends the dialog, or has ended it: nothing of ours is sent again. */
  protected stopRepeating(): void {
    if (this.#unacknowledged !== undefined) this.services.answers.stop(this.#unacknowledged);
    this.#unacknowledged = undefined;
    this.#byeOnAck = undefined;
  }

  /** Ends what is under way within the dialog. */
  protected endOffers(now: Instant): void {
    this.#session.stop();
    this.services.timers.set(this.#retry, undefined);
    if (this.#reinviteKey !== undefined) this.services.invites.withdrawn(this.#reinviteKey, now);
    this.#offer?.answer(TERMINATED, now);
    this.#offer = undefined;
  }

  /** Sends the BYE, after the ACK of our 200 (RFC 3261 §15). */
  protected byeWhenAcknowledged(cause: CauseName, now: Instant): void {
    if (this.#unacknowledged === undefined) this.bye(cause, now);
    else this.#byeOnAck = cause;
  }
}

/** The SDP of a message; `undefined`: it has none. */
export const readAudio = (message: SipMessage): RemoteAudio | SdpFault | undefined => {
  const part = bodyParts(message).find(({ type }) => type === SDP_TYPE);
  return part === undefined ? undefined : readSdp(part.bytes);
};

/** `audio` without codecs that are not among `codecs`; `undefined`: all may be used. */
export const limitedTo = (
  codecs: readonly CodecName[] | undefined,
  audio: RemoteAudio | SdpFault | undefined,
): RemoteAudio | SdpFault | undefined => {
  if (codecs === undefined || audio === undefined || typeof audio === 'string') return audio;
  const { capabilities } = audio;
  const kept = capabilities.codecs.filter(({ codec }) => codecs.includes(codec));
  return { ...audio, capabilities: { ...capabilities, codecs: kept } };
};
