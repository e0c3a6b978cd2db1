// The requests of a phone that wait for their answer (RFC 3261 §17.1.2): repeated over UDP, given up after 32 seconds.
// Pure but for its appointments.

import { milliseconds, seconds } from '../../core/time.js';
import type { SipMessage } from '../../sip/message/message.js';
import type { BootTimer, Timers } from '../timers.js';

const T1 = milliseconds(500);
const T2 = seconds(4);
const GIVE_UP = seconds(32);

/** The final answer; `undefined`: none came. */
export type OnAnswer = (answer: SipMessage | undefined) => void;

interface Pending {
  readonly text: string;
  readonly onAnswer: OnAnswer;
  readonly due: BootTimer;
  /** Milliseconds waited, and until the next copy. */
  waited: number;
  interval: number;
}

export class SipExchange {
  readonly #agenda: Timers;
  readonly #send: (text: string) => void;
  readonly #repeats: boolean;
  readonly #pending = new Map<string, Pending>();

  /** `repeats`: over datagrams. */
  constructor(agenda: Timers, repeats: boolean, send: (text: string) => void) {
    this.#agenda = agenda;
    this.#repeats = repeats;
    this.#send = send;
  }

  get size(): number {
    return this.#pending.size;
  }

  request(branch: string, text: string, onAnswer: OnAnswer): void {
    const due = this.#agenda.appointment(() => this.#late(branch, pending));
    const interval = this.#repeats ? T1 : GIVE_UP;
    const pending: Pending = { text, onAnswer, due, waited: 0, interval };
    this.#pending.set(branch, pending);
    due.in(milliseconds(interval));
    this.#send(text);
  }

  answered(answer: SipMessage): void {
    const branch = answer.via?.branch ?? '';
    const pending = this.#pending.get(branch);
    if (pending === undefined) return;
    if (answer.status < 200) pending.interval = this.#repeats ? T2 : GIVE_UP;
    else this.#finish(branch, pending, answer);
  }

  /** Nothing is awaited any more: the link has ended. */
  forget(): void {
    for (const { due } of this.#pending.values()) due.cancel();
    this.#pending.clear();
  }

  #late(branch: string, pending: Pending): void {
    pending.waited += pending.interval;
    if (pending.waited >= GIVE_UP) {
      this.#finish(branch, pending, undefined);
      return;
    }
    pending.interval = Math.min(2 * pending.interval, T2, GIVE_UP - pending.waited);
    pending.due.in(milliseconds(pending.interval));
    this.#send(pending.text);
  }

  #finish(branch: string, pending: Pending, answer: SipMessage | undefined): void {
    pending.due.cancel();
    this.#pending.delete(branch);
    pending.onAnswer(answer);
  }
}
