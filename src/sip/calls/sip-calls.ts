// The calls of SIP phones: takes their INVITEs, finds the dialog of every other request and answer, and keeps what waits. It
// has no socket and no clock; whoever sends a request was found before (`docs/protocols/calls.md` §3).

import {
  type Appearance,
  type CallControl,
  type CallDenial,
  type CallFeatures,
  type JoinRefusal,
  type Leg,
  type LegSupplier,
  printable,
  type RemoteCall,
} from '../../calls/index.js';
import type { HasDeadlines } from '../../core/deadline-timer.js';
import type { DeviceName, DirectoryNumber } from '../../core/identifiers.js';
import { after, type Duration, type Instant, seconds } from '../../core/time.js';
import type { DeviceRecord } from '../../devices/index.js';
import type { Random } from '../../net/ports.js';
import { ID } from '../message/headers.js';
import type { SipMessage } from '../message/message.js';
import { userNumberOf, userOf } from '../message/uri.js';
import { contactUriOf, primaryBinding, type RegisteredPhone, type RegisteredPhones } from '../registrar/location.js';
import type { Answer, ServerRequest } from '../response/server-request.js';
import type { SettingsRef } from '../settings.js';
import type { ClientTransactions } from '../transaction/client-transactions.js';
import { InviteTransactions } from '../transaction/invite-transactions.js';
import type { Flow } from '../transport/flow.js';
import { ALLOW_EVENTS_IN_CALL } from './call-headers.js';
import { CallerLeg } from './caller-leg.js';
import { failureStatus, reasonLine } from './causes.js';
import { dialogKey } from './dialog.js';
import { forwardingDigits, setForwardAll } from './forward-all-key.js';
import { servesKey } from './key-uris.js';
import { limitedTo, readAudio, SESSION_TOO_SMALL } from './leg-offers.js';
import { type LegPeer, phonePeer } from './leg-peer.js';
import { breakStream, confirmDialogs, LostPhones } from './lost-phones.js';
import { newCallIds, newNodeId } from './numbers.js';
import { type OutsideRequest, OutsideRequests } from './outside-requests.js';
import { type MessageFacts, RecordedLegs } from './recorded-legs.js';
import { findReplaced, readReplaces } from './referrals.js';
import type { RemoteAudio } from './sdp.js';
import { type CallServices, CallTimer, CallTimers, type DialogUser, nextOf, RepeatedAnswers } from './services.js';
import { LEAST_SESSION, readSessionExpires } from './session-timer.js';
import { SipLeg } from './sip-leg.js';
import { newSession, SipLegSupplier } from './sip-leg-supplier.js';

/** What the owner of the calls gives. */
export interface SipCallsOptions {
  readonly control: CallControl;
  /** The line of a registered device as calls know it; `undefined`: the device has no such line. */
  appearanceOf(record: DeviceRecord, dn: string): Appearance | undefined;
}

/** Whose INVITE it is. */
export interface SipCaller {
  readonly peer: LegPeer;
  /** Where it is reached if its INVITE does not say so. */
  readonly contact: string;
  /** `undefined`: it has no line of the number that it calls from. */
  readonly appearance: Appearance | undefined;
}

/** Who calls by one of its lines. */
type CallingLine = SipCaller & { readonly appearance: Appearance };

export interface SipCallsDependencies extends SipCallsOptions {
  readonly settingsRef: SettingsRef;
  readonly phones: RegisteredPhones;
  readonly random: Random;
  readonly clientTransactions: ClientTransactions;
  date(now: Instant): string;
  /** Something was set that the service's timer is to know of, maybe outside of its turn. */
  touch(): void;
}

const FORBIDDEN = { status: 403, phrase: 'Forbidden' } as const;
const NOT_FOUND = { status: 404, phrase: 'Not Found' } as const;
const NO_DIALOG = { status: 481, phrase: 'Call/Transaction Does Not Exist' } as const;
const LOOP = { status: 482, phrase: 'Loop Detected' } as const;
const NOT_ACCEPTABLE = { status: 488, phrase: 'Not Acceptable Here' } as const;
const BAD_REPLACES = { status: 400, phrase: 'Bad Request - Replaces' } as const;
const BUSY = { status: 486, phrase: 'Busy Here' } as const;
const DECLINED = { status: 603, phrase: 'Decline' } as const;
const OUT_OF_ORDER = { status: 500, phrase: 'Server Internal Error' } as const;
const NOT_IMPLEMENTED = { status: 501, phrase: 'Not Implemented' } as const;

/** A phone that registers is told its status first. */
const TO_BUILD_SCREEN = seconds(1);
/** The longest number (`docs/protocols/calls.md` §8.3). */
const MOST_DIGITS = 64;

const CONGESTION: Answer = {
  status: 503,
  phrase: 'Service Unavailable',
  headers: `${reasonLine('congestion')}Retry-After: 5\r\n`,
};

/** The answer to whoever may not call now. */
const DENIED: Readonly<Record<CallDenial, Answer>> = {
  'line-full': { ...failureStatus('busy', false), headers: reasonLine('busy') },
  'too-fast': CONGESTION,
  'device-full': CONGESTION,
  'server-full': CONGESTION,
  disabled: { status: 480, phrase: 'Temporarily Unavailable' },
};

/** The calls of SIP phones: INVITEs, dialogs and everything that waits for an answer (`docs/protocols/calls.md` §3). */
export class SipCalls implements HasDeadlines {
  readonly #options: SipCallsOptions;
  readonly #services: CallServices;
  /** Callers whose INVITE has no final answer, by Call-ID and From tag. */
  readonly #callers = new Map<string, CallerLeg>();
  readonly #outside: OutsideRequests;
  readonly #lost: LostPhones;
  readonly supplier: LegSupplier;

  constructor(dependencies: SipCallsDependencies) {
    const { control, settingsRef, phones, random, clientTransactions } = dependencies;
    this.#options = dependencies;
    this.#services = {
      control,
      settingsRef,
      phones,
      random,
      invites: new InviteTransactions(),
      requests: clientTransactions,
      dialogs: new Map(),
      legs: new RecordedLegs(),
      remotes: new Map(),
      timers: new CallTimers(),
      answers: new RepeatedAnswers(),
      nodeId: newNodeId(random),
      date: (now) => dependencies.date(now),
      newCallId: newCallIds(random),
      touch: () => dependencies.touch(),
    };
    this.#outside = new OutsideRequests(this.#services);
    this.#lost = new LostPhones(this.#services);
    this.supplier = new SipLegSupplier(this.#services);
  }

  /** What legs of trunks share with those of phones. */
  get services(): CallServices {
    return this.#services;
  }

  /** Dialogs in memory: of legs, of subscriptions to keys, and of what has ended less than 32 s ago. */
  get dialogs(): number {
    return this.#services.dialogs.size;
  }

  /** What users set of their lines and phones. */
  get features(): CallFeatures {
    return this.#services.control.features;
  }

  /** The leg of a message by its Call-ID, and whose it is; `undefined`: it has none so far, or any more. */
  messageFacts(callId: string): MessageFacts | undefined {
    return this.#services.legs.factsOf(callId);
  }

  // ── requests ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** A call of the device; who it is was found before. */
  invite(request: ServerRequest, record: DeviceRecord, now: Instant): void {
    const { message } = request;
    const key = callerKey(message);
    const phone = this.#services.phones.byDevice(record.configured.name);
    if (this.#callers.has(key)) request.answer(LOOP, now);
    else if (message.count(ID.Join) > 0) request.answer(NOT_IMPLEMENTED, now);
    else if (phone === undefined) request.answer(FORBIDDEN, now);
    else {
      const binding = primaryBinding(phone);
      const contact = binding === undefined ? '' : contactUriOf(binding);
      const peer = phonePeer(this.#services.phones, phone);
      const appearance = this.#appearanceOf(message, phone);
      this.#call(request, { peer, contact, appearance }, this.#replacedBy(message, phone), key, now);
    }
  }

  /** A call of another PBX, by a trunk. */
  inviteByTrunk(request: ServerRequest, caller: SipCaller, now: Instant): void {
    const { message } = request;
    const key = callerKey(message);
    if (this.#callers.has(key)) request.answer(LOOP, now);
    else if (message.count(ID.Join) > 0) request.answer(NOT_IMPLEMENTED, now);
    else if (message.count(ID.Replaces) > 0) request.answer(NO_DIALOG, now);
    else this.#call(request, caller, undefined, key, now);
  }

  #call(request: ServerRequest, caller: SipCaller, replaced: Replaced | undefined, key: string, now: Instant): void {
    const { message } = request;
    const { peer, appearance } = caller;
    const number = printable(userNumberOf(message.uri));
    const audio = limitedTo(peer.codecs, readAudio(message));
    const requested = readSessionExpires(message);
    const isPlain = peer.dialect === 'plain';
    const isPhone = peer.dialect !== 'trunk';
    request.answer({ status: 100, phrase: 'Trying', headers: isPlain ? '' : ALLOW_EVENTS_IN_CALL }, now);
    const digits = isPhone ? forwardingDigits(number) : undefined;
    if (appearance === undefined) request.answer(FORBIDDEN, now);
    else if (digits !== undefined) this.#forwardAll(request, { ...caller, appearance }, digits, key, now);
    else if (requested !== undefined && requested.interval < LEAST_SESSION) request.answer(SESSION_TOO_SMALL, now);
    else if (replaced?.kind === 'refused') request.answer(replaced.answer, now);
    else if (number === '' || number.length > MOST_DIGITS) request.answer(NOT_FOUND, now);
    else if (typeof audio === 'string' || (audio !== undefined && !this.#isServable(audio)))
      request.answer({ ...NOT_ACCEPTABLE, headers: reasonLine('incompatible') }, now);
    else this.#begin(request, { ...caller, appearance }, { number, replaced }, audio, key, now);
  }

  /** A key sets where the line forwards. Where the phone has not dialled it, its digits are asked for. */
  #forwardAll(request: ServerRequest, caller: CallingLine, digits: string, key: string, now: Instant): void {
    const { control } = this.#services;
    const answer =
      digits.length > MOST_DIGITS ? NOT_FOUND : setForwardAll(control.features, caller.appearance, digits, now);
    if (answer !== 'collect') {
      request.answer(answer, now);
      return;
    }
    const begun = this.#originate(request, caller, undefined, key, now);
    if (begun === undefined) return;
    control.collectForward(begun.leg);
    if (begun.port?.canCollect === true) begun.port.collectKeys(now);
    else control.hangUp(begun.leg, now, 'incomplete');
  }

  /**
   * The leg whose place an INVITE wants (RFC 3891 §3); `undefined`: it wants none. Any phone may answer for one that rings. A
   * call that talks is taken over by phones of its own line alone.
   */
  #replacedBy(message: SipMessage, { record }: RegisteredPhone): Replaced | undefined {
    const values = message.all(ID.Replaces);
    if (values.length === 0) return undefined;
    const dialog = values.length === 1 ? readReplaces(values[0] ?? '') : undefined;
    if (dialog === undefined) return { kind: 'refused', answer: BAD_REPLACES };
    const remote = this.#services.remotes.get(dialog.callId);
    if (remote?.call.device === record.configured.name && remote.isMeant(dialog))
      return { kind: 'found', remote: remote.call };
    const user = findReplaced(this.#services, dialog);
    if (!(user instanceof SipLeg)) return { kind: 'refused', answer: NO_DIALOG };
    const { leg } = user;
    if (leg.state === 'idle') return { kind: 'refused', answer: DECLINED };
    const hasFar = leg.far !== undefined && leg.state !== 'ring-in';
    const isOfLine = record.configured.lines.some(({ dn }) => dn === leg.line);
    if (hasFar && !isOfLine) return { kind: 'refused', answer: NO_DIALOG };
    if (hasFar && dialog.isEarlyOnly) return { kind: 'refused', answer: BUSY };
    // An early dialog only where we sent its INVITE: a phone that rings.
    return hasFar || (leg.state === 'ring-in' && leg.line !== undefined)
      ? { kind: 'found', leg }
      : { kind: 'refused', answer: NO_DIALOG };
  }

  #begin(
    request: ServerRequest,
    caller: CallingLine,
    { number, replaced }: { readonly number: string; readonly replaced: FoundReplaced | undefined },
    audio: RemoteAudio | undefined,
    key: string,
    now: Instant,
  ): void {
    const { control } = this.#services;
    const begun = this.#originate(request, caller, audio, key, now);
    if (begun === undefined) return;
    const { leg, port } = begun;
    if (audio !== undefined) control.mediaOpened(leg, audio.receive, audio.capabilities, true, now);
    if (replaced !== undefined) {
      if (this.#takePlace(replaced, leg, now) !== undefined) control.hangUp(leg, now);
      return;
    }
    const isPhone = caller.peer.dialect !== 'trunk'; // only phones have keys
    if (isPhone && port !== undefined && servesKey(number, control, leg, port, now)) return;
    const { text, isWhole } = this.#whatIsDialled(number, port?.canCollect === true);
    if (isWhole) {
      control.dial(leg, text, now);
      return;
    }
    for (const digit of text) control.digit(leg, digit, now);
    if (leg.state === 'dialing') port?.collectKeys(now);
  }

  /** The leg of an INVITE; `undefined`: the phone may not call now, and has its answer. */
  #originate(
    request: ServerRequest,
    { peer, contact, appearance }: CallingLine,
    audio: RemoteAudio | undefined,
    key: string,
    now: Instant,
  ): { readonly leg: Leg; readonly port: CallerLeg | undefined } | undefined {
    const { control } = this.#services;
    let port: CallerLeg | undefined;
    const result = control.originate(
      appearance,
      (leg) => {
        port = new CallerLeg(
          this.#services,
          peer,
          leg,
          request,
          contact,
          newSession(this.#services),
          audio,
          this.#callers,
          key,
        );
        this.#callers.set(key, port);
        return port;
      },
      now,
    );
    if ('denied' in result) {
      request.answer(DENIED[result.denied], now);
      return undefined;
    }
    return { leg: result.leg, port };
  }

  /** Returns why it cannot. */
  #takePlace({ remote, leg }: FoundReplaced, taker: Leg, now: Instant): JoinRefusal | undefined {
    const { control } = this.#services;
    if (remote !== undefined) return control.moveHeld(remote, taker, now);
    return leg.state === 'ring-in' ? control.pickUp(leg, taker, now) : control.replace(leg, taker, now);
  }

  /**
   * A phone has registered: in a moment it can say what it has of its calls, and, where it has all of its lines, show what other
   * phones of them have.
   */
  registered(device: DeviceName, isWhole: boolean, now: Instant): void {
    const { control, timers, touch } = this.#services;
    if (control.legs.size === 0) return;
    this.#lost.returned(device, now);
    const before = [...control.legs.of(device)];
    const onReady = (at: Instant): void => {
      confirmDialogs(before, at);
      if (isWhole) control.phoneRegistered(device, at);
    };
    timers.set(new CallTimer(onReady), after(now, TO_BUILD_SCREEN));
    touch();
  }

  /** The registration of a phone has ended: in a moment, unless it is back, what it had with labcm is over. */
  unregistered(device: DeviceName, now: Instant): void {
    this.#lost.unregistered(device, now);
  }

  /** Whether a number is complete as it came. One digit that leads somewhere may be the first of more. */
  #whatIsDialled(number: string, canCollect: boolean): { readonly text: string; readonly isWhole: boolean } {
    const { control } = this.#services;
    const analysis = control.analyse(number);
    if (analysis.kind === 'none' && number.length > 1 && number.endsWith('#'))
      return { text: number.slice(0, -1), isWhole: true };
    const isOpen =
      analysis.kind === 'incomplete' || (analysis.kind === 'match' && analysis.canGrow && number.length === 1);
    return { text: number, isWhole: !isOpen || !canCollect };
  }

  /** The line that calls: of its From, else of the Contact that it is bound to. */
  #appearanceOf(message: SipMessage, phone: RegisteredPhone): Appearance | undefined {
    const { record } = phone;
    const appearance = this.#options.appearanceOf(record, userOf(message.from?.uri));
    if (appearance !== undefined) return appearance;
    const contact = message.address('Contact')?.uri;
    const bound = phone.bindings.find((binding) => contactUriOf(binding) === contact);
    return bound === undefined ? undefined : this.#options.appearanceOf(record, bound.dn satisfies DirectoryNumber);
  }

  #isServable({ capabilities, receive }: RemoteAudio): boolean {
    const { control } = this.#services;
    if (!control.mayReceiveAt(receive)) return false;
    const { codecs } = control.settings;
    return capabilities.codecs.some(({ codec }) => codec === 'opus' || codecs.includes(codec));
  }

  /** A REFER outside of a dialog that is about a call; who it is was found before. */
  refer(request: ServerRequest, record: DeviceRecord, wanted: OutsideRequest, now: Instant): void {
    const phone = this.#services.phones.byDevice(record.configured.name);
    if (phone === undefined) request.answer(FORBIDDEN, now);
    else this.#outside.serve(request, phone, wanted, now);
  }

  /** A request with a To tag. `false`: it is in no dialog of a call. */
  receive(request: ServerRequest, now: Instant): boolean {
    const user = this.#userOf(request.message.callId, request.message.toTag);
    if (user === undefined) return false;
    const isElsewhere = !user.isFrom(request.flow);
    const verdict = isElsewhere ? 'stranger' : user.dialog.judge(request.message);
    if (verdict !== 'stranger') request.flow.validate(now); // nobody else has seen our tag
    if (verdict === 'stranger') request.answer(NO_DIALOG, now);
    else if (verdict === 'old') request.answer(OUT_OF_ORDER, now);
    else user.receive(request, now);
    return true;
  }

  /** The answer to a CANCEL, and what it ends. `false`: it means no INVITE of a call. */
  cancel(request: ServerRequest, now: Instant): boolean {
    const { message } = request;
    const leg = this.#callers.get(callerKey(message));
    if (leg?.isOf(message) !== true) return false;
    request.tag = leg.dialog.localTag;
    request.answer({ status: 200, phrase: 'OK' }, now);
    leg.cancel(now);
    return true;
  }

  acknowledge(message: SipMessage, flow: Flow, now: Instant): void {
    const user = this.#userOf(message.callId, message.toTag);
    if (user?.isFrom(flow) !== true) return;
    if (user.dialog.judge(message) !== 'in-turn') return;
    flow.validate(now); // it has heard our 200
    user.acknowledge(message, now);
  }

  /** An answer to an INVITE of ours. */
  receiveResponse(message: SipMessage, flow: Flow, now: Instant): void {
    if (this.#services.invites.receive(message, flow, now) || message.status < 200 || message.status >= 300) return;
    const user = this.#userOf(message.callId, message.fromTag);
    if (user?.isFrom(flow) === true) user.answeredAgain(message, now);
  }

  /** The stream of these phones has ended. */
  linkLost(devices: readonly DeviceName[], now: Instant): void {
    for (const device of devices) this.#lost.streamEnded(device, now);
  }

  /** The stream to another PBX has ended; the next request opens another one. */
  trunkLinkLost(trunk: string, now: Instant): void {
    breakStream(this.#services, trunk as DeviceName, now);
  }

  #userOf(callId: string | undefined, tag: string | undefined): DialogUser | undefined {
    return this.#services.dialogs.get(dialogKey(callId ?? '', tag ?? ''));
  }

  // ── deadlines ─────────────────────────────────────────────────────────────────────────────────────────────────

  nextDeadline(): Instant | undefined {
    const { invites, timers, answers } = this.#services;
    return nextOf([invites, timers, answers]);
  }

  expire(now: Instant): void {
    const { invites, timers, answers } = this.#services;
    invites.expire(now);
    timers.expire(now);
    answers.expire(now);
  }

  postpone(span: Duration): void {
    const { invites, timers, answers } = this.#services;
    invites.postpone(span);
    timers.postpone(span);
    answers.postpone(span);
  }
}

/** Whose place an INVITE wants. */
type FoundReplaced =
  | { readonly kind: 'found'; readonly leg: Leg; readonly remote?: undefined }
  /** What another phone of its line has. */
  | { readonly kind: 'found'; readonly remote: RemoteCall; readonly leg?: undefined };
type Replaced = FoundReplaced | { readonly kind: 'refused'; readonly answer: Answer };

const callerKey = ({ callId, fromTag }: SipMessage): string => `${callId} ${fromTag ?? ''}`;
