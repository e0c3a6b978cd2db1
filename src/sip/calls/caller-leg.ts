// The leg of a phone that calls: its INVITE waits here for its answer, its digits come by KPML where it sent too few
// (`docs/protocols/calls.md` §3.1, §3.2, §3.5).

import type { CallParties, Leg, MediaCapabilities, Party, Release } from '../../calls/index.js';
import type { Instant } from '../../core/time.js';
import { ID } from '../message/headers.js';
import type { SipMessage } from '../message/message.js';
import { userOf } from '../message/uri.js';
import type { ServerRequest } from '../response/server-request.js';
import {
  ALLOW_EVENTS_IN_CALL,
  CALL_METHODS,
  callInfoLine,
  originalCalledLine,
  partyLines,
  recordRouteLines,
  SUPPORTED_IN_ANSWER,
  sendInfoLine,
  serverLine,
} from './call-headers.js';
import { failureStatus, reasonLine } from './causes.js';
import { Dialog } from './dialog.js';
import { DialKeys } from './kpml.js';
import { MAX_FORWARDS } from './leg-dialog.js';
import { LegMedia } from './leg-media.js';
import type { LegPeer } from './leg-peer.js';
import { type RemoteAudio, SDP_TYPE } from './sdp.js';
import type { CallServices, RepeatedAnswer } from './services.js';
import { SipLeg } from './sip-leg.js';

/** CUCM's answer to the INVITE of a consultation that was joined while it rang (ladder 04). */
const TRANSFERRED = { status: 500, phrase: 'Internal Server Error' } as const;
/** What was dialled is set (`docs/protocols/calls.md` §3.9). */
const FEATURE_SET = { status: 480, phrase: 'Temporarily Unavailable' } as const;
/** The number in `RSeq` of the only reliable provisional answer. */
const RELIABLE_SEQUENCE = 1;

export class CallerLeg extends SipLeg {
  protected readonly orientation = 'to';
  protected readonly isCallIdOurs = false;
  protected readonly contactUser: string;
  readonly maxForwards: number;
  /** The hops that its call may still take. */
  readonly hopsLeft: number;
  /** Its INVITE, until that has its final answer: a call that stands keeps no message. */
  #request: ServerRequest | undefined;
  readonly #offered: RemoteAudio | undefined;
  #dialKeys: DialKeys | undefined;
  #isCancelled = false;
  #ringing: RepeatedAnswer | undefined;
  #lastRinging = '';
  readonly #waiting: Map<string, CallerLeg>;
  readonly #key: string;

  /**
   * `contact`: where it is reached if its INVITE does not say so. `session`: of its SDP, and the first part of its tag. `audio`: the INVITE's offer; `undefined`: it wants one of ours.
   * `waiting`: whose INVITE has no final answer, from which it takes itself by `key`.
   */
  constructor(
    services: CallServices,
    peer: LegPeer,
    leg: Leg,
    request: ServerRequest,
    contact: string,
    session: number,
    audio: RemoteAudio | undefined,
    waiting: Map<string, CallerLeg>,
    key: string,
  ) {
    const { message } = request;
    request.tag = `${session}~${services.nodeId}-${leg.ci}`;
    const dialog = Dialog.ofRequest(message, request.tag, contact);
    super(services, peer, leg, dialog, new LegMedia(session));
    this.#request = request;
    this.#offered = audio;
    this.#waiting = waiting;
    this.#key = key;
    if (audio !== undefined) this.media.takeOffer(audio);
    this.contactUser = writtenUser(message.uri);
    const hops = Number(message.text(ID['Max-Forwards']) ?? MAX_FORWARDS);
    this.hopsLeft = Math.max(0, Math.min(hops, MAX_FORWARDS) - 1);
    this.maxForwards = hops === MAX_FORWARDS ? MAX_FORWARDS - 1 : MAX_FORWARDS;
    this.noteAbilities(message);
  }

  protected get farParty(): Party {
    return this.parties.called;
  }

  protected get byeHeaders(): string {
    return originalCalledLine(this.view, this.parties.originalCalled.number);
  }

  protected get isFirstOpen(): boolean {
    return this.#request !== undefined;
  }

  /** Whether the digits that are missing can be asked for one by one. */
  get canCollect(): boolean {
    return this.hasKpml && this.peer.dialect !== 'trunk';
  }

  capabilities(): MediaCapabilities | undefined {
    return this.#offered?.capabilities;
  }

  /** The digits so far lead nowhere yet: the rest are asked for. */
  collectKeys(now: Instant): void {
    const { control } = this.services;
    const request = this.#request;
    if (request === undefined) return;
    this.#dialKeys = new DialKeys(this.services, {
      peer: this.peer,
      view: this.view,
      invite: request.message,
      user: userOf(request.message.uri),
      dn: this.leg.dn,
      contact: this.dialog.target,
      onKey: (key, at) => {
        if (key === 'bs') control.backspace(this.leg, at);
        else control.digit(this.leg, key, at);
      },
      onRefused: (at) => control.dial(this.leg, undefined, at),
    });
    this.#dialKeys.subscribe(now);
  }

  proceeding(_dialled: string, parties: CallParties, now: Instant): void {
    this.parties = parties;
    this.#dialKeys?.end(now);
    this.#dialKeys = undefined;
  }

  ring(): void {}

  alerting(parties: CallParties, now: Instant): void {
    this.parties = parties;
    const request = this.#request;
    if (request === undefined) return;
    const isReliable = /\b100rel\b/i.test(request.message.all(ID.Require).join(','));
    const view = this.view;
    const reliable = isReliable ? `Require: 100rel\r\nRSeq: ${RELIABLE_SEQUENCE}\r\n` : '';
    const headers = `${recordRouteLines(request.message)}${CALL_METHODS}${ALLOW_EVENTS_IN_CALL}${serverLine(view.product)}${callInfoLine(view, { security: 'Unknown', ringOut: 'beginning' })}${sendInfoLine(view)}${reliable}${this.#partyLines()}${this.contactLine}`;
    const shown = `${partyLines(view, parties.called, 'called')}${parties.originalCalled.number}`;
    if (shown === this.#lastRinging || (isReliable && this.#ringing !== undefined)) return; // nothing new to its user
    this.#lastRinging = shown;
    request.answer({ status: 180, phrase: 'Ringing', headers }, now);
    if (!isReliable) return;
    this.#ringing = this.services.answers.add(
      request,
      (at) => this.services.control.hangUp(this.leg, at, 'temporaryFailure'),
      now,
    );
    this.services.touch();
  }

  protected override acknowledgeProvisional(message: SipMessage): boolean {
    if (this.#ringing === undefined || this.#request === undefined) return false;
    const { cseq } = this.#request.message;
    if (message.text(ID.RAck)?.trim() !== `${RELIABLE_SEQUENCE} ${cseq?.number} INVITE`) return false;
    this.services.answers.stop(this.#ringing);
    return true;
  }

  /** Who rings or answered, the sessions, and what was dialled, in CUCM's order. */
  #partyLines(): string {
    const { view, parties } = this;
    return `${partyLines(view, parties.called, 'called')}${this.sessionLine}${originalCalledLine(view, parties.originalCalled.number)}`;
  }

  protected settleFirst(now: Instant): boolean {
    const request = this.#request;
    if (request === undefined) return false;
    if (typeof this.media.wanted !== 'object') return true;
    const view = this.view;
    const text = this.media.write(this.sdpHost, this.farCapabilities, this.#offered !== undefined);
    const headers = `${recordRouteLines(request.message)}${CALL_METHODS}${ALLOW_EVENTS_IN_CALL}${SUPPORTED_IN_ANSWER}${serverLine(view.product)}${callInfoLine(view, { security: 'NotAuthenticated' })}${sendInfoLine(view)}${this.#partyLines()}${this.grantSession(request.message, now)}${this.contactLine}`;
    this.#answered();
    request.answer({ status: 200, phrase: 'OK', headers, body: { type: SDP_TYPE, text } }, now);
    this.awaitAck(request, this.#offered === undefined, now);
    return true;
  }

  /** A CANCEL of its INVITE. */
  cancel(now: Instant): void {
    if (this.#request === undefined || this.isOver) return;
    this.#isCancelled = true;
    this.services.control.hangUp(this.leg, now);
  }

  /** Whether a CANCEL means this INVITE. */
  isOf(message: SipMessage): boolean {
    return this.#request?.message.cseq?.number === message.cseq?.number;
  }

  protected endFirst(release: Release, now: Instant): 'confirmed' | 'ended' {
    this.#dialKeys?.end(now);
    const request = this.#request;
    if (request === undefined) return 'confirmed';
    this.#answered();
    const { cause, by } = release;
    const wasOffered = this.leg.call.called.length > 0;
    const hasLeft = this.#isCancelled || this.isEndedByPhone;
    const hasTransferred = by === 'transfer'; // while it rang: its call is another's now
    const isFeature = by === 'feature'; // no call was wanted
    const failure = hasTransferred
      ? TRANSFERRED
      : isFeature
        ? FEATURE_SET
        : hasLeft
          ? { status: 487, phrase: 'Request Terminated' }
          : failureStatus(cause, wasOffered);
    const { status, phrase } = failure;
    const retry = 'retryAfter' in failure ? `Retry-After: ${failure.retryAfter}\r\n` : '';
    const reason = hasLeft || hasTransferred || isFeature || cause === 'normal' ? '' : reasonLine(cause);
    const { view, parties } = this;
    const dialled = originalCalledLine(view, parties.originalCalled.number || this.leg.call.dialled);
    const headers = `${ALLOW_EVENTS_IN_CALL}${reason}${retry}${serverLine(view.product)}${this.sessionLine}${dialled}`;
    request.answer({ status, phrase, headers }, now);
    return 'ended';
  }

  /** Its INVITE has its final answer. */
  #answered(): void {
    if (this.#ringing !== undefined) this.services.answers.stop(this.#ringing);
    this.#ringing = undefined;
    this.#lastRinging = '';
    this.#request = undefined;
    this.#waiting.delete(this.#key);
  }
}

/** The user of a URI as written, escapes included. */
const writtenUser = (uri: string): string => /^sips?:([^@;?]*)@/i.exec(uri)?.[1] ?? '';
