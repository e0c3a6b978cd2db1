import { seconds } from '../../core/time.js';
import type { Fields } from '../../sccp/messages/catalogue.js';
import { CALL_STATES, CALL_TYPES, RING_MODES, SOFT_KEY_EVENTS } from '../../sccp/tables/enumerations.js';
import { shown } from '../../sccp/tables/labels.js';
import { STIMULI } from '../../sccp/tables/stimuli.js';
import { TONES } from '../../sccp/tables/tones.js';
import {
  type CallBook,
  type CallDriver,
  CallFault,
  type ConsultationPurpose,
  type NumberWay,
} from '../calls/call-book.js';
import type { PhoneDisplay } from '../calls/display.js';
import { since } from '../calls/media-counts.js';
import type { PhoneCall } from '../calls/phone-call.js';
import type { BootTimer, Timers } from '../timers.js';
import { PhoneCallKeys, type SendMessage, type SoftKeyEventName } from './call-keys.js';
import { CallLegs, type PhoneLeg } from './call-legs.js';
import { CallScreen, NO_CALL } from './call-screen.js';
import { CallStreams } from './call-streams.js';
import { RemoteLegs } from './remote-calls.js';

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

/** A number that waits for its dial tone. */
interface Dialling {
  readonly call: PhoneCall;
  readonly number: string;
  readonly way: NumberWay;
  /** What is pressed in front of the number. */
  readonly key?: 'PickUp' | 'GPickUp';
}

const { OnHook, RingOut, RingIn, Connected, Busy, Congestion, Hold, Proceed, InvalidNumber, Whisper } = CALL_STATES;

/** The soft key by which a number is begun. */
const KEY_OF_WAY: Readonly<Partial<Record<NumberWay, SoftKeyEventName>>> = {
  newCall: 'NewCall',
  forwardAll: 'CFwdAll',
};

const DIAL_TONES: ReadonlySet<number> = new Set([
  TONES.ZipZip,
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

/** Label and prompt of do not disturb. */
const QUIET = 'DND';

/** Multicast reception, as it is acknowledged (`docs/protocols/sccp.md` §9). */
const RECEPTION_OK = 0;
const RECEPTION_ERROR = 1;

const DIAL_TONE_WITHIN = seconds(5);
/** The prompt that says where a call was parked: a text of the phone's dictionary, and the number. */
const PARKED_AT = /^\u0080\u0021 ?(.+)$/;

/**
 * The calls of an SCCP phone as its user makes them and as the server shows them (`docs/protocols/calls.md` §2): handset,
 * keypad and soft keys go out, call states, streams and the screen come in.
 */
export class SccpCalls implements CallDriver {
  readonly #options: SccpCallsOptions;
  readonly #screen = new CallScreen();
  readonly #keys: PhoneCallKeys;
  readonly #streams: CallStreams;
  readonly #legs = new CallLegs();
  readonly #remotes = new RemoteLegs();
  readonly #dialTimer: BootTimer;
  #dialling: Dialling | undefined;
  /** The consultation that is transferred as soon as it rings, and what it is about. */
  #blind: { readonly primary: PhoneCall; readonly consultation: PhoneCall } | undefined;
  /** The call whose number of the park the phone waits for. */
  #parking: PhoneCall | undefined;

  constructor(options: SccpCallsOptions) {
    const { book, send, address, confirmsTransmission, timers } = options;
    this.#options = options;
    this.#keys = new PhoneCallKeys(this.#screen, send);
    this.#streams = new CallStreams({
      ...{ voice: book.voice, sound: book.habits.sound, address },
      acknowledge: (fields) => send('OpenReceiveChannelAckMessage', fields),
      callOf: (reference) => this.#legs.get(reference)?.call,
      ...(confirmsTransmission ? { confirm: (fields) => send('StartMediaTransmissionAckMessage', fields) } : {}),
    });
    this.#dialTimer = timers.create(() => this.#noDialTone());
  }

  get display(): PhoneDisplay {
    const display = this.#screen.display(this.#legs.active()?.reference ?? NO_CALL, this.#streams.open);
    const page = this.#options.book.pages.group;
    return page === '' ? display : { ...display, page };
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
    // Nobody will say that its page is over.
    this.#options.book.pages.end();
    this.#dialling?.call.ended('link');
    this.#dialling = undefined;
    for (const { call } of this.#legs.all()) if (call?.state !== 'connected') call?.ended('link');
  }

  // ── what the user does ─────────────────────────────────────────────────────────────────────────────────────────

  dial(call: PhoneCall, number: string, way: NumberWay): void {
    if (this.#dialling !== undefined) throw new CallFault('another number is being dialled');
    if (way === 'forwardAll' && this.isForwarding) throw new CallFault('its calls are forwarded already');
    const key = KEY_OF_WAY[way];
    if (key !== undefined) this.#keys.require(key, undefined);
    this.#dialling = { call, number, way };
    this.#dialTimer.startIn(DIAL_TONE_WITHIN);
    const { send } = this.#options;
    if (way === 'enbloc') send('EnblocCallMessage', { calledParty: number, lineInstance: 0 });
    else if (key !== undefined) this.#keys.press(key, undefined);
    else this.#keys.lift(undefined);
    if (way === 'enbloc') call.dialled();
  }

  answer(call: PhoneCall): void {
    const leg = this.#legs.of(call);
    if (leg === undefined) throw new CallFault('the call does not ring any more');
    if (this.#keys.has('Answer', leg)) this.#keys.press('Answer', leg);
    else this.#keys.lift(leg);
  }

  refuse(call: PhoneCall): void {
    const leg = this.#legs.of(call);
    if (leg === undefined) return;
    this.#keys.press('EndCall', leg);
    leg.isEnding = true;
  }

  hangUp(call: PhoneCall): void {
    const leg = this.#legs.of(call);
    if (leg === undefined) {
      // Its link was lost, or it never got a leg.
      if (this.#dialling?.call === call) this.#forgetDialling();
      this.#keys.putBack(undefined);
      call.ended('phone');
      return;
    }
    leg.isEnding = true;
    if (leg.state !== Hold && (this.#keys.hasHandset || !this.#keys.has('EndCall', leg))) this.#keys.putBack(leg);
    else this.#keys.press('EndCall', leg);
  }

  hold(call: PhoneCall): void {
    this.#keys.hold('Hold', this.#legs.of(call));
  }

  resume(call: PhoneCall): void {
    this.#keys.hold('Resume', this.#legs.of(call));
  }

  consult(primary: PhoneCall, call: PhoneCall, number: string, purpose: ConsultationPurpose = 'transfer'): void {
    if (this.#dialling !== undefined) throw new CallFault('another number is being dialled');
    const leg = this.#legs.of(primary);
    const key = purpose === 'conference' ? 'Confrn' : 'Trnsfer';
    this.#keys.require(key, leg);
    this.#dialling = { call, number, way: 'newCall' };
    this.#dialTimer.startIn(DIAL_TONE_WITHIN);
    this.#keys.press(key, leg);
  }

  confer(primary: PhoneCall, consultation: PhoneCall): void {
    this.#keys.press('Confrn', this.#legs.of(consultation));
    const held = this.#legs.of(primary);
    if (held !== undefined) held.isEnding = true;
  }

  transfer(primary: PhoneCall, consultation: PhoneCall): void {
    const leg = this.#legs.of(consultation);
    this.#keys.press('Trnsfer', leg);
    for (const one of [leg, this.#legs.of(primary)]) if (one !== undefined) one.isEnding = true;
  }

  transferBlind(primary: PhoneCall, number: string, begin: () => PhoneCall): void {
    this.#keys.require('Trnsfer', this.#legs.of(primary));
    const consultation = begin();
    this.consult(primary, consultation, number);
    this.#blind = { primary, consultation };
  }

  park(call: PhoneCall): void {
    const leg = this.#legs.of(call);
    this.#keys.press('Park', leg);
    this.#parking = call;
    if (leg !== undefined) leg.isEnding = true;
  }

  pickUp(call: PhoneCall, group: string | undefined): void {
    if (this.#dialling !== undefined) throw new CallFault('another number is being dialled');
    this.#dialling = { call, number: group ?? '', way: 'handset', key: group === undefined ? 'PickUp' : 'GPickUp' };
    this.#dialTimer.startIn(DIAL_TONE_WITHIN);
    this.#keys.lift(undefined);
  }

  get isForwarding(): boolean {
    return this.#screen.isLit(STIMULI.ForwardAll, 1);
  }

  /** The same key sets and ends it. */
  endForwarding(): undefined {
    if (this.isForwarding) this.#keys.press('CFwdAll', undefined);
  }

  doNotDisturb(isOn: boolean): void {
    // The key changes what is; an idle phone shows that.
    if ((this.#screen.promptOf(NO_CALL) === QUIET) !== isOn) this.#keys.pressLabel(QUIET, undefined);
  }

  takeHeld(): void {
    const held = this.#remotes.held;
    if (held === undefined) throw new CallFault('no other phone of a line holds a call');
    this.#keys.press('Resume', held);
  }

  press(key: string): void {
    if (key === QUIET) {
      this.#keys.pressLabel(QUIET, this.#legs.active()); // its event is the server's own
      return;
    }
    const name = Object.keys(SOFT_KEY_EVENTS).find((one) => one.toLowerCase() === key.toLowerCase());
    if (name === undefined) throw new CallFault(`no phone has a key ${key}`);
    const leg = this.#legs.active();
    if (name === 'EndCall' && leg !== undefined) leg.isEnding = true;
    this.#keys.press(name as SoftKeyEventName, leg);
  }

  digits(text: string): void {
    this.#keys.digits(text, this.#legs.active());
  }

  // ── what the server says; only `CALL_HANDLERS` and the dialogue call what follows ──────────────────────────────

  onCallState({ callState, lineInstance, callReference }: Fields<'CallStateMessage'>): void {
    const own = this.#legs.get(callReference);
    if (this.#remotes.state(callReference, lineInstance, callState, own !== undefined)) {
      this.#remote(own, lineInstance, callReference, callState);
      return;
    }
    const leg = own ?? this.#newLeg(callState, lineInstance, callReference);
    if (leg === undefined) return;
    leg.state = callState;
    this.#screen.state(lineInstance, callReference, callState);
    const { call } = leg;
    if (callState === OnHook) this.#over(leg);
    else if (callState === Proceed) call?.proceeding();
    else if (callState === RingOut) call?.farRings();
    else if (callState === Connected || callState === Whisper) call?.connected();
    else if (callState === Hold) call?.held();
    else if (FAILED_STATES.has(callState)) this.#fails(leg, FAILED_STATES.get(callState), callState);
  }

  onCallInfo(reference: number, callType: number, parties: { calling: Named; called: Named }): void {
    const leg = this.#legs.get(reference);
    if (leg === undefined) return;
    const { number, name } = callType === CALL_TYPES.Outbound ? parties.called : parties.calling;
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
        const { key, number } = dialling;
        if (key !== undefined) leg.pressing = { key, number };
        else this.digits(number);
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

  onPage({ multicastIpAddr, multicastPortNumber, ...stream }: Fields<'StartMulticastMediaReceptionMessage'>): void {
    const { passThroughPartyId, callReference } = stream;
    const { book, address, send } = this.#options;
    void book.pages.listen({ address: multicastIpAddr, port: multicastPortNumber }, address).then((isHeard) => {
      const multicastReceptionStatus = isHeard ? RECEPTION_OK : RECEPTION_ERROR;
      send('MulticastMediaReceptionAckMessage', { multicastReceptionStatus, passThroughPartyId, callReference });
    });
  }

  onPageEnd(): void {
    this.#options.book.pages.end();
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
    for (const leg of this.#legs.all()) {
      this.#pressWhatWaits(leg);
      if (leg.failing === undefined) continue;
      const { cause, text } = leg.failing;
      leg.failing = undefined;
      leg.call?.failed(this.#screen.promptOf(leg.reference) || text, cause);
    }
  }

  /** Keys that the phone shows only now. */
  #pressWhatWaits(leg: PhoneLeg): void {
    const { pressing } = leg;
    leg.pressing = undefined;
    if (pressing !== undefined) {
      if (this.#keys.has(pressing.key, leg)) this.#keys.press(pressing.key, leg);
      else leg.call?.failed(`the phone shows no key ${pressing.key}`);
      this.digits(pressing.number);
    }
    const blind = this.#blind;
    if (blind === undefined || leg.call !== blind.consultation) return;
    if (leg.failing !== undefined || !blind.primary.isAlive) {
      this.#blind = undefined;
      blind.primary.notTransferred(leg.failing?.text ?? '');
    } else if (this.#keys.has('Trnsfer', leg)) {
      this.#blind = undefined;
      this.transfer(blind.primary, blind.consultation);
    }
  }

  /** A prompt. That of no call may say where a call was parked. */
  onPrompt(text: string, reference: number): void {
    this.#screen.prompt(text, reference);
    const slot = PARKED_AT.exec(text)?.[1];
    if (slot === undefined) return;
    this.#parking?.parked(slot);
    this.#parking = undefined;
  }

  /** Another phone of the line has the call: if it rang here, it is over here. */
  #remote(own: PhoneLeg | undefined, line: number, reference: number, state: number): void {
    if (own !== undefined) {
      this.#legs.delete(own);
      own.call?.ended('far');
    }
    if (state === OnHook) this.#screen.forget(reference);
    else this.#screen.state(line, reference, state);
  }

  #newLeg(state: number, line: number, reference: number): PhoneLeg | undefined {
    if (state === OnHook || reference === NO_CALL) {
      this.#screen.forget(reference);
      return undefined;
    }
    const { book } = this.#options;
    const dialling = this.#dialling?.call;
    const isMine = dialling?.state === 'dialling' && this.#legs.of(dialling) === undefined;
    const leg = this.#legs.add(reference, line, state);
    if (state !== RingIn) this.#bind(leg, isMine ? dialling : book.begin('out', ''));
    if (isMine && this.#dialling?.way === 'enbloc') this.#forgetDialling();
    return leg;
  }

  #bind(leg: PhoneLeg, call: PhoneCall): void {
    leg.call = call;
    call.onEnded = () => this.#streams.closeAll(leg.reference);
  }

  #rings(leg: PhoneLeg, number: string, name: string): void {
    const { book } = this.#options;
    const call = book.rings(number, name);
    this.#bind(leg, call);
  }

  #fails(leg: PhoneLeg, cause: number | undefined, state: number): void {
    leg.failing ??= { cause, text: CALL_STATES.nameOf(state) ?? '' };
    if (this.#dialling?.call === leg.call) this.#forgetDialling();
  }

  #over(leg: PhoneLeg): void {
    this.settle();
    if (this.#dialling?.call === leg.call) this.#forgetDialling();
    leg.call?.ended(leg.isEnding ? 'phone' : 'far');
    this.#streams.closeAll(leg.reference);
    this.#legs.delete(leg);
    this.#screen.forget(leg.reference);
    // The user puts the handset back once nothing is to be heard in it.
    if (this.#legs.size === 0 && this.#keys.hasHandset) this.#keys.putBack(undefined);
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
}

/** A party of a call, as the server names it. */
export interface Named {
  readonly number: string;
  readonly name: string;
}
