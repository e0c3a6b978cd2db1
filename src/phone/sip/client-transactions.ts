import { milliseconds, seconds } from '../../core/time.js';
import type { SipMessage } from '../../sip/message/message.js';
import type { BootTimer, Timers } from '../timers.js';

const T1 = milliseconds(500);
const T2 = seconds(4);
const GIVE_UP = seconds(32);

/** Called with the final response; `undefined`: none came within 32 seconds. */
export type OnFinalResponse = (response: SipMessage | undefined) => void;

/** Called with each 1xx to an INVITE. From the first one on the request is not sent again and has no limit of time. */
export type OnProvisionalResponse = (response: SipMessage) => void;

interface Pending {
  readonly text: string;
  readonly onFinal: OnFinalResponse;
  readonly onProvisional: OnProvisionalResponse | undefined;
  readonly timer: BootTimer;
  /** Milliseconds since the first copy, and from the last copy to the next. */
  waited: number;
  interval: number;
}

/**
 * The requests of a phone that wait for their final response (RFC 3261 §17.1.2). Over UDP they are sent again; after 32
 * seconds they are given up. Written independently of the server's client transactions, since the phones test the
 * server.
 */
export class PhoneClientTransactions {
  readonly #timers: Timers;
  readonly #send: (text: string) => void;
  readonly #isUnreliable: boolean;
  readonly #pending = new Map<string, Pending>();

  /** `isUnreliable`: the transport is UDP, so requests are sent again. */
  constructor(timers: Timers, isUnreliable: boolean, send: (text: string) => void) {
    this.#timers = timers;
    this.#isUnreliable = isUnreliable;
    this.#send = send;
  }

  get size(): number {
    return this.#pending.size;
  }

  /**
   * Sends a request. `branch`: of its Via, by which its responses are recognised. `onProvisional`: it is an INVITE, and
   * its final response is acknowledged by the caller.
   */
  request(branch: string, text: string, onFinal: OnFinalResponse, onProvisional?: OnProvisionalResponse): void {
    const timer = this.#timers.create(() => this.#onTimeout(branch, pending));
    const interval = this.#isUnreliable ? T1 : GIVE_UP;
    const pending: Pending = { text, onFinal, onProvisional, timer, waited: 0, interval };
    this.#pending.set(keyOf(branch, methodOf(text)), pending);
    timer.startIn(milliseconds(interval));
    this.#send(text);
  }

  /** False: no request waits for it. */
  onResponse(response: SipMessage): boolean {
    const branch = response.via?.branch ?? '';
    const pending = this.#pending.get(keyOf(branch, response.cseq?.method ?? ''));
    if (pending === undefined) return false;
    if (response.status < 200 && pending.onProvisional !== undefined) {
      pending.timer.cancel();
      pending.onProvisional(response);
    } else if (response.status < 200) pending.interval = this.#isUnreliable ? T2 : GIVE_UP;
    else this.#finish(branch, pending, response);
    return true;
  }

  /** Forgets all requests without calling back, since the link has ended. */
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
    this.#pending.delete(keyOf(branch, methodOf(pending.text)));
    pending.onFinal(response);
  }
}

/** The method of a request's text. A CANCEL has the branch of its INVITE. */
const methodOf = (text: string): string => text.slice(0, text.indexOf(' '));

const keyOf = (branch: string, method: string): string => `${branch} ${method}`;
