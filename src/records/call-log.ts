// The call log: picks from calls and SIP messages what CUCM's call log files hold, and puts it into lines
// (`docs/protocols/calls.md` §7.3).

import type { CallEnded, CallOffered } from '../calls/index.js';
import { type Instant, instant, type WallClock } from '../core/time.js';
import type { SipReceived, SipSent } from '../sip/events.js';
import {
  type CallMessage,
  endLine,
  offeredLine,
  readMessage,
  type SipFacts,
  setupLine,
  sipLine,
} from './call-log-lines.js';

/** What a call log is built on. */
export interface CallLogDependencies {
  readonly clock: WallClock;
  /** This node's number. */
  readonly node: number;
  /** What is known of the leg that a message belongs to, by its Call-ID; `undefined`: nothing. */
  readonly factsOf?: (event: SipReceived | SipSent, callId: string) => SipFacts | undefined;
  /** Takes one line with its line break. */
  readonly write: (line: string) => void;
}

/** REFERs and NOTIFYs whose answers are still to come, at most. */
const MOST_PENDING = 1024;

/** Takes events, writes lines. Its methods never throw. */
export class CallLog {
  readonly #dependencies: CallLogDependencies;
  /** The call that was offered last: each has one SETUP, and its offers come in one go. */
  #lastCall = 0;
  /** `Call-ID sequence` of REFERs and NOTIFYs that are of a call: their answers do not show it. */
  readonly #pending = new Set<string>();
  /** The last message of a call that came, for those that it sets off. */
  #cause: { readonly at: Instant; readonly correlation: string } = {
    at: instant(Number.NEGATIVE_INFINITY),
    correlation: '',
  };
  /** Counts the messages that none set off. */
  #unprompted = 0;

  constructor(dependencies: CallLogDependencies) {
    this.#dependencies = dependencies;
  }

  offered(event: CallOffered): void {
    const { clock, write } = this.#dependencies;
    const at = clock.wallTime(event.at);
    if (event.call !== this.#lastCall) write(setupLine(event, at));
    this.#lastCall = event.call;
    write(offeredLine(event, at));
  }

  ended(event: CallEnded): void {
    const { clock, write } = this.#dependencies;
    const line = endLine(event, clock.wallTime(event.at));
    if (line !== undefined) write(line);
  }

  message(event: SipReceived | SipSent): void {
    const { clock, factsOf, write } = this.#dependencies;
    const message = readMessage(event.text);
    if (message === undefined || !this.#isOfCall(message)) return;
    const facts = factsOf?.(event, message.callId) ?? {};
    write(sipLine(event, message, this.#correlation(event, message), facts, clock.wallTime(event.at)));
  }

  /** Alarms and remote control also come as REFER, dialogs and keys also as NOTIFY: those are not of a call. */
  #isOfCall({ method, title, callId, sequence, isRequest, isInDialog, event }: CallMessage): boolean {
    if (method !== 'REFER' && method !== 'NOTIFY') return true;
    const key = `${callId} ${sequence}`;
    if (!isRequest) return title.startsWith('1') ? this.#pending.has(key) : this.#pending.delete(key);
    if (!isInDialog || (method === 'NOTIFY' && event !== 'refer')) return false;
    const [oldest] = this.#pending;
    if (oldest !== undefined && this.#pending.size >= MOST_PENDING) this.#pending.delete(oldest);
    this.#pending.add(key);
    return true;
  }

  /**
   * `node,100,14,x.y^address^*`: of a message that came, its connection and number; of one that it set off, the same. A
   * new call to a phone, and what a timer sends, have a count and no address.
   */
  #correlation({ type, at, link, sequence, address }: SipReceived | SipSent, message: CallMessage): string {
    const start = `${this.#dependencies.node},100,14,`;
    if (type === 'sip.received') {
      const correlation = `${start}${link}.${sequence}^${address}^*`;
      this.#cause = { at, correlation };
      return correlation;
    }
    const beginsCall = message.isRequest && message.method === 'INVITE' && !message.isInDialog;
    if (!beginsCall && at === this.#cause.at) return this.#cause.correlation;
    this.#unprompted += 1;
    return `${start}1.${this.#unprompted}^*^*`;
  }
}
