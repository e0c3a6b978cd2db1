// Requests of ours (RFC 3261 §17.1.2): sent over the flow of the phone, repeated over UDP, answered or given up. Also what
// must be repeated until it is acknowledged: the refusal of an INVITE (§17.2.1). Pure: `now` is given.

import { type Aged, AgeList } from '../../core/age-list.js';
import { DeadlineQueue, Queued } from '../../core/deadline-queue.js';
import { after, type Duration, type Instant, instant, milliseconds, seconds } from '../../core/time.js';
import type { Endpoint } from '../../net/ports.js';
import type { SipMessage } from '../message/message.js';
import type { Flow } from '../transport/flow.js';

const T1: Duration = milliseconds(500);
const T2: Duration = seconds(4);
const GIVE_UP: Duration = seconds(32); // 64·T1: Timers F and H
const GIVE_WAY: Duration = seconds(2);
/** To an address that has proved nothing. */
const UNPROVED_REPETITIONS = 2;

/** No answer came, as a status. */
export const UNANSWERED = 0;
/** It was never sent: its address has proved nothing, and what it sent us was too little for so much. */
export const UNSENT = -1;

/**
 * Messages that may await an answer at once. Others than devices have so many and no more, and leave devices theirs; where
 * others have used theirs up, one that has waited for `GIVE_WAY` in vain gives way to the next.
 */
export interface ClientTransactionLimits {
  readonly devices: number;
  readonly others: number;
  readonly othersPerSource: number;
}

export const CLIENT_TRANSACTION_LIMITS: ClientTransactionLimits = {
  devices: 65_536,
  others: 16_384,
  othersPerSource: 512,
};

export interface OutgoingMessage {
  /** The branch and method of a request, or the transaction of an answer that awaits its ACK. */
  readonly key: string;
  readonly text: string;
  readonly flow: Flow;
  readonly to: Endpoint;
  /** Whether it goes to a registered device or another node. */
  readonly toDevice: boolean;
  /** Of an answer: the To tag that its ACK repeats. */
  readonly tag?: string;
  /** Asked before it is repeated: whether there is still somebody who wants it. */
  readonly isWanted: () => boolean;
  /** Hears the final status with its answer, or `UNANSWERED` or `UNSENT`. */
  readonly onFinal: (status: number, now: Instant, answer?: SipMessage) => void;
}

class Pending extends Queued implements Aged<Pending> {
  readonly message: OutgoingMessage;
  giveUpAt: Instant;
  interval: number = T1;
  /** Its place among those of its address that could not be sent yet. */
  unsent: Unsent | undefined = undefined;
  repetitions = 0;
  /** Neighbours among those of others than devices. */
  older: Pending | undefined = undefined;
  newer: Pending | undefined = undefined;

  constructor(message: OutgoingMessage, giveUpAt: Instant) {
    super();
    this.message = message;
    this.giveUpAt = giveUpAt;
  }
}

interface Unsent extends Aged<Unsent> {
  readonly pending: Pending;
}

export class ClientTransactions {
  readonly #limits: ClientTransactionLimits;
  readonly #onExcess: (address: string, now: Instant) => void;
  readonly #pending = new Map<string, Pending>();
  /** By address: those that could not be sent yet. */
  readonly #unsent = new Map<string, AgeList<Unsent>>();
  readonly #deadlines = new DeadlineQueue<Pending>();
  readonly #others = new AgeList<Pending>();
  readonly #othersBySource = new Map<string, number>();

  /** `onExcess` hears of a message over the limits: it was sent once, if at all, and nobody waits for its answer. */
  constructor(
    onExcess: (address: string, now: Instant) => void,
    limits: ClientTransactionLimits = CLIENT_TRANSACTION_LIMITS,
  ) {
    this.#onExcess = onExcess;
    this.#limits = limits;
  }

  get size(): number {
    return this.#pending.size;
  }

  send(message: OutgoingMessage, now: Instant): void {
    const { key, text, flow, to } = message;
    const isSent = flow.send(text, to, now);
    if (this.#pending.has(key)) return; // the answer to a request that came again: the first one is still repeated
    if (!this.#hasRoomFor(message, now)) {
      this.#onExcess(flow.remote.address, now);
      return;
    }
    const pending = new Pending(message, after(now, GIVE_UP));
    this.#pending.set(key, pending);
    if (!message.toDevice) this.#countOther(pending);
    if (isSent) this.#sent(pending, now);
    else this.#hold(pending);
  }

  /** An answer to a request of ours. `false`: to none, so it is dropped. */
  receiveResponse(message: SipMessage, flow: Flow, now: Instant): boolean {
    const { via, cseq } = message;
    const key = via === undefined || cseq === undefined ? '' : `${via.branch} ${cseq.method}`;
    const pending = this.#pending.get(key);
    if (pending === undefined) return false;
    // Nobody else has seen the branch.
    if (pending.unsent === undefined && pending.message.to.address === flow.remote.address) flow.validate(now);
    if (message.status >= 200) this.#finish(pending, message.status, now, message);
    else pending.interval = T2; // Timer E in Proceeding
    return true;
  }

  /** It needs no repeating any more: its ACK came. The right tag in it proves that the answer was heard. */
  receiveAck(key: string, tag: string | undefined, flow: Flow, now: Instant): void {
    const pending = this.#pending.get(key);
    if (pending === undefined) return;
    if (tag !== undefined && tag === pending.message.tag) flow.validate(now);
    this.#finish(pending, 200, now);
  }

  /** Something came from this address, so that more may go to it. */
  sendWaiting(address: string, now: Instant): void {
    const unsent = this.#unsent.get(address);
    if (unsent === undefined) return;
    for (let { oldest } = unsent; oldest !== undefined; { oldest } = unsent) {
      const { pending } = oldest;
      const { flow, text, to } = pending.message;
      if (!flow.send(text, to, now)) return;
      this.#release(pending);
      this.#sent(pending, now);
    }
  }

  nextDeadline(): Instant | undefined {
    return this.#deadlines.next();
  }

  expire(now: Instant): void {
    this.#deadlines.expire(now, (pending) => {
      const { message, giveUpAt } = pending;
      if (now >= giveUpAt || !message.flow.open) this.#giveUp(pending, now);
      else this.#repeat(pending, now);
    });
  }

  postpone(span: Duration): void {
    this.#deadlines.postpone(span, (pending) => {
      pending.giveUpAt = after(pending.giveUpAt, span);
    });
  }

  #repeat(pending: Pending, now: Instant): void {
    const { flow, text, to, isWanted } = pending.message;
    const isOver = pending.repetitions >= UNPROVED_REPETITIONS && !flow.isValidated(now);
    if (isOver || !isWanted()) {
      this.#deadlines.set(pending, pending.giveUpAt);
      return;
    }
    if (flow.send(text, to, now)) pending.repetitions += 1;
    pending.interval = Math.min(2 * pending.interval, T2);
    const next = after(now, milliseconds(pending.interval));
    this.#deadlines.set(pending, instant(Math.min(next, pending.giveUpAt)));
  }

  #sent(pending: Pending, now: Instant): void {
    this.#deadlines.set(pending, pending.message.flow.transport === 'udp' ? after(now, T1) : pending.giveUpAt);
  }

  #hold(pending: Pending): void {
    const { address } = pending.message.flow.remote;
    const unsent = this.#unsent.get(address) ?? new AgeList();
    this.#unsent.set(address, unsent);
    pending.unsent = { pending, older: undefined, newer: undefined };
    unsent.add(pending.unsent);
    this.#deadlines.set(pending, pending.giveUpAt);
  }

  #release(pending: Pending): void {
    const { address } = pending.message.flow.remote;
    const unsent = this.#unsent.get(address);
    if (unsent === undefined || pending.unsent === undefined) return;
    unsent.remove(pending.unsent);
    pending.unsent = undefined;
    if (unsent.size === 0) this.#unsent.delete(address);
  }

  #hasRoomFor({ toDevice, flow }: OutgoingMessage, now: Instant): boolean {
    const { devices, others, othersPerSource } = this.#limits;
    if (toDevice) return this.#pending.size - this.#others.size < devices;
    if ((this.#othersBySource.get(flow.remote.address) ?? 0) >= othersPerSource) return false;
    if (this.#others.size < others) return true;
    const { oldest } = this.#others;
    if (oldest === undefined || now < oldest.giveUpAt - GIVE_UP + GIVE_WAY) return false;
    this.#giveUp(oldest, now);
    return true;
  }

  #countOther(pending: Pending): void {
    const { address } = pending.message.flow.remote;
    this.#others.add(pending);
    this.#othersBySource.set(address, (this.#othersBySource.get(address) ?? 0) + 1);
  }

  #uncountOther(pending: Pending): void {
    this.#others.remove(pending);
    const { address } = pending.message.flow.remote;
    const left = (this.#othersBySource.get(address) ?? 1) - 1;
    if (left === 0) this.#othersBySource.delete(address);
    else this.#othersBySource.set(address, left);
  }

  #giveUp(pending: Pending, now: Instant): void {
    this.#finish(pending, pending.unsent === undefined ? UNANSWERED : UNSENT, now);
  }

  #finish(pending: Pending, status: number, now: Instant, answer?: SipMessage): void {
    const { message } = pending;
    this.#pending.delete(message.key);
    this.#deadlines.set(pending, undefined);
    if (!message.toDevice) this.#uncountOther(pending);
    this.#release(pending);
    message.onFinal(status, now, answer);
  }
}
