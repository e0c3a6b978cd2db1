// Calls as SCCP phones make and take them: what a phone says becomes an intention of the call machine. What the phone is then
// shown is `sccp-leg.ts`; which leg it means `leg-choice.ts`; how a call begins `call-starts.ts`.

import type {
  Appearance,
  CallControl,
  CallDenial,
  Leg,
  LegPort,
  Origination,
  PageStream,
  RemoteCall,
  RemoteCallPort,
} from '../../calls/index.js';
import type { HasDeadlines } from '../../core/deadline-timer.js';
import type { DeviceName } from '../../core/identifiers.js';
import { after, type Instant, milliseconds, seconds } from '../../core/time.js';
import type { DeviceRecord } from '../../devices/index.js';
import type { Fields } from '../messages/catalogue.js';
import type { BoundLink, Station } from '../station.js';
import { TONE_DIRECTIONS } from '../tables/enumerations.js';
import type { CallKey } from './call-keys.js';
import { idleMaskOf } from './call-masks.js';
import { type CallEnvironment, CallPhone, hasTalk } from './call-phone.js';
import { NOTICE_SECONDS, type PromptName, promptOf } from './call-prompts.js';
import { CALL_STARTS, type StartName } from './call-starts.js';
import { CALL_TONE, DENIED } from './call-tones.js';
import type { Calls, KeyPress, LegReference, Lift } from './calls.js';
import { confer, conferenceList, type KeyNotice, removeLastConferee } from './conference-keys.js';
import { LaterSteps } from './later-steps.js';
import { legMeant, remoteMeant } from './leg-choice.js';
import { hearPage } from './page-reception.js';
import { showIdlePrompt } from './prompts.js';
import { SccpLeg } from './sccp-leg.js';
import { SccpRemoteCall } from './sccp-remote-call.js';
import { refreshFeatures } from './station-features.js';
import { counted, receiveOpened, transmitFailed, transmitStarted } from './stream-answers.js';

/** What the daemon gives the service for calls. */
export interface Calling {
  readonly control: CallControl;
  /** A line of a device as calls see it; `undefined`: it has no such line. */
  appearanceOf(record: DeviceRecord, dn: string): Appearance | undefined;
}

/** `kpButton` by its number (`sccp.md` §9.13). */
const KEYPAD = '0123456789ABCD*#+';
/** In every version of SCCP (`docs/protocols/calls.md` §2.4). */
const MOST_DIGITS = 24;
/** Keys, lifts and numbers of one phone within a second; further ones are dropped (`docs/protocols/calls.md` §8.3). */
const MOST_KEYS = 50;
const KEYS_WITHIN = seconds(1);
/** A handset that was lifted to answer a caller who has gone begins a call after this (`docs/protocols/calls.md` §2.6). */
const LATE_LIFT = milliseconds(300);
/** A phone that registers asks for its keys and lines first: then it can show the calls of others. */
const TO_BUILD_SCREEN = seconds(2);
const UNDIALLABLE = /[^0-9A-Da-d*#+]/g;
const NO_REFERENCE: LegReference = { line: 0, callReference: 0 };

/** The call control of the SCCP service where calls are served. */
export class StationCalls implements Calls, HasDeadlines {
  readonly #control: CallControl;
  readonly #calling: Calling;
  readonly #later = new LaterSteps();
  readonly #environment: CallEnvironment;
  readonly #phones = new Map<DeviceName, CallPhone>();

  constructor(calling: Calling) {
    this.#calling = calling;
    this.#control = calling.control;
    this.#environment = { control: calling.control, later: this.#later, lastNumbers: new Map() };
  }

  onEarlierDeadline(callback: () => void): void {
    this.#later.onEarlierDeadline(callback);
  }

  nextDeadline(): Instant | undefined {
    return this.#later.nextDeadline();
  }

  expire(now: Instant): void {
    this.#later.expire(now);
  }

  /** The port of a called leg on this station. */
  legOn(station: Station, leg: Leg): LegPort | undefined {
    return leg.device === undefined ? undefined : new SccpLeg(this.#phoneOf(station, leg.device), leg);
  }

  /** The port of a call that another phone of the station's line has. */
  remoteOn(station: Station, call: RemoteCall): RemoteCallPort {
    return new SccpRemoteCall(this.#phoneOf(station, call.device), call);
  }

  /** The phone hears a page, or no more. */
  listen(station: Station, device: DeviceName, stream: PageStream, isOn: boolean, now: Instant): void {
    hearPage(this.#phoneOf(station, device), stream, isOn, now);
  }

  // Handset and keys

  offHook(station: Station, bound: BoundLink, { line, callReference }: Lift, now: Instant): void {
    const phone = this.#phoneOf(station, bound.registration.device);
    this.#control.preservedEnded(phone.device, now);
    if (phone.hook === 'down') phone.hook = 'handset';
    if (isTooMuch(phone, now)) return;
    const rings = legMeant(this.#control, phone.device, { line, callReference }, 'answer');
    if (rings?.state === 'ring-in' && (phone.isFree || callReference !== 0)) this.#answer(phone, rings, now);
    else if (!phone.isFree)
      station.ignore('unasked', now); // it confirms, or changes from speaker to handset
    else if (callReference !== 0 && rings === undefined) this.#answeredLate(phone, bound, line, now);
    else this.#start(phone, bound, 'offHook', { line }, now);
  }

  onHook(station: Station, bound: BoundLink, { callReference }: LegReference, now: Instant): void {
    const phone = this.#phoneOf(station, bound.registration.device);
    this.#control.preservedEnded(phone.device, now);
    const { legs } = this.#control;
    const active = legs.activeOf(phone.device);
    const isStale = callReference !== 0 && legs.byNumber(callReference)?.device !== phone.device;
    if (active !== undefined && isStale) {
      station.ignore('unasked', now);
      return;
    }
    phone.hook = 'down';
    if (active === undefined) return; // what is held stays so, what rings rings on
    phone.hangUp(() => this.#control.hangUp(active, now));
  }

  press(station: Station, bound: BoundLink, press: KeyPress, now: Instant): void {
    const phone = this.#phoneOf(station, bound.registration.device);
    if (isTooMuch(phone, now)) return;
    const act = this.#keys[press.key];
    if (act === undefined) this.#notice(phone, 'keyNotActive', now);
    else act(phone, bound, press, now);
  }

  enbloc(station: Station, bound: BoundLink, text: string, line: number, now: Instant): void {
    const phone = this.#phoneOf(station, bound.registration.device);
    if (isTooMuch(phone, now)) return;
    const number = text.replace(UNDIALLABLE, '').slice(0, MOST_DIGITS);
    this.#start(phone, bound, 'enbloc', { line, number }, now);
  }

  digit(station: Station, bound: BoundLink, button: number, on: LegReference, now: Instant): void {
    const phone = this.#phoneOf(station, bound.registration.device);
    const digit = KEYPAD[button];
    if (digit === undefined || isTooMuch(phone, now)) return;
    const leg = legMeant(this.#control, phone.device, on, 'digits');
    if (leg !== undefined) {
      if (leg.state === 'connected' || leg.digits.length < MOST_DIGITS) this.#control.digit(leg, digit, now);
    } else if (phone.hook === 'down' || !phone.isFree || on.callReference !== 0) station.ignore('unasked', now);
    else {
      // The far end has gone and the handset is still up: the user dials anew.
      const begun = this.#start(phone, bound, 'offHook', { line: on.line }, now);
      if (begun !== undefined) this.#control.digit(begun, digit, now);
    }
  }

  /** As a second call beside the one that is held, and back. */
  hookFlash(station: Station, bound: BoundLink, on: LegReference, now: Instant): void {
    const phone = this.#phoneOf(station, bound.registration.device);
    if (isTooMuch(phone, now)) return;
    const active = this.#control.legs.activeOf(phone.device);
    const held = legMeant(this.#control, phone.device, NO_REFERENCE, 'resume');
    if (active?.state === 'connected') this.#start(phone, bound, 'hookFlash', { line: on.line }, now);
    else if (active !== undefined && held !== undefined) this.#resume(phone, held, now);
    else station.ignore('unasked', now);
  }

  // Streams

  receiveOpened(station: Station, bound: BoundLink, ack: Fields<'OpenReceiveChannelAckMessage'>, now: Instant): void {
    receiveOpened(this.#phoneOf(station, bound.registration.device), ack, now);
  }

  transmitStarted(
    station: Station,
    bound: BoundLink,
    ack: Fields<'StartMediaTransmissionAckMessage'>,
    now: Instant,
  ): void {
    transmitStarted(this.#phoneOf(station, bound.registration.device), ack, now);
  }

  transmitFailed(
    station: Station,
    bound: BoundLink,
    failure: Fields<'MediaTransmissionFailureMessage'>,
    now: Instant,
  ): void {
    transmitFailed(this.#phoneOf(station, bound.registration.device), failure, now);
  }

  pageHeard(
    station: Station,
    bound: BoundLink,
    { multicastReceptionStatus, callReference }: Fields<'MulticastMediaReceptionAckMessage'>,
    now: Instant,
  ): void {
    const { pages } = this.#phoneOf(station, bound.registration.device);
    if (multicastReceptionStatus !== 0 || !pages.has(callReference)) station.ignore('unasked', now);
  }

  counted(station: Station, bound: BoundLink, counts: Fields<'ConnectionStatisticsResMessage'>, now: Instant): void {
    counted(this.#phoneOf(station, bound.registration.device), counts, now);
  }

  // Links

  registered(station: Station, device: DeviceName, activeStreams: number, now: Instant): void {
    const phone = this.#phones.get(device);
    if (phone?.station === station) this.lost(device, now); // it registers anew on the same link
    if (activeStreams === 0) this.#control.preservedEnded(device, now);
    if (this.#control.legs.size === 0) return;
    const isStill = (): boolean => station.state.kind === 'bound' && station.state.registration.device === device;
    this.#later.add(after(now, TO_BUILD_SCREEN), (at) => {
      if (isStill()) this.#control.phoneRegistered(device, at);
    });
  }

  lost(device: DeviceName, now: Instant): void {
    this.#phones.delete(device);
    this.#control.linkLost(device, now);
  }

  isTalking(device: DeviceName): boolean {
    return this.#control.legs.activeOf(device) !== undefined;
  }

  idleMask(device: DeviceName): number {
    return idleMaskOf(this.#environment.lastNumbers.has(device), this.#control.features.canSet);
  }

  changed(station: Station, bound: BoundLink, now: Instant): void {
    const isFree = this.#control.legs.activeOf(bound.registration.device) === undefined;
    station.speak(() => {
      if (refreshFeatures(station, bound, now) && isFree) showIdlePrompt(station, now);
    }, now);
  }

  // What keys do

  readonly #keys: Readonly<
    Partial<Record<CallKey, (phone: CallPhone, bound: BoundLink, press: KeyPress, now: Instant) => void>>
  > = {
    newCall: (phone, bound, { line }, now) => void this.#start(phone, bound, 'newCall', { line }, now),
    redial: (phone, bound, { line }, now) => void this.#start(phone, bound, 'redial', { line }, now),
    speedDial: (phone, bound, { instance }, now) => void this.#start(phone, bound, 'speedDial', { instance }, now),
    busyLampField: (phone, bound, { instance }, now) =>
      void this.#start(phone, bound, 'busyLampField', { instance }, now),
    intercom: (phone, bound, { instance }, now) => void this.#start(phone, bound, 'intercom', { instance }, now),
    voicemail: (phone, bound, { instance }, now) =>
      void this.#start(phone, bound, 'voicemail', { line: instance, instance }, now),
    messages: (phone, bound, _press, now) => void this.#start(phone, bound, 'voicemail', {}, now),
    line: (phone, bound, press, now) => this.#pressLine(phone, bound, press, now),
    answer: (phone, _bound, press, now) => {
      const leg = legMeant(this.#control, phone.device, press, 'answer');
      if (leg?.state === 'ring-in') this.#answer(phone, leg, now);
      else phone.station.ignore('unasked', now);
    },
    endCall: (phone, _bound, press, now) => {
      const leg = legMeant(this.#control, phone.device, press, 'end');
      if (leg === undefined) phone.station.ignore('unasked', now);
      else this.#control.hangUp(leg, now);
    },
    backspace: (phone, _bound, press, now) => {
      const leg = legMeant(this.#control, phone.device, press, 'digits');
      if (leg === undefined) phone.station.ignore('unasked', now);
      else this.#control.backspace(leg, now);
    },
    hold: (phone, _bound, press, now) => {
      const leg =
        legMeant(this.#control, phone.device, press, 'hold') ?? legMeant(this.#control, phone.device, press, 'resume');
      if (leg?.isInPreservedCall === true) this.#notice(phone, 'keyNotActive', now);
      else if (leg?.state === 'connected') this.#control.hold(leg, now);
      else if (leg?.state === 'hold' && press.instance > 0)
        this.#resume(phone, leg, now); // the fixed key does both
      else phone.station.ignore('unasked', now);
    },
    park: (phone, _bound, press, now) => {
      const leg = legMeant(this.#control, phone.device, press, 'hold');
      const parked = leg === undefined ? undefined : this.#control.park(leg, now);
      if (parked === undefined) this.#notice(phone, 'keyNotActive', now);
      else if ('slot' in parked) this.#notice(phone, 'parkedAt', now, parked.slot);
      else this.#notice(phone, parked.refused === 'no-slot' ? 'noParkNumber' : 'keyNotActive', now);
    },
    immediateDivert: (phone, _bound, press, now) => {
      const leg = legMeant(this.#control, phone.device, press, 'divert');
      if (leg === undefined) this.#notice(phone, 'keyNotActive', now);
      else if (!this.#control.divert(leg, now)) this.#notice(phone, 'serviceNotActive', now);
    },
    pickUp: (phone, bound, { line }, now) => {
      const leg = this.#offHookFor(phone, bound, 'pickUp', line, now);
      if (leg !== undefined) this.#control.pickUpInGroup(leg, now);
    },
    groupPickUp: (phone, bound, { line }, now) => {
      const leg = this.#offHookFor(phone, bound, 'groupPickUp', line, now);
      if (leg !== undefined) this.#control.collectPickUp(leg);
    },
    conference: (phone, bound, press, now) => this.#confer(phone, bound, press, now),
    join: (phone, _bound, press, now) => {
      const active = this.#control.legs.activeOf(phone.device);
      const meant =
        legMeant(this.#control, phone.device, press, 'hold') ?? legMeant(this.#control, phone.device, press, 'resume');
      const leg = active?.state === 'connected' ? active : meant;
      const others = leg === undefined ? [] : phone.othersThan(leg);
      if (leg === undefined || others.length === 0) this.#notice(phone, 'cannotConfer', now);
      else {
        if (leg.state === 'hold') this.#resume(phone, leg, now); // its user goes on in it
        this.#makeConference(phone, others, leg, now);
      }
    },
    select: (phone, _bound, press, now) => {
      const leg =
        legMeant(this.#control, phone.device, press, 'hold') ?? legMeant(this.#control, phone.device, press, 'resume');
      const port = leg === undefined ? undefined : phone.legs.get(leg.ci);
      if (leg === undefined || port === undefined || !hasTalk(leg)) this.#notice(phone, 'keyNotActive', now);
      else port.select(!phone.selected.has(leg.ci), now);
    },
    conferenceList: (phone, _bound, press, now) =>
      this.#tell(phone, conferenceList(this.#control, legMeant(this.#control, phone.device, press, 'hold')), now),
    removeLastConferee: (phone, _bound, press, now) => {
      const leg = legMeant(this.#control, phone.device, press, 'hold');
      this.#tell(phone, removeLastConferee(this.#control, leg, now), now);
    },
    meetMe: (phone, bound, { line }, now) => {
      if (!this.#control.canMeet) {
        this.#notice(phone, 'noConferenceBridge', now);
        return;
      }
      const leg = this.#offHookFor(phone, bound, 'meetMe', line, now);
      if (leg !== undefined) this.#control.collectRoom(leg);
    },
    forwardAll: (phone, bound, press, now) => this.#forwardAll(phone, bound, press, now),
    doNotDisturb: (phone, { record }, _press, now) => {
      const { features } = this.#control;
      if (!features.canSet) this.#notice(phone, 'keyNotActive', now);
      else
        features.setDoNotDisturb(
          phone.device,
          record.configured.doNotDisturb === undefined ? 'ringer-off' : undefined,
          now,
        );
    },
    transfer: (phone, bound, press, now) => this.#transfer(phone, bound, press, now),
    directTransfer: (phone, _bound, press, now) => {
      const leg = legMeant(this.#control, phone.device, press, 'transfer');
      const others = leg === undefined ? [] : phone.othersThan(leg);
      const other = others.length === 1 ? others[0] : undefined;
      if (leg === undefined) this.#notice(phone, 'keyNotActive', now);
      else if (other === undefined || this.#control.transfer(other, leg, now) !== undefined)
        this.#notice(phone, 'cannotTransfer', now);
    },
    resume: (phone, bound, press, now) => {
      const leg = legMeant(this.#control, phone.device, press, 'resume');
      const remote = leg === undefined ? remoteMeant(this.#control, phone.device, press) : undefined;
      if (leg?.state === 'hold') this.#resume(phone, leg, now);
      else if (remote !== undefined) this.#takeHeld(phone, bound, remote, now);
      else phone.station.ignore('unasked', now);
    },
  };

  /** Answers, resumes or begins a call on that line (`docs/protocols/calls.md` §1.6). */
  #pressLine(phone: CallPhone, bound: BoundLink, press: KeyPress, now: Instant): void {
    const { device } = phone;
    const { line } = press;
    const legs = this.#control.legs.of(device).filter((leg) => leg.lineInstance === line && !leg.isPreserved);
    const rings = legs.find(({ state }) => state === 'ring-in');
    const active = this.#control.legs.activeOf(device);
    const named = legs.find(({ ci }) => ci === press.callReference);
    const held = named?.state === 'hold' ? named : legs.findLast(({ state }) => state === 'hold');
    const remote = remoteMeant(this.#control, device, { line, callReference: 0 });
    if (rings !== undefined) this.#answer(phone, rings, now);
    else if (active?.lineInstance === line && active.isListener) this.#control.speak(active, now);
    else if (active?.lineInstance === line && !hasFailed(active)) phone.station.ignore('unasked', now);
    else if (held !== undefined) this.#resume(phone, held, now);
    else if (remote?.lineInstance === line) this.#takeHeld(phone, bound, remote, now);
    else this.#start(phone, bound, 'line', { line }, now);
  }

  /** The first press begins a consultation, the second connects the others (`docs/protocols/calls.md` §2.10). */
  #transfer(phone: CallPhone, bound: BoundLink, press: KeyPress, now: Instant): void {
    const meant = legMeant(this.#control, phone.device, press, 'transfer');
    const consultation = meant?.consultation ?? meant;
    if (meant === undefined) this.#notice(phone, 'keyNotActive', now);
    else if (consultation?.primary !== undefined) {
      const isMade = this.#control.transfer(consultation.primary, consultation, now) === undefined;
      if (!isMade) this.#notice(phone, 'cannotTransfer', now);
    } else if (meant.state === 'connected' || meant.state === 'hold')
      this.#start(phone, bound, 'consultation', { line: meant.lineInstance, primary: meant }, now);
    else phone.station.ignore('unasked', now);
  }

  /** The first press begins a consultation, the second makes a conference of both calls. */
  #confer(phone: CallPhone, bound: BoundLink, press: KeyPress, now: Instant): void {
    const meant = legMeant(this.#control, phone.device, press, 'transfer');
    const consultation = meant?.consultation ?? meant;
    if (!this.#control.canConfer) this.#notice(phone, 'noConferenceBridge', now);
    else if (meant === undefined) this.#notice(phone, 'keyNotActive', now);
    else if (consultation?.primary !== undefined)
      this.#makeConference(phone, [consultation.primary], consultation, now);
    else if (meant.state === 'connected' || meant.state === 'hold') {
      const about = { line: meant.lineInstance, primary: meant };
      const leg = this.#start(phone, bound, 'consultation', about, now);
      if (leg !== undefined) this.#control.consultForConference(leg);
    } else phone.station.ignore('unasked', now);
  }

  #makeConference(phone: CallPhone, others: readonly Leg[], talk: Leg, now: Instant): void {
    const tell = (notice: KeyNotice, at: Instant): void => {
      if (this.#phones.get(phone.device) === phone) this.#tell(phone, notice, at);
    };
    confer(this.#control, others, talk, tell, now);
  }

  /** Ends that a line forwards all calls, or has its user dial where to; pressed again, what was dialled is it (§2.11). */
  #forwardAll(phone: CallPhone, bound: BoundLink, { line }: KeyPress, now: Instant): void {
    const { device } = phone;
    const { features, legs } = this.#control;
    const active = legs.activeOf(device);
    const port = active === undefined ? undefined : phone.legs.get(active.ci);
    if (active?.setsForward === true) {
      this.#control.forwardDialled(active, now);
      return;
    }
    const dn = active?.state === 'off-hook' ? active.dn : this.#appearance(phone, bound.record, line)?.dn;
    if (!features.canSet || dn === undefined) this.#notice(phone, 'keyNotActive', now);
    else if (features.forwardOf(dn).all !== undefined) {
      const refusal = features.setForward(device, dn, 'all', undefined, now);
      if (refusal !== undefined) this.#notice(phone, 'keyNotActive', now);
      if (active?.state === 'off-hook') this.#control.hangUp(active, now);
    } else if (active?.state === 'off-hook') {
      this.#control.collectForward(active);
      port?.forwardWanted(now);
    } else this.#start(phone, bound, 'forwardAll', { line }, now);
  }

  /** The leg that is off hook without a digit, or a new one. */
  #offHookFor(phone: CallPhone, bound: BoundLink, name: StartName, line: number, now: Instant): Leg | undefined {
    const active = this.#control.legs.activeOf(phone.device);
    return active?.state === 'off-hook' ? active : this.#start(phone, bound, name, { line }, now);
  }

  #answer(phone: CallPhone, leg: Leg, now: Instant): void {
    phone.takeOver(() => {
      const active = this.#control.legs.activeOf(phone.device);
      if (active !== undefined && active.state !== 'connected') this.#control.hangUp(active, now);
      this.#control.speak(leg, now); // by hand
      this.#control.answer(leg, now);
    });
  }

  #resume(phone: CallPhone, leg: Leg, now: Instant): void {
    phone.takeOver(() => {
      const active = this.#control.legs.activeOf(phone.device);
      if (active !== undefined && active.state !== 'connected') this.#control.hangUp(active, now);
      this.#control.resume(leg, now);
    });
  }

  /** Begins a call, or dials on the one that waits for its first digit. Returns a leg that was begun. */
  #start(phone: CallPhone, bound: BoundLink, name: StartName, about: StartFacts, now: Instant): Leg | undefined {
    const { record } = bound;
    const { isHandsFree, numberOf, without } = CALL_STARTS[name];
    const { instance = 0, line = 0 } = about;
    const { voicemail, intercom } = this.#control.settings;
    const source = { device: record.configured, lastNumber: phone.lastNumber, voicemail, instance, intercom };
    const number = about.number ?? numberOf?.(source);
    if (without !== undefined && (number === undefined || number === '')) {
      this.#notice(phone, without, now);
      return undefined;
    }
    const active = this.#control.legs.activeOf(phone.device);
    if (active?.state === 'off-hook' && number !== undefined) {
      this.#control.dial(active, number, now);
      return undefined;
    }
    if (name === 'newCall' && active !== undefined && active.state !== 'connected' && !hasFailed(active)) {
      phone.station.ignore('unasked', now); // it is dialling
      return undefined;
    }
    const appearance = this.#appearance(phone, record, line);
    if (appearance === undefined) {
      this.#notice(phone, 'keyNotActive', now);
      return undefined;
    }
    const beginning = {
      isHandsFree: isHandsFree && !phone.isHandsetUp,
      isNumberKnown: number !== undefined || name === 'pickUp',
    };
    const { primary } = about;
    const portFor = (made: Leg): LegPort => {
      if (name === 'forwardAll') this.#control.collectForward(made);
      return new SccpLeg(phone, made, beginning);
    };
    const begin = (): Origination =>
      primary === undefined
        ? this.#control.originate(appearance, portFor, now)
        : this.#control.consult(primary, appearance, portFor, now);
    const onDenied = (denial: CallDenial): void => {
      if (primary === undefined) this.#deny(phone, denial, now);
      else this.#notice(phone, 'cannotTransfer', now);
    };
    const leg = this.#begin(phone, active, begin, onDenied, now);
    if (leg !== undefined && number !== undefined) this.#control.dial(leg, number, now);
    return leg;
  }

  /** Makes a new leg, before which the one that dials or has failed ends. */
  #begin(
    phone: CallPhone,
    active: Leg | undefined,
    begin: () => Origination | undefined,
    onDenied: (denial: CallDenial) => void,
    now: Instant,
  ): Leg | undefined {
    let leg: Leg | undefined;
    phone.takeOver(() => {
      if (active !== undefined && active.state !== 'connected') this.#control.hangUp(active, now);
      const result = begin();
      if (result === undefined) return;
      if ('leg' in result) ({ leg } = result);
      else onDenied(result.denied);
    });
    if (leg === undefined && active !== undefined) phone.station.speak(() => phone.freed(true, now), now);
    return leg;
  }

  /** Resumes what another phone of the line holds. */
  #takeHeld(phone: CallPhone, { record }: BoundLink, remote: RemoteCall, now: Instant): void {
    const appearance = this.#calling.appearanceOf(record, remote.dn);
    if (appearance === undefined) return;
    const beginning = { isHandsFree: !phone.isHandsetUp, isNumberKnown: true };
    const portFor = (made: Leg): LegPort => new SccpLeg(phone, made, beginning);
    const active = this.#control.legs.activeOf(phone.device);
    const begin = (): Origination | undefined => this.#control.takeHeld(remote, appearance, portFor, now);
    this.#begin(phone, active, begin, (denial) => this.#deny(phone, denial, now), now);
  }

  /** The line that the phone names; else its first on which nothing rings. */
  #appearance(phone: CallPhone, record: DeviceRecord, line: number): Appearance | undefined {
    const { lines } = record.configured;
    const ringing = this.#control.legs.of(phone.device).filter(({ state }) => state === 'ring-in');
    const free = lines.findIndex((_line, index) => ringing.every(({ lineInstance }) => lineInstance !== index + 1));
    const dn = (lines[line - 1] ?? lines[Math.max(free, 0)])?.dn;
    return dn === undefined ? undefined : this.#calling.appearanceOf(record, dn);
  }

  /** The caller has gone before its answer came: the handset is up, and nothing rings. */
  #answeredLate(phone: CallPhone, bound: BoundLink, line: number, now: Instant): void {
    if (phone.isLiftedLate) return;
    phone.isLiftedLate = true;
    this.#later.add(after(now, LATE_LIFT), (at) => {
      phone.isLiftedLate = false;
      const isStill = this.#phones.get(phone.device) === phone && phone.hook === 'handset' && phone.isFree;
      const rings = legMeant(this.#control, phone.device, NO_REFERENCE, 'answer') !== undefined;
      if (isStill && !rings) this.#start(phone, bound, 'offHook', { line }, at);
    });
  }

  /** Too many calls: nothing begins (`docs/protocols/calls.md` §1.3). */
  #deny(phone: CallPhone, denial: CallDenial, now: Instant): void {
    const shown = DENIED[denial];
    if (shown === undefined) return;
    this.#notice(phone, shown.prompt, now);
    const { station } = phone;
    const of = { lineInstance: 0, callReference: 0 };
    const tone = { tone: shown.tone, toneOutputDirection: TONE_DIRECTIONS.User, ...of };
    station.speak(() => station.send('StartToneMessage', tone, now), now);
    if (shown.tone !== CALL_TONE.reorder) return; // it ends by itself
    this.#later.add(after(now, seconds(NOTICE_SECONDS)), (at) => {
      if (this.#phones.get(phone.device) !== phone || !phone.isFree) return;
      station.speak(() => station.send('StopToneMessage', { ...of, tone: 0 }, at), at);
    });
  }

  #tell(phone: CallPhone, notice: KeyNotice | undefined, now: Instant): void {
    if (notice !== undefined) this.#notice(phone, notice.prompt, now, notice.detail);
  }

  /** A prompt for a moment, of no call. */
  #notice(phone: CallPhone, name: PromptName, now: Instant, detail = ''): void {
    const { text, content } = promptOf(name, detail);
    phone.station.speak(() => phone.station.prompt(text, content, undefined, now, NOTICE_SECONDS), now);
  }

  #phoneOf(station: Station, device: DeviceName): CallPhone {
    const known = this.#phones.get(device);
    if (known?.station === station) return known;
    const phone = new CallPhone(this.#environment, station, device);
    this.#phones.set(device, phone);
    return phone;
  }
}

/** What is known of a call that begins. */
interface StartFacts {
  readonly line?: number;
  readonly instance?: number;
  readonly number?: string;
  /** Of a consultation: the call that it is about. */
  readonly primary?: Leg;
}

/** Whether a phone does more than a user can: it is not listened to. */
const isTooMuch = ({ keysPressed }: CallPhone, now: Instant): boolean =>
  keysPressed.add(1, KEYS_WITHIN, now) > MOST_KEYS;

/** The user hears why the call failed: another may begin. */
const hasFailed = ({ state }: Leg): boolean => state === 'busy' || state === 'reorder';
