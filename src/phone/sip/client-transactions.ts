// The requests of a phone that wait for their answer (RFC 3261 §17.1.2): repeated over UDP, given up after 32 seconds.
// Pure but for its appointments.

import { milliseconds, seconds } from '../../core/time.js';
import type { SipMessage } from '../../sip/message/message.js';
import type { BootTimer, Timers } from '../timers.js';

const T1 = milliseconds(500);
const T2 = seconds(4);
const GIVE_UP = seconds(32);

/** The final answer; `undefined`: none came. */
export type OnFinalResponse = (response: SipMessage | undefined) => void;

interface Pending {
  readonly text: string;
  readonly onFinal: OnFinalResponse;
  readonly timer: BootTimer;
  /** Milliseconds waited, and until the next copy. */
  waited: number;
  interval: number;
}

export class PhoneClientTransactions {
  readonly #timers: Timers;
  readonly #send: (text: string) => void;
  readonly #isUnreliable: boolean;
  readonly #pending = new Map<string, Pending>();

  /** `repeats`: over datagrams. */
  constructor(timers: Timers, isUnreliable: boolean, send: (text: string) => void) {
    this.#timers = timers;
    this.#isUnreliable = isUnreliable;
    this.#send = send;
  }

  get size(): number {
    return this.#pending.size;
  }

  request(branch: string, text: string, onFinal: OnFinalResponse): void {
    const timer = this.#timers.create(() => this.#onTimeout(branch, pending));
    const interval = this.#isUnreliable ? T1 : GIVE_UP;
    const pending: Pending = { text, onFinal: onFinal, timer, waited: 0, interval };
    this.#pending.set(branch, pending);
    timer.startIn(milliseconds(interval));
    this.#send(text);
  }

  onResponse(response: SipMessage): void {
    const branch = response.via?.branch ?? '';
    const pending = this.#pending.get(branch);
    if (pending === undefined) return;
    if (response.status < 200) pending.interval = this.#isUnreliable ? T2 : GIVE_UP;
    else this.#finish(branch, pending, response);
  }

  /** Nothing is awaited any more: the link has ended. */
  cancelAll(): void {
    for (const { timer } of this.#pending.values()) timer.cancel();
    this.#pending.clear();
  }

  #onTimeout(branch: string, pending: Pending): void {
    pending.waited += pending.interval;
    if (pending.waited >= GIVE_UP) {
      this.#finish(branch, pending, undefined);
      return;
    }
    pending.interval = Math.min(2 * pending.interval, T2, GIVE_UP - pending.waited);
    pending.timer.startIn(milliseconds(pending.interval));
    this.#send(pending.text);
  }

  #finish(branch: string, pending: Pending, response: SipMessage | undefined): void {
    pending.timer.cancel();
    this.#pending.delete(branch);
    pending.onFinal(response);
  }
}
