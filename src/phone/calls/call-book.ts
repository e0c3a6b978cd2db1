import type { Duration, Instant } from '../../core/time.js';
import type { PublishStep } from '../steps.js';
import type { BootTimer, Timers } from '../timers.js';
import type { PhoneSound } from './codecs.js';
import type { PhoneDisplay } from './display.js';
import type { Voice } from './media-port.js';
import { PageReception } from './page-reception.js';
import { type CallDirection, type CallOwner, type CallState, PhoneCall } from './phone-call.js';

/** How the user of a phone takes calls. */
export interface CallHabits {
  /** Answers after so long, refuses at once, or lets it ring. */
  readonly answer: Duration | 'busy' | 'never';
  /** What the phone sends in a call. */
  readonly sound: PhoneSound;
  /** Its codecs, by name, the best first; absent: those of its model. */
  readonly codecs?: readonly string[];
}

/** The usual habits: incoming calls ring until somebody answers. */
export const DEFAULT_HABITS: CallHabits = { answer: 'never', sound: 'tone' };

/** How a number is dialled: lifted handset and keys, the NewCall soft key and keys, or the whole number at once. */
export type DialWay = 'handset' | 'newCall' | 'enbloc';

/** A key that stands before a number which is no call: its calls go there. */
export type NumberWay = DialWay | 'forwardAll';

/** What the user of a phone cannot do now. The message says why. */
export class CallFault extends Error {
  override readonly name = 'CallFault';
}

/** Why somebody else is called during a call: it decides which key is pressed. */
export type ConsultationPurpose = 'transfer' | 'conference';

/** What a phone's user does, put into messages: one implementation for each protocol. */
export interface CallDriver {
  readonly display: PhoneDisplay;
  /** Begins a call to a number. Throws a `CallFault` if that is not possible now. */
  dial(call: PhoneCall, number: string, way: NumberWay): void;
  /** It shows that its calls are forwarded; a phone that does not show it says that they are not. */
  readonly isForwarding: boolean;
  /** Ends that all calls are forwarded, where they are. Returns what the phone dials for it, if it does. */
  endForwarding(): PhoneCall | undefined;
  /** Sets do not disturb, or ends it. */
  doNotDisturb(isOn: boolean): void;
  answer(call: PhoneCall): void;
  /** Refuses a call that rings, as SIP phones can say in two ways. */
  refuse(call: PhoneCall, how: 'busy' | 'declined'): void;
  hangUp(call: PhoneCall): void;
  hold(call: PhoneCall): void;
  resume(call: PhoneCall): void;
  /** Calls a number, as `call`, to speak of `primary`, which is put on hold, and then to connect them or to join them. */
  consult(primary: PhoneCall, call: PhoneCall, number: string, purpose: ConsultationPurpose): void;
  /** Joins whom the two calls are with in a conference; `primary` ends. */
  confer(primary: PhoneCall, consultation: PhoneCall): void;
  /** Connects whom the two calls are with, and leaves them. */
  transfer(primary: PhoneCall, consultation: PhoneCall): void;
  /** Connects whom the call is with and a number, and leaves once it rings there. `begin`: a second call of the phone, where it needs one. */
  transferBlind(call: PhoneCall, number: string, begin: () => PhoneCall): void;
  /** Leaves the call at a number from which anybody may fetch it; `PhoneCall.parkedAt` is that number. */
  park(call: PhoneCall): void;
  /** Answers, as `call`, what rings in the phone's own group, or in that of a number. Throws a `CallFault` if it has no key for it. */
  pickUp(call: PhoneCall, group: string | undefined): void;
  /** Resumes what another phone of a shared line holds. Throws a `CallFault` if none does. */
  takeHeld(): void;
  /** Presses a soft key by its event's name. Throws a `CallFault` if the phone does not show it. */
  press(key: string): void;
  /** Presses digits of the keypad. */
  digits(text: string): void;
}

/** What a `CallBook` needs. */
export interface CallBookOptions {
  /** The phone's name, for faults. */
  readonly phone: string;
  readonly habits: CallHabits;
  readonly publish: PublishStep;
  readonly timers: Timers;
  readonly voice: Voice;
}

/** Called after each change of a call. */
export type CallListener = (call: PhoneCall) => void;

/**
 * The calls of one phone. They outlive the links to the call managers: a phone whose link is lost talks on until its
 * user hangs up (`docs/protocols/calls.md` §8.2). It takes incoming calls as the habits say.
 */
export class CallBook implements CallOwner {
  readonly habits: CallHabits;
  readonly publish: PublishStep;
  readonly voice: Voice;
  /** The pages that it hears. */
  readonly pages: PageReception;
  readonly #phone: string;
  readonly #timers: Timers;
  readonly #calls: PhoneCall[] = [];
  readonly #answerTimers = new Map<PhoneCall, BootTimer>();
  readonly #listeners = new Set<CallListener>();
  #driver: CallDriver | undefined;
  #consultation: { readonly primary: PhoneCall; readonly call: PhoneCall } | undefined;
  #count = 0;

  constructor({ phone, habits, publish, timers, voice }: CallBookOptions) {
    this.#phone = phone;
    this.habits = habits;
    this.publish = publish;
    this.#timers = timers;
    this.voice = voice;
    this.pages = new PageReception(voice, publish);
  }

  /** The calls that stand, the oldest first. */
  get calls(): readonly PhoneCall[] {
    return this.#calls;
  }

  /** The phone's screen; `undefined`: the phone is not registered. */
  get display(): PhoneDisplay | undefined {
    return this.#driver?.display;
  }

  now(): Instant {
    return this.#timers.now();
  }

  /** Calls `listener` after each change of a call. Returns a function that ends this. */
  watch(listener: CallListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls go over this registered link from now on. */
  attach(driver: CallDriver): void {
    this.#driver = driver;
  }

  /** The link is gone. */
  detach(driver: CallDriver): void {
    if (this.#driver === driver) this.#driver = undefined;
  }

  /** A new call, for the driver. */
  begin(direction: CallDirection, far: string): PhoneCall {
    const call = new PhoneCall(this, ++this.#count, direction, far);
    this.#calls.push(call);
    return call;
  }

  /** A call comes in. */
  rings(number: string, name: string): PhoneCall {
    const call = this.begin('in', number);
    this.rang(call, name);
    return call;
  }

  /** A call that has begun rings now. */
  rang(call: PhoneCall, name: string): void {
    call.farName = name;
    this.publish('phone.rings', { call: call.id, number: call.far, name });
    const { answer } = this.habits;
    if (answer === 'busy') this.#later(call, 0 as Duration, () => this.#driver?.refuse(call, 'busy'));
    else if (answer !== 'never') this.#later(call, answer, () => this.answer(call));
    this.changed(call);
  }

  // ── what the user does; each throws a `CallFault` if it cannot be done now ─────────────────────────────────────

  dial(number: string, way: NumberWay = 'handset'): PhoneCall {
    return this.#dialled(number, (driver, call) => driver.dial(call, number, way));
  }

  answer(call = this.#first('rings', ({ direction, state }) => direction === 'in' && state === 'ringing')): PhoneCall {
    const driver = this.#registered();
    call.answering();
    driver.answer(call);
    return call;
  }

  /** Ends a call: refuses one that rings, takes back one that was dialled. */
  hangUp(call = this.#active()): void {
    const isPreserved = this.#driver === undefined;
    if (isPreserved) call.ended('phone');
    else if (call.direction === 'in' && call.state === 'ringing') this.#registered().refuse(call, 'declined');
    else this.#registered().hangUp(call);
  }

  hold(call = this.#first('is connected', ({ state }) => state === 'connected')): void {
    this.#registered().hold(call);
  }

  resume(call = this.#first('is held', ({ state }) => state === 'held')): void {
    this.#registered().resume(call);
  }

  /** Calls a number to speak of the call that is connected, or held. `transfer` connects the other two, `confer` all three. */
  consult(number: string, purpose: ConsultationPurpose = 'transfer'): PhoneCall {
    const primary = this.#first('is connected', ({ state }) => state === 'connected' || state === 'held');
    return this.#dialled(number, (driver, call) => {
      driver.consult(primary, call, number, purpose);
      this.#consultation = { primary, call };
    });
  }

  /** Connects whom the consultation was about and whom it is with; with a number: whom the connected call is with and that one. */
  transfer(number?: string): void {
    const driver = this.#registered();
    if (number !== undefined) {
      const call = this.#first('is connected', ({ state }) => state === 'connected');
      driver.transferBlind(call, number, () => this.begin('out', number));
      return;
    }
    const { primary, call } = this.#consultation ?? {};
    if (primary === undefined || call === undefined || !primary.isAlive)
      throw new CallFault(`${this.#phone} has no consultation`);
    driver.transfer(primary, call);
  }

  /** Makes a conference of whom the consultation was about and whom it is with. Returns the phone's call in it. */
  confer(): PhoneCall {
    const { primary, call } = this.#consultation ?? {};
    if (primary === undefined || call === undefined || !primary.isAlive)
      throw new CallFault(`${this.#phone} has no consultation`);
    this.#registered().confer(primary, call);
    return call;
  }

  /** Leaves the connected call at a number from which anybody may fetch it. Returns the call, which gets to know the number. */
  park(call = this.#first('is connected', ({ state }) => state === 'connected')): PhoneCall {
    this.#registered().park(call);
    return call;
  }

  /** Answers what rings elsewhere: in the phone's own pick-up group, or in that of a number. */
  pickUp(group?: string): PhoneCall {
    return this.#dialled(group ?? '', (driver, call) => driver.pickUp(call, group));
  }

  /** Forwards all calls. What the user dials for it ends, or fails where the server does not take the number. */
  forwardAll(number: string): PhoneCall {
    return this.dial(number, 'forwardAll');
  }

  get isForwarding(): boolean {
    return this.#driver?.isForwarding === true;
  }

  endForwarding(): PhoneCall | undefined {
    return this.#registered().endForwarding();
  }

  doNotDisturb(isOn: boolean): void {
    this.#registered().doNotDisturb(isOn);
  }

  /** Resumes what another phone of a shared line holds. */
  takeHeld(): void {
    this.#registered().takeHeld();
  }

  press(key: string): void {
    this.#registered().press(key);
  }

  digits(text: string): void {
    this.#registered().digits(text);
  }

  /** Hangs up every call, as the user does before the phone is switched off. */
  hangUpAll(): void {
    for (const call of [...this.#calls]) {
      try {
        this.hangUp(call);
      } catch (error) {
        if (!(error instanceof CallFault)) throw error;
      }
    }
  }

  /** The phone is off: its calls and their ports are gone, and nobody is told. */
  endAll(): void {
    for (const call of [...this.#calls]) call.ended('link');
    this.pages.end();
  }

  /** Only `PhoneCall` calls this. */
  changed(call: PhoneCall): void {
    if (call.state !== 'ringing') {
      this.#answerTimers.get(call)?.cancel();
      this.#answerTimers.delete(call);
    }
    if (call.state === 'ended') {
      const at = this.#calls.indexOf(call);
      if (at >= 0) this.#calls.splice(at, 1);
      if (this.#consultation?.call === call) this.#consultation = undefined;
    }
    for (const listener of [...this.#listeners]) listener(call);
  }

  #dialled(number: string, act: (driver: CallDriver, call: PhoneCall) => void): PhoneCall {
    const driver = this.#registered();
    const call = this.begin('out', number);
    this.publish('phone.dialling', { call: call.id, number });
    try {
      act(driver, call);
    } catch (error) {
      call.ended('phone');
      throw error;
    }
    return call;
  }

  #later(call: PhoneCall, span: Duration, act: () => void): void {
    const timer = this.#timers.create(() => {
      if (call.state === 'ringing' && this.#driver !== undefined) act();
    });
    this.#answerTimers.set(call, timer);
    timer.startIn(span);
  }

  #registered(): CallDriver {
    if (this.#driver === undefined) throw new CallFault(`${this.#phone} is not registered`);
    return this.#driver;
  }

  /** What hanging up is about: what the user hears first, a held call last. */
  #active(): PhoneCall {
    const found = ACTIVE.map((state) => this.#calls.find((call) => call.state === state)).find((call) => call);
    return found ?? this.#first('stands', () => true);
  }

  #first(what: string, fits: (call: PhoneCall) => boolean): PhoneCall {
    const call = this.#calls.find(fits);
    if (call === undefined) throw new CallFault(`${this.#phone} has no call that ${what}`);
    return call;
  }
}

const ACTIVE: readonly CallState[] = ['connected', 'dialling', 'proceeding', 'failed', 'ringing', 'held'];
