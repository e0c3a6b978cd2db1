// INVITEs of ours (RFC 3261 §17.1.1): repeated over UDP until somebody answers, then patient; every answer is handed over. A
// refusal is acknowledged here, and again when it comes again; a 200 is acknowledged by its dialog. Pure: `now` is given.

import { DeadlineQueue, Queued } from '../../core/deadline-queue.js';
import { after, type Duration, type Instant, instant, milliseconds, seconds } from '../../core/time.js';
import type { Endpoint } from '../../net/ports.js';
import type { SipMessage } from '../message/message.js';
import type { Flow } from '../transport/flow.js';
import { UNANSWERED } from './client-transactions.js';

/** The round-trip time that RFC 3261 assumes (§17.1.1.1). */
export const T1: Duration = milliseconds(500);
/** 64·T1: Timers B, D, F and H. */
export const GIVE_UP: Duration = seconds(32);

/** An INVITE on its way, and who waits for its answers. */
export interface OutgoingInvite {
  /** Branch and method, as answers name it. */
  readonly key: string;
  readonly text: string;
  readonly flow: Flow;
  readonly to: Endpoint;
  /** The ACK of a refusal. */
  acknowledgement(refusal: SipMessage): string;
  onProvisional(answer: SipMessage, now: Instant): void;
  /** Hears the final status with its answer, or `UNANSWERED`. */
  onFinal(status: number, now: Instant, answer?: SipMessage): void;
}

type State = 'calling' | 'proceeding' | 'refused';

class Pending extends Queued {
  state: State = 'calling';
  interval: number = T1;
  giveUpAt: Instant;
  acknowledgement = '';

  constructor(
    readonly invite: OutgoingInvite,
    giveUpAt: Instant,
  ) {
    super();
    this.giveUpAt = giveUpAt;
  }
}

/** The client transactions of INVITEs (RFC 3261 §17.1.1): every response is handed over, and a refusal is acknowledged. */
export class InviteTransactions {
  readonly #pending = new Map<string, Pending>();
  readonly #deadlines = new DeadlineQueue<Pending>();

  get size(): number {
    return this.#pending.size;
  }

  send(invite: OutgoingInvite, now: Instant): void {
    const pending = new Pending(invite, after(now, GIVE_UP));
    this.#pending.set(invite.key, pending);
    this.#deadlines.set(pending, isDatagram(invite) ? after(now, T1) : pending.giveUpAt);
    invite.flow.send(invite.text, invite.to, now); // the answer may be there before this returns
  }

  /** The call was withdrawn: it is not sent again, and who does not answer now is not waited for (RFC 3261 §9.1). */
  withdrawn(key: string, now: Instant): void {
    const pending = this.#pending.get(key);
    if (pending === undefined || pending.state === 'refused') return;
    pending.giveUpAt = after(now, GIVE_UP);
    this.#deadlines.set(pending, pending.giveUpAt);
  }

  /** Whether it is an answer to an INVITE of ours that is still waited for. */
  receive(answer: SipMessage, flow: Flow, now: Instant): boolean {
    const pending = this.#pending.get(`${answer.via?.branch ?? ''} INVITE`);
    if (pending === undefined) return false;
    const { invite } = pending;
    if (invite.to.address !== flow.remote.address) return true; // somebody else has seen the branch, who was not asked
    flow.validate(now);
    if (pending.state === 'refused') {
      if (answer.status >= 300) invite.flow.send(pending.acknowledgement, invite.to, now);
      return true;
    }
    if (answer.status < 200) {
      if (pending.state === 'calling') this.#deadlines.set(pending, undefined);
      pending.state = 'proceeding';
      invite.onProvisional(answer, now);
      return true;
    }
    if (answer.status < 300) this.#forget(pending);
    else this.#acknowledge(pending, answer, now);
    invite.onFinal(answer.status, now, answer);
    return true;
  }

  nextDeadline(): Instant | undefined {
    return this.#deadlines.next();
  }

  expire(now: Instant): void {
    this.#deadlines.expire(now, (pending) => {
      const { invite, giveUpAt, state } = pending;
      if (state === 'calling' && now < giveUpAt && invite.flow.open) this.#repeat(pending, now);
      else {
        this.#forget(pending);
        if (state !== 'refused') invite.onFinal(UNANSWERED, now);
      }
    });
  }

  postpone(span: Duration): void {
    this.#deadlines.postpone(span, (pending) => {
      pending.giveUpAt = after(pending.giveUpAt, span);
    });
  }

  #acknowledge(pending: Pending, refusal: SipMessage, now: Instant): void {
    const { invite } = pending;
    pending.acknowledgement = invite.acknowledgement(refusal);
    invite.flow.send(pending.acknowledgement, invite.to, now);
    if (!isDatagram(invite)) {
      this.#forget(pending);
      return;
    }
    pending.state = 'refused';
    this.#deadlines.set(pending, after(now, GIVE_UP));
  }

  #repeat(pending: Pending, now: Instant): void {
    const { flow, text, to } = pending.invite;
    pending.interval *= 2;
    this.#deadlines.set(pending, instant(Math.min(after(now, milliseconds(pending.interval)), pending.giveUpAt)));
    flow.send(text, to, now);
  }

  #forget(pending: Pending): void {
    this.#pending.delete(pending.invite.key);
    this.#deadlines.set(pending, undefined);
  }
}

const isDatagram = ({ flow }: OutgoingInvite): boolean => flow.transport === 'udp';
