import type { Fields, FromPhoneName } from '../../sccp/messages/catalogue.js';
import { KEYPAD_BUTTONS, SOFT_KEY_EVENTS } from '../../sccp/tables/enumerations.js';
import { STIMULI } from '../../sccp/tables/stimuli.js';
import { CallFault } from '../calls/call-book.js';
import { type CallScreen, NO_CALL } from './call-screen.js';

/** Sends one message over the link. */
export type SendMessage = <N extends FromPhoneName>(name: N, fields: Fields<N>) => void;

/** The name of a soft key's event. */
export type SoftKeyEventName = keyof typeof SOFT_KEY_EVENTS;

/** The call that a key is about; `undefined`: none, as on an idle phone. */
export type KeyTarget = { readonly line: number; readonly reference: number } | undefined;

/** Handset, soft keys and keypad of an SCCP phone (`docs/protocols/calls.md` §2.3). Only keys that it shows are pressed. */
export class PhoneCallKeys {
  readonly #screen: CallScreen;
  readonly #send: SendMessage;
  #hasHandset = false;

  constructor(screen: CallScreen, send: SendMessage) {
    this.#screen = screen;
    this.#send = send;
  }

  /** The handset is lifted. */
  get hasHandset(): boolean {
    return this.#hasHandset;
  }

  lift(target: KeyTarget): void {
    this.#hasHandset = true;
    this.#screen.hook(true);
    this.#send('OffHookMessage', placeOf(target));
  }

  putBack(target: KeyTarget): void {
    this.#hasHandset = false;
    this.#screen.hook(false);
    this.#send('OnHookMessage', placeOf(target));
  }

  /** The phone shows that key, and it can be pressed. */
  has(name: SoftKeyEventName, target: KeyTarget): boolean {
    const event = SOFT_KEY_EVENTS[name];
    return this.#screen.keysOf(target?.reference ?? NO_CALL).some((key) => key.event === event);
  }

  /** Throws a `CallFault` if the phone does not show that key. */
  require(name: SoftKeyEventName, target: KeyTarget): void {
    if (this.has(name, target)) return;
    const keys = this.#screen.keysOf(target?.reference ?? NO_CALL).map(({ label }) => label);
    throw new CallFault(`the phone shows no key ${name}; it shows ${keys.join(', ') || 'none'}`);
  }

  /** Presses a soft key. Throws a `CallFault` if the phone does not show it. */
  press(name: SoftKeyEventName, target: KeyTarget): void {
    this.require(name, target);
    this.#send('SoftKeyEventMessage', { softKeyEvent: SOFT_KEY_EVENTS[name] as number, ...placeOf(target) });
  }

  /** Presses the key of that label. Throws a `CallFault` if the phone does not show it. */
  pressLabel(label: string, target: KeyTarget): void {
    const key = this.#labelled(label, target);
    if (key === undefined) throw new CallFault(`the phone shows no key ${label}`);
    this.#send('SoftKeyEventMessage', { softKeyEvent: key.event, ...placeOf(target) });
  }

  #labelled(label: string, target: KeyTarget) {
    return this.#screen.keysOf(target?.reference ?? NO_CALL).find((key) => key.label === label);
  }

  /** Presses Hold or Resume, or the fixed key that stands for both. Throws a `CallFault` for a call that is over. */
  hold(name: 'Hold' | 'Resume', target: KeyTarget): void {
    if (target === undefined) throw new CallFault('the call is over');
    const { line: stimulusInstance, reference: callReference } = target;
    if (this.has(name, target)) this.press(name, target);
    else this.#send('StimulusMessage', { stimulus: STIMULI.Hold, stimulusInstance, callReference });
  }

  /** Presses keys of the keypad. Throws a `CallFault` for a character that has no key. */
  digits(text: string, target: KeyTarget): void {
    for (const digit of text) {
      const kpButton = KEYPAD_BUTTONS[digit as keyof typeof KEYPAD_BUTTONS];
      if (typeof kpButton !== 'number') throw new CallFault(`the keypad has no ${digit}`);
      this.#send('KeypadButtonMessage', { kpButton, ...placeOf(target) });
    }
  }
}

const placeOf = (target: KeyTarget) => ({
  lineInstance: target?.line ?? 0,
  callReference: target?.reference ?? NO_CALL,
});
