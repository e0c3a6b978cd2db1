// Session timers (RFC 4028, `docs/protocols/calls.md` §3.6): asked for by the other end, never by us. Who refreshes does so at
// half of the time; who waits ends the call when nothing came.

import { after, type Instant, seconds } from '../../core/time.js';
import { parameterValue, parseCount, parseParameters } from '../message/grammar.js';
import { ID } from '../message/headers.js';
import type { SipMessage } from '../message/message.js';
import { CallTimer, type CallTimers } from './services.js';

/** The least that is granted, in seconds (RFC 4028 §4). */
export const LEAST_SESSION = 90;
const MOST_SESSION = 86_400;
/** Before its end a session that nobody refreshed is ended (RFC 4028 §10), in seconds. */
const WARNING_TIME = 32;

/** What a message says of the session's time, in seconds. */
export interface SessionExpires {
  readonly interval: number;
  readonly refresher: 'uac' | 'uas' | undefined;
}

export const readSessionExpires = (message: SipMessage): SessionExpires | undefined => {
  const text = message.text(ID['Session-Expires']);
  if (text === undefined) return undefined;
  const semicolon = text.indexOf(';');
  const interval = parseCount((semicolon < 0 ? text : text.slice(0, semicolon)).trim(), MOST_SESSION);
  if (interval === undefined) return undefined;
  const refresher = parameterValue(semicolon < 0 ? [] : (parseParameters(text, semicolon) ?? []), 'refresher');
  return {
    interval: Math.min(interval, MOST_SESSION),
    refresher: refresher === 'uac' || refresher === 'uas' ? refresher : undefined,
  };
};

export class SessionTimer {
  readonly #timers: CallTimers;
  readonly #timer: CallTimer;
  readonly #refresh: (now: Instant) => void;
  readonly #expire: (now: Instant) => void;
  #isOurs = false;
  #interval = 0;

  /** `refresh`: it is our turn. `expire`: the other end did not come. */
  constructor(timers: CallTimers, refresh: (now: Instant) => void, expire: (now: Instant) => void) {
    this.#timers = timers;
    this.#refresh = refresh;
    this.#expire = expire;
    this.#timer = new CallTimer((now) => this.#onDue(now));
  }

  /** A request asks for it: the header lines of the answer; empty: it does not. */
  grant(message: SipMessage, now: Instant): string {
    const requested = readSessionExpires(message);
    if (requested === undefined) return '';
    const { interval, refresher = 'uac' } = requested;
    this.#start(interval, refresher === 'uas', now);
    return `Session-Expires: ${interval};refresher=${refresher}\r\n${refresher === 'uac' ? 'Require: timer\r\n' : ''}`;
  }

  /** An answer to a request of ours grants it, or does not. */
  granted(answer: SipMessage, now: Instant): void {
    const given = readSessionExpires(answer);
    if (given === undefined) this.stop();
    else this.#start(Math.max(given.interval, LEAST_SESSION), given.refresher !== 'uas', now);
  }

  /** The header line of our own refresh; empty: there is nothing to refresh. */
  get refreshLine(): string {
    return this.#interval === 0
      ? ''
      : `Session-Expires: ${this.#interval};refresher=${this.#isOurs ? 'uac' : 'uas'}\r\n`;
  }

  stop(): void {
    this.#interval = 0;
    this.#timers.set(this.#timer, undefined);
  }

  #start(interval: number, isOurs: boolean, now: Instant): void {
    this.#isOurs = isOurs;
    this.#interval = interval;
    const wait = isOurs ? interval / 2 : interval - Math.min(WARNING_TIME, interval / 3);
    this.#timers.set(this.#timer, after(now, seconds(wait)));
  }

  #onDue(now: Instant): void {
    if (!this.#isOurs) {
      this.#expire(now);
      return;
    }
    // A refresh that fails is no refresh: the session ends with its time.
    this.#timers.set(this.#timer, after(now, seconds(this.#interval / 2)));
    this.#refresh(now);
  }
}
