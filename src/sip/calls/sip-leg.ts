// One SIP leg of a call: the port by which the call machine shows a phone what happens, and the dialog by which the phone
// says what it does. What a caller's and a called phone's leg have in common is here, in `leg-offers.ts` and in
// `leg-dialog.ts` (`docs/protocols/calls.md` §3.2 to §3.6, §3.10, §4.4).

import type {
  AgreedMedia,
  CallParties,
  CauseName,
  IncomingCall,
  Leg,
  LegPort,
  MediaAddress,
  MediaCapabilities,
  OutgoingStream,
  Release,
} from '../../calls/index.js';
import { after, type Instant } from '../../core/time.js';
import type { SipMessage } from '../message/message.js';
import type { ServerRequest } from '../response/server-request.js';
import { GIVE_UP } from '../transaction/invite-transactions.js';
import { ALLOW_EVENTS_IN_CALL, contactLineOf, serverLine, userAgentLine } from './call-headers.js';
import { causeInReason } from './causes.js';
import type { Dialog } from './dialog.js';
import { CallKeys, readInfoDigit } from './kpml.js';
import { HOPS } from './leg-dialog.js';
import type { LegMedia } from './leg-media.js';
import { LegOffers } from './leg-offers.js';
import type { LegPeer } from './leg-peer.js';
import { flowFacts, type MessageFacts, type RecordedLeg } from './recorded-legs.js';
import { findReplaced, Referrals, type ReferringLeg } from './referrals.js';
import { type CallServices, CallTimer, type DialogUser } from './services.js';

/** So long a dialog that has ended is known: a 200 may come again, a last word of the phone's be late. */
const LINGERS = GIVE_UP;
const NO_DIALOG = { status: 481, phrase: 'Call/Transaction Does Not Exist' } as const;

export abstract class SipLeg extends LegOffers implements LegPort, DialogUser, RecordedLeg {
  readonly needsFarAddress = true;
  readonly playsFailure = false;
  readonly mixesCalls = true;
  readonly isHandsetUp = false;

  /** The phone ended it and is to be told nothing. */
  protected isEndedByPhone = false;
  /** Our BYE has no answer yet. */
  #isByeOpen = false;
  readonly #linger: CallTimer;
  #keys: CallKeys | undefined;
  #referrals: Referrals | undefined;

  protected constructor(services: CallServices, peer: LegPeer, leg: Leg, dialog: Dialog, media: LegMedia) {
    super(services, peer, leg, dialog, media);
    this.#linger = new CallTimer(() => this.forget());
    services.dialogs.set(dialog.key, this);
    services.legs.add(dialog.callId, this);
  }

  /**
   * Ends what the first INVITE left open. `confirmed`: nothing was, and the dialog is ended by BYE. `ended`: there is no dialog
   * any more. `open`: an answer may still come.
   */
  protected abstract endFirst(release: Release, now: Instant): 'confirmed' | 'ended' | 'open';

  /** What the call log says of its messages. */
  get messageFacts(): MessageFacts {
    const { peer, flow } = this;
    const isTrunk = peer.dialect === 'trunk' ? { isTrunk: true } : {};
    return { leg: this.leg.ci, ...isTrunk, ...flowFacts(peer.name, flow, this.services.settingsRef.settings) };
  }

  // ── what a phone of SIP shows by itself ───────────────────────────────────────────────────────────────────────

  abstract capabilities(): MediaCapabilities | undefined;
  abstract alerting(parties: CallParties, now: Instant): void;
  abstract proceeding(dialled: string, parties: CallParties, now: Instant): void;
  abstract ring(call: IncomingCall, now: Instant): void;
  offHook(): void {}
  collecting(): void {}
  corrected(): void {}
  failed(): void {}
  stopMedia(): void {}

  connecting(parties: CallParties): void {
    this.parties = parties;
  }

  connected(parties: CallParties): void {
    this.parties = parties;
  }

  redirected(parties: CallParties, isRinging: boolean, now: Instant): void {
    const { hasTalked } = this.leg;
    if (isRinging && hasTalked) this.silence(now); // it still shows whom it was connected with
    this.parties = parties;
    if (!isRinging) this.tellParties({}, now);
    else this.tellParties(hasTalked ? { ringOut: 'redirected' } : { isMerged: true }, now);
  }

  // ── media ─────────────────────────────────────────────────────────────────────────────────────────────────────

  openReceive(agreed: AgreedMedia, far: MediaAddress | undefined, now: Instant): void {
    if (far === undefined) return;
    this.open({ ...agreed, to: far }, now);
  }

  transmit(stream: OutgoingStream, now: Instant): void {
    this.media.wanted = stream;
    this.sync(now);
    const wantsKeys = stream.telephoneEvent === undefined && stream.isListening !== true; // music takes none
    if (wantsKeys && this.hasKpml && !this.isOver) this.#subscribeKeys(now);
  }

  held(parties: CallParties, now: Instant): void {
    this.parties = parties;
    this.silence(now);
  }

  resumed(parties: CallParties): void {
    this.parties = parties;
  }

  farHeld(isHeld: boolean, now: Instant, hasMusic = false): void {
    if (isHeld && (!hasMusic || this.tellsAtLength)) this.silence(now);
  }

  digit(digit: string, now: Instant): void {
    const body = { type: 'application/dtmf-relay', text: `Signal=${digit}\r\nDuration=160\r\n` };
    const headers = `${userAgentLine(this.view.product)}${HOPS}`;
    this.send({ method: 'INFO', before: headers, body }, () => {}, now);
  }

  // ── requests of the phone's ───────────────────────────────────────────────────────────────────────────────────

  receive(request: ServerRequest, now: Instant): void {
    const { message } = request;
    this.noteAbilities(message);
    if (message.method === 'NOTIFY') {
      if (this.#keys === undefined) request.answer(NO_DIALOG, now);
      else this.#keys.notified(request, now);
      return;
    }
    if (this.isOver) {
      this.#afterEnd(request, now);
      return;
    }
    switch (message.method) {
      case 'BYE':
        this.#hungUp(request, now);
        return;
      case 'INVITE':
        request.answer({ status: 100, phrase: 'Trying', headers: this.#tryingHeaders() }, now);
        this.offered(request, now);
        return;
      case 'UPDATE':
        this.offered(request, now);
        return;
      case 'INFO': {
        const digit = readInfoDigit(message);
        request.answer(this.ok(), now);
        if (digit !== undefined && this.leg.state === 'connected') this.services.control.digit(this.leg, digit, now);
        return;
      }
      case 'REFER':
        this.#asked.receive(request, now);
        return;
      case 'PRACK':
        request.answer(this.acknowledgeProvisional(message) ? this.ok() : NO_DIALOG, now);
        return;
      default:
        request.answer(this.ok(), now);
    }
  }

  /** A REFER about this dialog that is in one of its own, where `notify` speaks. */
  refer(request: ServerRequest, notify: ReferringLeg['notify'], now: Instant): void {
    this.#asked.receive(request, now, notify);
  }

  /** Whether one more request about this dialog may cost something now. */
  mayAsk(now: Instant): boolean {
    return this.#asked.mayAsk(now);
  }

  get #asked(): Referrals {
    this.#referrals ??= new Referrals(this.#referring());
    return this.#referrals;
  }

  #tryingHeaders(): string {
    return `${ALLOW_EVENTS_IN_CALL}${serverLine(this.view.product)}`;
  }

  #referring(): ReferringLeg {
    const { services, leg } = this;
    const contact = (): string => contactLineOf(this.view, this.contactUser, undefined);
    return {
      leg,
      control: services.control,
      consultationOf: (dialog) => {
        const user = findReplaced(services, dialog);
        return user instanceof SipLeg && user.leg.device === leg.device && !user.isOver ? user.leg : undefined;
      },
      isHere: (host) => this.isHere(host),
      accepted: () => ({ status: 202, phrase: 'Accepted', server: this.view.product, headers: contact() }),
      notify: (lines, body, now) => {
        const dated = `Date: ${services.date(now)}\r\n${userAgentLine(this.view.product)}`;
        const after = `${HOPS}${dated}${lines}${contact()}`;
        this.send({ method: 'NOTIFY', isDated: false, after, body }, () => {}, now);
      },
    };
  }

  protected ok() {
    return { status: 200, phrase: 'OK', server: this.view.product } as const;
  }

  /** Whether it is the PRACK of a provisional answer of ours. */
  protected acknowledgeProvisional(_message: SipMessage): boolean {
    return false;
  }

  #hungUp(request: ServerRequest, now: Instant): void {
    const { control } = this.services;
    this.isEndedByPhone = true;
    this.reportStatistics(request.message, now);
    control.hangUp(this.leg, now, causeInReason(request.message) ?? 'normal');
    request.answer(this.ok(), now);
    this.#keys?.end(now);
  }

  /** What comes when the leg is over. A BYE that crosses ours ends the dialog as well (§8.1, ladder 07). */
  #afterEnd(request: ServerRequest, now: Instant): void {
    const isCrossing = request.message.method === 'BYE' && (this.#isByeOpen || this.isByeWaiting);
    if (request.message.method === 'BYE') this.stopRepeating();
    this.#isByeOpen &&= !isCrossing;
    request.answer(isCrossing ? this.ok() : NO_DIALOG, now);
  }

  // ── the end ───────────────────────────────────────────────────────────────────────────────────────────────────

  release(release: Release, now: Instant): void {
    if (this.isOver) return;
    this.isOver = true;
    this.hasTransferred = release.by === 'transfer';
    this.endOffers(now);
    const end = this.endFirst(release, now);
    if (end === 'ended') {
      this.forget();
      return;
    }
    this.services.timers.set(this.#linger, after(now, LINGERS));
    this.services.touch();
    if (end === 'open') return;
    if (this.isEndedByPhone) this.stopRepeating();
    else this.byeWhenAcknowledged(release.cause, now);
  }

  protected bye(cause: CauseName, now: Instant): void {
    this.#isByeOpen = true;
    const onAnswered = (at: Instant): void => {
      this.#isByeOpen = false;
      this.#keys?.end(at);
    };
    this.sendBye(cause, onAnswered, now);
  }

  /** There is no dialog any more, and nothing of it may still come. */
  protected forget(): void {
    this.services.timers.set(this.#linger, undefined);
    const { dialogs, legs } = this.services;
    dialogs.delete(this.dialog.key);
    legs.end(this.dialog.callId, this);
  }

  // ── keys ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Its keys come by KPML within this dialog, since the far end takes none in RTP (§3.10). */
  #subscribeKeys(now: Instant): void {
    if (this.#keys !== undefined) return;
    this.#keys = new CallKeys(
      (parts, onFinal, at) => this.send(parts, onFinal, at),
      () => this.view,
      (at) => this.services.date(at),
      (digit, at) => this.services.control.digit(this.leg, digit, at),
    );
    this.#keys.subscribe(now);
  }
}
