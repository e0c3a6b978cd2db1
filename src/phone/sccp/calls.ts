import { seconds } from '../../core/time.js';
import type { Fields, FromPhoneName } from '../../sccp/messages/catalogue.js';
import {
  CALL_STATES,
  CALL_TYPES,
  KEYPAD_BUTTONS,
  RING_MODES,
  SOFT_KEY_EVENTS,
} from '../../sccp/tables/enumerations.js';
import { shown } from '../../sccp/tables/labels.js';
import { STIMULI } from '../../sccp/tables/stimuli.js';
import { TONES } from '../../sccp/tables/tones.js';
import { type CallBook, type CallDriver, CallFault, type DialWay } from '../calls/call-book.js';
import type { PhoneDisplay } from '../calls/display.js';
import { type MediaTotals, since } from '../calls/media-counts.js';
import type { PhoneCall } from '../calls/phone-call.js';
import type { BootTimer, Timers } from '../timers.js';
import { CallScreen, NO_CALL } from './call-screen.js';
import { CallStreams } from './call-streams.js';

/** Sends one message over the link. */
export type SendMessage = <N extends FromPhoneName>(name: N, fields: Fields<N>) => void;

/** What `SccpCalls` needs. */
export interface SccpCallsOptions {
  readonly book: CallBook;
  readonly timers: Timers;
  readonly send: SendMessage;
  /** The phone's address. */
  readonly address: string;
  /** It answers StartMediaTransmission, as newer loads do. */
  readonly confirmsTransmission: boolean;
}

interface Leg {
  readonly reference: number;
  readonly line: number;
  /** `undefined`: it has begun to ring, and the server has not said yet who calls. */
  call: PhoneCall | undefined;
  state: number;
  /** It has failed with this cause, or without one that is known; the prompt that says why follows. */
  failing: { readonly cause: number | undefined; readonly text: string } | undefined;
  /** What was counted when the server last asked and cleared. */
  counted: MediaTotals | undefined;
  /** The phone's user ends it. */
  isEnding: boolean;
}

/** A number that waits for its dial tone. */
interface Dialling {
  readonly call: PhoneCall;
  readonly number: string;
  readonly way: DialWay;
}

const {
  OffHook,
  OnHook,
  RingOut,
  RingIn,
  Connected,
  Busy,
  Congestion,
  Hold,
  Proceed,
  InvalidNumber,
  CallRemoteMultiline,
} = CALL_STATES;

const DIAL_TONES: ReadonlySet<number> = new Set([
  TONES.InsideDialTone,
  TONES.OutsideDialTone,
  TONES.MessageWaitingIndicatorTone,
]);
/** The states and tones of a call that failed, with the cause that they stand for (§2.9). */
const FAILED_STATES: ReadonlyMap<number, number | undefined> = new Map([
  [Busy, 17],
  [Congestion, undefined],
  [InvalidNumber, 1],
]);
const FAILED_TONES: ReadonlyMap<number, number | undefined> = new Map([
  [TONES.LineBusyTone, 17],
  [TONES.ReorderTone, undefined],
  [TONES.NoSuchNumberTone, 1],
]);

const DIAL_TONE_WITHIN = seconds(5);
const NO_SOFT_KEY = 'no such key';

/**
 * The calls of an SCCP phone as its user makes them and as the server shows them (`docs/protocols/calls.md` §2): handset,
 * keypad and soft keys go out, call states, streams and the screen come in.
 */
export class SccpCalls implements CallDriver {
  readonly #options: SccpCallsOptions;
  readonly #screen = new CallScreen();
  readonly #streams: CallStreams;
  readonly #legs = new Map<number, Leg>();
  readonly #dialTimer: BootTimer;
  #dialling: Dialling | undefined;
  #hasHandset = false;

  constructor(options: SccpCallsOptions) {
    const { book, send, address, confirmsTransmission, timers } = options;
    this.#options = options;
    this.#streams = new CallStreams({
      ...{ voice: book.voice, sound: book.habits.sound, address },
      acknowledge: (fields) => send('OpenReceiveChannelAckMessage', fields),
      callOf: (reference) => this.#legs.get(reference)?.call,
      ...(confirmsTransmission ? { confirm: (fields) => send('StartMediaTransmissionAckMessage', fields) } : {}),
    });
    this.#dialTimer = timers.create(() => this.#noDialTone());
  }

  get display(): PhoneDisplay {
    return this.#screen.display(this.#active()?.reference ?? NO_CALL, this.#streams.open);
  }

  get screen(): CallScreen {
    return this.#screen;
  }

  get streams(): CallStreams {
    return this.#streams;
  }

  /** The link is gone: a connected call talks on, the others are over (§8.2). */
  end(): void {
    this.#dialTimer.cancel();
    this.#dialling?.call.ended('link');
    this.#dialling = undefined;
    for (const { call } of [...this.#legs.values()]) if (call?.state !== 'connected') call?.ended('link');
  }

  // ── what the user does ─────────────────────────────────────────────────────────────────────────────────────────

  dial(call: PhoneCall, number: string, way: DialWay): void {
    if (this.#dialling !== undefined) {
      call.ended('phone');
      throw new CallFault('another number is being dialled');
    }
    this.#dialling = { call, number, way };
    this.#dialTimer.startIn(DIAL_TONE_WITHIN);
    const { send } = this.#options;
    if (way === 'enbloc') send('EnblocCallMessage', { calledParty: number, lineInstance: 0 });
    else if (way === 'newCall') this.#press('NewCall', undefined);
    else this.#liftHandset(0, 0);
    if (way === 'enbloc') call.dialled();
  }

  answer(call: PhoneCall): void {
    const leg = this.#legOf(call);
    if (leg === undefined) throw new CallFault('the call does not ring any more');
    if (this.#hasKey('Answer', leg)) this.#press('Answer', leg);
    else this.#liftHandset(leg.line, leg.reference);
  }

  refuse(call: PhoneCall): void {
    const leg = this.#legOf(call);
    if (leg === undefined) return;
    if (!this.#hasKey('EndCall', leg)) throw new CallFault(this.#noKey('EndCall'));
    leg.isEnding = true;
    this.#press('EndCall', leg);
  }

  hangUp(call: PhoneCall): void {
    const leg = this.#legOf(call);
    if (leg === undefined) {
      // Its link was lost, or it never got a leg.
      if (this.#dialling?.call === call) this.#forgetDialling();
      this.#putHandsetBack(0, 0);
      call.ended('phone');
      return;
    }
    leg.isEnding = true;
    if (leg.state !== Hold && (this.#hasHandset || !this.#hasKey('EndCall', leg)))
      this.#putHandsetBack(leg.line, leg.reference);
    else this.#press('EndCall', leg);
  }

  hold(call: PhoneCall): void {
    this.#pressOrStimulate('Hold', STIMULI.Hold, this.#legOf(call));
  }

  resume(call: PhoneCall): void {
    this.#pressOrStimulate('Resume', STIMULI.Hold, this.#legOf(call));
  }

  press(key: string): void {
    const name = Object.keys(SOFT_KEY_EVENTS).find((one) => one.toLowerCase() === key.toLowerCase());
    if (name === undefined) throw new CallFault(`${NO_SOFT_KEY}: ${key}`);
    const leg = this.#active();
    if (name === 'EndCall' && leg !== undefined) leg.isEnding = true;
    this.#press(name as keyof typeof SOFT_KEY_EVENTS, leg);
  }

  digits(text: string): void {
    const leg = this.#active();
    for (const digit of text) {
      const kpButton = KEYPAD_BUTTONS[digit as keyof typeof KEYPAD_BUTTONS];
      if (typeof kpButton !== 'number') throw new CallFault(`no such digit: ${digit}`);
      this.#options.send('KeypadButtonMessage', {
        ...{ kpButton, lineInstance: leg?.line ?? 0, callReference: leg?.reference ?? 0 },
      });
    }
  }

  // ── what the server says; only `CALL_HANDLERS` and the dialogue call what follows ──────────────────────────────

  onCallState({ callState, lineInstance, callReference }: Fields<'CallStateMessage'>): void {
    const leg = this.#legs.get(callReference) ?? this.#newLeg(callState, lineInstance, callReference);
    if (leg === undefined) return;
    leg.state = callState;
    this.#screen.state(lineInstance, callReference, callState);
    const { call } = leg;
    if (callState === OnHook) this.#over(leg);
    else if (callState === Proceed) call?.proceeding();
    else if (callState === RingOut) call?.farRings();
    else if (callState === Connected) call?.connected();
    else if (callState === Hold) call?.held();
    else if (FAILED_STATES.has(callState)) this.#fails(leg, FAILED_STATES.get(callState), callState);
  }

  onCallInfo(reference: number, callType: number, parties: { calling: Named; called: Named }): void {
    const leg = this.#legs.get(reference);
    if (leg === undefined) return;
    const { number, name } = callType === CALL_TYPES.Inbound ? parties.calling : parties.called;
    if (leg.call === undefined) this.#rings(leg, shown(number), shown(name));
    else leg.call.named(shown(number), shown(name));
  }

  onDialedNumber({ dialedNumber, callReference }: Fields<'DialedNumberMessage'>): void {
    this.#legs.get(callReference)?.call?.named(shown(dialedNumber), '');
  }

  onRinger(fields: Fields<'SetRingerMessage'>): void {
    this.#screen.ringer(fields);
    const leg = this.#legs.get(fields.callReference ?? NO_CALL);
    if (leg?.call === undefined && leg?.state === RingIn && fields.ringMode !== RING_MODES.Off)
      this.#rings(leg, '', '');
  }

  onStartTone(fields: Fields<'StartToneMessage'>): void {
    this.#screen.startTone(fields);
    const { tone, callReference = NO_CALL } = fields;
    const leg = this.#legs.get(callReference);
    const dialling = this.#dialling;
    if (leg !== undefined && dialling?.call === leg.call && dialling !== undefined && DIAL_TONES.has(tone)) {
      this.#forgetDialling();
      if (dialling.way !== 'enbloc') {
        this.digits(dialling.number);
        dialling.call.dialled();
      }
    } else if (tone === TONES.HoldTone) leg?.call?.farHolds(true);
    else if (leg?.call?.state === 'dialling' && FAILED_TONES.has(tone))
      this.#fails(leg, FAILED_TONES.get(tone), Congestion);
    else if (tone === TONES.BeepBonk && callReference === NO_CALL && dialling !== undefined) {
      this.#forgetDialling();
      dialling.call.failed(this.#screen.promptOf(NO_CALL));
      dialling.call.ended('far');
    }
  }

  onStopTone(fields: Fields<'StopToneMessage'>): void {
    this.#screen.stopTone(fields);
    this.#legs.get(fields.callReference ?? NO_CALL)?.call?.farHolds(false);
  }

  onStatisticsRequest(fields: Fields<'ConnectionStatisticsReqMessage'>): void {
    const { directoryNum, callReference, statsProcessingMode } = fields;
    const leg = this.#legs.get(callReference);
    if (leg?.call === undefined) return;
    const now = leg.call.counts.totals();
    const { sent, sentOctets, received, receivedOctets, lost, jitter } = since(leg.counted, now);
    if (statsProcessingMode === 0) leg.counted = now;
    this.#options.send('ConnectionStatisticsResMessage', {
      ...{ directoryNum, callReference, statsProcessingMode },
      ...{ numberPacketsSent: sent, numberOctetsSent: sentOctets },
      ...{ numberPacketsReceived: received, numberOctetsReceived: receivedOctets },
      ...{ numberPacketsLost: lost, jitter, latency: 0, data: '' },
    });
  }

  /** Everything that came together has been read: a call that failed has its prompt now. */
  settle(): void {
    for (const leg of this.#legs.values()) {
      if (leg.failing === undefined) continue;
      const { cause, text } = leg.failing;
      leg.failing = undefined;
      leg.call?.failed(this.#screen.promptOf(leg.reference) || text, cause);
    }
  }

  #newLeg(state: number, line: number, reference: number): Leg | undefined {
    if (state === OnHook || state === CallRemoteMultiline || reference === NO_CALL) {
      this.#screen.forget(reference);
      return undefined;
    }
    const { book } = this.#options;
    const isMine =
      this.#dialling !== undefined && this.#dialling.call.state === 'dialling' && !this.#hasLegOf(this.#dialling.call);
    const call = state === RingIn ? undefined : isMine ? this.#dialling?.call : book.begin('out', '');
    const leg: Leg = {
      ...{ reference, line, call, state, failing: undefined, counted: undefined, isEnding: false },
    };
    this.#legs.set(reference, leg);
    if (call !== undefined) this.#bind(leg, call);
    if (isMine && this.#dialling?.way === 'enbloc') this.#forgetDialling();
    return leg;
  }

  #bind(leg: Leg, call: PhoneCall): void {
    leg.call = call;
    call.onEnded = () => this.#streams.closeAll(leg.reference);
  }

  #rings(leg: Leg, number: string, name: string): void {
    const { book } = this.#options;
    const call = book.rings(number, name);
    this.#bind(leg, call);
  }

  #fails(leg: Leg, cause: number | undefined, state: number): void {
    leg.failing ??= { cause, text: CALL_STATES.nameOf(state) ?? '' };
    if (this.#dialling?.call === leg.call) this.#forgetDialling();
  }

  #over(leg: Leg): void {
    this.settle();
    if (this.#dialling?.call === leg.call) this.#forgetDialling();
    leg.call?.ended(leg.isEnding ? 'phone' : 'far');
    this.#streams.closeAll(leg.reference);
    this.#legs.delete(leg.reference);
    this.#screen.forget(leg.reference);
    // The user puts the handset back once nothing is to be heard in it.
    if (this.#legs.size === 0 && this.#hasHandset) this.#putHandsetBack(0, 0);
  }

  #noDialTone(): void {
    const dialling = this.#dialling;
    this.#dialling = undefined;
    dialling?.call.failed('no dial tone');
  }

  #forgetDialling(): void {
    this.#dialling = undefined;
    this.#dialTimer.cancel();
  }

  #legOf(call: PhoneCall): Leg | undefined {
    return [...this.#legs.values()].find((leg) => leg.call === call);
  }

  #hasLegOf(call: PhoneCall): boolean {
    return this.#legOf(call) !== undefined;
  }

  /** What the keys are about: the call that is heard, else the one that rings, else a held one. */
  #active(): Leg | undefined {
    const legs = [...this.#legs.values()];
    return (
      legs.findLast(({ state }) => state !== Hold && state !== RingIn && state !== OffHook) ??
      legs.findLast(({ state }) => state === OffHook) ??
      legs.findLast(({ state }) => state === RingIn) ??
      legs.at(-1)
    );
  }

  #liftHandset(lineInstance: number, callReference: number): void {
    this.#hasHandset = true;
    this.#screen.hook(true);
    this.#options.send('OffHookMessage', { lineInstance, callReference });
  }

  #putHandsetBack(lineInstance: number, callReference: number): void {
    this.#hasHandset = false;
    this.#screen.hook(false);
    this.#options.send('OnHookMessage', { lineInstance, callReference });
  }

  #hasKey(name: keyof typeof SOFT_KEY_EVENTS, leg: Leg | undefined): boolean {
    const event = SOFT_KEY_EVENTS[name];
    return this.#screen.keysOf(leg?.reference ?? NO_CALL).some((key) => key.event === event);
  }

  #noKey(name: string): string {
    return `the phone shows no key ${name}; it shows ${this.display.keys.join(', ') || 'none'}`;
  }

  #press(name: keyof typeof SOFT_KEY_EVENTS, leg: Leg | undefined): void {
    if (!this.#hasKey(name, leg)) throw new CallFault(this.#noKey(name));
    const fields = { lineInstance: leg?.line ?? 0, callReference: leg?.reference ?? 0 };
    this.#options.send('SoftKeyEventMessage', { softKeyEvent: SOFT_KEY_EVENTS[name] as number, ...fields });
  }

  #pressOrStimulate(name: 'Hold' | 'Resume', stimulus: number, leg: Leg | undefined): void {
    if (leg === undefined) throw new CallFault('the call is over');
    if (this.#hasKey(name, leg)) this.#press(name, leg);
    else this.#options.send('StimulusMessage', { stimulus, stimulusInstance: leg.line, callReference: leg.reference });
  }
}

/** A party of a call, as the server names it. */
export interface Named {
  readonly number: string;
  readonly name: string;
}
