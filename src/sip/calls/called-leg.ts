// The leg of a phone that is called: our INVITE to its registered Contact over its registered flow, without an offer to
// Cisco's phones, with one to others (`docs/protocols/calls.md` §3.1 to §3.3, §3.5).

import {
  type CauseName,
  type IncomingCall,
  type Leg,
  type MediaCapabilities,
  type Party,
  printable,
  type Release,
} from '../../calls/index.js';
import type { DirectoryNumber } from '../../core/identifiers.js';
import type { Instant } from '../../core/time.js';
import { answerCall, REQUEST_TYPE } from '../cisco/remotecc.js';
import { ID } from '../message/headers.js';
import type { SipMessage } from '../message/message.js';
import { parseSipUri, userNumberOf } from '../message/uri.js';
import { referHeaders } from '../notifier/request-writer.js';
import {
  ALLOW_EVENTS_IN_CALL,
  autoAnswerLines,
  CALL_METHODS,
  callInfoLine,
  displayName,
  diversionLines,
  INSIDE_RING,
  MIN_SE_LINE,
  OUTSIDE_RING,
  partyLines,
  RING_EXPIRES,
  SUPPORTED,
  sendInfoLine,
  uriUser,
  userAgentLine,
} from './call-headers.js';
import { type RequestParts, sendRequest, type WrittenCallRequest } from './call-requests.js';
import { CallerLeg } from './caller-leg.js';
import { causeOfAnswer, ELSEWHERE, forwardReasonOf } from './causes.js';
import { Dialog } from './dialog.js';
import { HOPS, hostOf, MAX_FORWARDS } from './leg-dialog.js';
import { LegMedia } from './leg-media.js';
import type { LegPeer } from './leg-peer.js';
import { sendOutside } from './out-of-dialog.js';
import { SDP_TYPE } from './sdp.js';
import type { CallServices } from './services.js';
import { SipLeg } from './sip-leg.js';

/** The longest number (`docs/protocols/calls.md` §8.3). */
const MOST_DIGITS = 64;

/**
 * `calling`: nobody has answered yet. `ringing`: provisionally. `offered`: its 200 holds an offer, and the ACK waits for our
 * answer. `confirmed`: acknowledged. `failed`: refused.
 */
type Phase = 'calling' | 'ringing' | 'offered' | 'confirmed' | 'failed';

/** Whom an INVITE of ours is for, and how it names both ends. */
export interface CallTarget {
  /** The Request-URI: the Contact that a phone is registered with. */
  readonly uri: string;
  /** Of To; absent: this server, as phones know it. */
  readonly host?: string;
  /** The caller, where it is shown another number; absent: as the call has it. */
  readonly calling?: Party;
}

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
  /** To, as its INVITE has it. */
  readonly #to: string;
  /** Its phone is to answer by itself, and has not been told so. */
  #answersItself = false;

  /** `session`: of its SDP, and the first part of its tag. */
  constructor(services: CallServices, peer: LegPeer, leg: Leg, target: CallTarget, session: number) {
    const host = hostOf(services, peer.flow, peer);
    const { uri, host: remoteHost = host, calling = leg.call.parties.calling } = target;
    const dialog = new Dialog({
      callId: services.newCallId(peer.flow, host),
      local: `${displayName(calling.name)}<sip:${uriUser(calling.number)}@${host}>`,
      localTag: `${session}~${services.nodeId}-${leg.ci}`,
      remote: calledAddress(leg, uri, remoteHost),
      remoteTag: undefined,
      target: uri,
    });
    super(services, peer, leg, dialog, new LegMedia(session));
    this.#to = dialog.remote;
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

  /** Whether its INVITE carries an offer (`calls.earlyOffer`). */
  protected get isOffered(): boolean {
    const { earlyOffer } = this.services.control.settings;
    return earlyOffer === 'always' || (earlyOffer === 'devices' && this.peer.dialect === 'plain');
  }

  /** A caller of SCCP has no address before it is asked for one. */
  get wantsCallerMedia(): boolean {
    return this.services.control.settings.earlyOffer === 'always';
  }

  ring(call: IncomingCall, now: Instant): void {
    this.parties = call.parties;
    this.#answersItself = call.autoAnswer !== undefined && this.view.isCisco;
    const offer = this.#firstOffer(call.callerMedia);
    this.#hasOffer = offer !== undefined;
    const body = offer === undefined ? {} : { body: { type: SDP_TYPE, text: offer } };
    this.sendInvite(
      { ...this.inviteParts(call), ...body },
      {
        onSent: ({ key, branch, sequence }) => {
          this.#invite = { key, branch, sequence };
        },
        onProvisional: (answer, at) => this.#onProvisional(answer, at),
        onFinal: (status, at, answer) => this.#answered(status, answer, at),
      },
      now,
    );
  }

  /** What its INVITE says beside its offer. */
  protected inviteParts({ parties, isOutside, autoAnswer }: IncomingCall): RequestParts {
    const { view, leg } = this;
    const { caller } = leg.call;
    const hops = caller.port instanceof CallerLeg ? caller.port.maxForwards : MAX_FORWARDS;
    const ringer = view.isCisco ? (isOutside ? OUTSIDE_RING : INSIDE_RING) : '';
    const alone = autoAnswer === undefined ? '' : autoAnswerLines(view);
    return {
      method: 'INVITE',
      before: `${SUPPORTED}${MIN_SE_LINE}${userAgentLine(view.product)}${CALL_METHODS}`,
      after: `${RING_EXPIRES}${ALLOW_EVENTS_IN_CALL}${callInfoLine(view, { security: 'Unknown', huntPilot: leg.call.hunting?.pilot.number })}${sendInfoLine(view)}${ringer}${alone}${this.sessionLine}${partyLines(view, parties.calling, 'calling', true)}${diversionLines(view, parties)}${this.contactLine}Max-Forwards: ${hops}\r\n`,
    };
  }

  /** What the caller offered, for phones that are to have an offer. */
  #firstOffer(callerMedia: IncomingCall['callerMedia']): string | undefined {
    if (!this.isOffered || callerMedia === undefined) return undefined;
    const { receive, capabilities } = callerMedia;
    const allowed = this.peer.codecs ?? (['opus', ...this.services.control.settings.codecs] as const);
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
    const { dn, device } = this.leg;
    const phone = device === undefined ? undefined : this.services.phones.byDevice(device);
    const binding = phone?.bindings.find(({ lines }) => lines.includes(dn as DirectoryNumber));
    if (phone === undefined || binding === undefined) return;
    const { host } = this.view;
    const body = { type: REQUEST_TYPE, text: answerCall(callId, remoteTag, localTag) };
    const headers = referHeaders(`sip:${uriUser(dn)}@${host}`, host, 0);
    sendOutside(this.services, phone, binding, { method: 'REFER', dn, headers, body }, now);
  }

  #answered(status: number, answer: SipMessage | undefined, now: Instant): void {
    if (answer === undefined || status >= 300) this.#refused(status, answer, now);
    else this.#accepted(answer, now);
  }

  #refused(status: number, answer: SipMessage | undefined, now: Instant): void {
    this.#phase = 'failed';
    if (this.isOver) this.forget();
    else if (answer !== undefined && this.#isForwarded(answer, now)) return;
    else this.services.control.refuse(this.leg, this.causeOf(status, answer, now), now);
  }

  /** A phone that forwards by itself is followed to other phones and to trunks; a trunk is not followed (`docs/protocols/calls.md` §3.5). */
  #isForwarded(answer: SipMessage, now: Instant): boolean {
    if (answer.status !== 302) return false;
    const number = printable(userNumberOf(answer.address('Contact')?.uri));
    if (number === '' || number.length > MOST_DIGITS) return false;
    return this.services.control.forwardRinging(this.leg, number, forwardReasonOf(answer), now);
  }

  /** A phone that does not know its own line any more counts as not registered. */
  protected causeOf(status: number, answer: SipMessage | undefined, _now: Instant): CauseName {
    if (answer === undefined) return this.flow.open ? 'timer' : 'temporaryFailure';
    return status === 404 && answer.count(ID.Reason) === 0 ? 'absent' : causeOfAnswer(answer);
  }

  #accepted(answer: SipMessage, now: Instant): void {
    const { control } = this.services;
    this.noteAbilities(answer);
    this.dialog.establish(answer);
    const audio = this.audioOf(answer);
    const isUsable = audio !== undefined && typeof audio !== 'string' && audio.receive.port !== 0;
    if (isUsable) this.media.takeOffer(audio); // where it answers, it has been offered all
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
    const { product } = this.view;
    const written = this.write(
      {
        method: 'CANCEL',
        before: userAgentLine(product),
        after: `${HOPS}${by === 'elsewhere' ? ELSEWHERE : ''}${this.sessionLine}`,
        sequence: invite.sequence,
        branch: invite.branch,
        to: this.#to,
      },
      now,
    );
    sendRequest(this.services, this.flow, this.endpoint, written, () => {}, now);
    this.services.invites.withdrawn(invite.key, now);
  }
}

/** Whom an INVITE is to: the line, or of a hunt list the number that was called, at the phone's own address (ladder 05). */
const calledAddress = ({ dn, call }: Leg, uri: string, host: string): string => {
  const pilot = call.hunting?.pilot.number;
  if (pilot === undefined) return `<sip:${uriUser(dn)}@${host}>`;
  const contact = parseSipUri(uri);
  return `<sip:${uriUser(pilot)}@${typeof contact === 'string' ? host : contact.host}>`;
};
