// Requests of ours (RFC 3261 §17.1.2): sent over the flow of the phone, repeated over UDP, answered or given up. Also what
// must be repeated until it is acknowledged: the refusal of an INVITE (§17.2.1). Pure: `now` is given.

import { Deadlines, type Due, NOWHERE } from '../core/deadlines.js';
import { after, type Duration, type Instant, instant, milliseconds, NEVER, seconds } from '../core/time.js';
import type { Endpoint } from '../net/ports.js';
import type { Flow } from './flow.js';
import type { SipMessage } from './message.js';

const T1: Duration = milliseconds(500);
const T2: Duration = seconds(4);
const GIVE_UP: Duration = seconds(32); // 64·T1: Timers F and H
const MOST = 65_536;

interface Pending extends Due {
  readonly key: string;
  readonly text: string;
  readonly flow: Flow;
  readonly to: Endpoint;
  giveUpAt: Instant;
  interval: number;
  /** 0: no answer came. */
  readonly onFinal: (status: number, now: Instant) => void;
}

export class Outgoing {
  readonly #pending = new Map<string, Pending>();
  readonly #deadlines = new Deadlines<Pending>();

  get size(): number {
    return this.#pending.size;
  }

  /** `key`: the branch and method of a request, or the transaction of an answer that awaits its ACK. */
  send(
    key: string,
    text: string,
    flow: Flow,
    to: Endpoint,
    now: Instant,
    onFinal: (status: number, now: Instant) => void,
  ): void {
    flow.send(text, to, now);
    if (this.#pending.size >= MOST) return;
    const pending: Pending = {
      key,
      text,
      flow,
      to,
      giveUpAt: after(now, GIVE_UP),
      interval: T1,
      onFinal,
      dueAt: NEVER,
      place: NOWHERE,
    };
    this.#pending.set(key, pending);
    this.#deadlines.set(pending, flow.transport === 'udp' ? after(now, T1) : pending.giveUpAt);
  }

  /** An answer to a request of ours. `false`: to none, so it is dropped. */
  answered(message: SipMessage, now: Instant): boolean {
    const { via, cseq } = message;
    const key = via === undefined || cseq === undefined ? '' : `${via.branch} ${cseq.method}`;
    const pending = this.#pending.get(key);
    if (pending === undefined) return false;
    if (message.status >= 200) this.#finish(pending, message.status, now);
    else pending.interval = T2; // Timer E in Proceeding
    return true;
  }

  /** It needs no repeating any more: its ACK came. */
  acknowledged(key: string, now: Instant): void {
    const pending = this.#pending.get(key);
    if (pending !== undefined) this.#finish(pending, 200, now);
  }

  nextDeadline(): Instant | undefined {
    return this.#deadlines.next();
  }

  expire(now: Instant): void {
    this.#deadlines.expire(now, (pending) => {
      if (now >= pending.giveUpAt || !pending.flow.open) {
        this.#finish(pending, 0, now);
        return;
      }
      pending.flow.send(pending.text, pending.to, now);
      pending.interval = Math.min(2 * pending.interval, T2);
      const next = after(now, milliseconds(pending.interval));
      this.#deadlines.set(pending, instant(Math.min(next, pending.giveUpAt)));
    });
  }

  postpone(span: Duration): void {
    this.#deadlines.postpone(span, (pending) => {
      pending.giveUpAt = after(pending.giveUpAt, span);
    });
  }

  #finish(pending: Pending, status: number, now: Instant): void {
    this.#pending.delete(pending.key);
    this.#deadlines.set(pending, undefined);
    pending.onFinal(status, now);
  }
}
