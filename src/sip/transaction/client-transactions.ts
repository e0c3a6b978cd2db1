// Client transactions (RFC 3261 §17.1.2): the requests that this server sends to phones and to other nodes. Also the
// one server transaction that repeats by itself: the refusal of an INVITE over UDP (§17.2.1). The states of the RFC, and
// what is different here:
//
//   Unsent       not in the RFC. The request waits, because its address has proved nothing and what came from there is
//                too little for so many octets. It is sent when more has come (`sendWaiting`), or given up after 64·T1.
//   Trying       the request was sent. Over UDP it is repeated after T1, then after twice the time before, at most T2
//                (Timer E). Nothing is repeated over streams. Without a response it is given up after 64·T1 (Timer F).
//   Proceeding   a provisional response came. The request is repeated each T2.
//   Completed    of the refusal of an INVITE: it was sent, and is repeated as in Trying until its ACK comes (Timers G
//                and H). A request has no such state: its first final response ends the transaction, and a repetition
//                of that response finds none and is dropped, as it would be until Timer K.
//   Terminated   the transaction is forgotten. `onFinal` was called once.
//
// Repeating ends earlier if the message is of no use any more, or if the address has proved nothing after two times.

import { type Aged, AgeList } from '../../core/age-list.js';
import { DeadlineQueue, Queued } from '../../core/deadline-queue.js';
import { after, type Duration, type Instant, instant, milliseconds, seconds } from '../../core/time.js';
import type { Endpoint } from '../../net/ports.js';
import type { SipMessage } from '../message/message.js';
import type { Flow } from '../transport/flow.js';

/** RFC 3261 §17.1.1.1 and §17.1.2.1. */
const T1: Duration = milliseconds(500);
const T2: Duration = seconds(4);
/** 64·T1: Timers F and H. */
const GIVE_UP: Duration = seconds(32);
const GIVE_WAY: Duration = seconds(2);
/** How often a message is repeated to an address that has proved nothing. */
const UNPROVED_REPETITIONS = 2;

/** Stands for the status if no response came. */
export const UNANSWERED = 0;
/** Stands for the status of a message that was never sent, see state Unsent. */
export const UNSENT = -1;

/**
 * How many client transactions there may be at once. Others than devices have their own places, and cannot take those
 * of devices. If theirs are all taken, the oldest that has waited for `GIVE_WAY` makes room.
 */
export interface ClientTransactionLimits {
  readonly devices: number;
  readonly others: number;
  readonly othersPerSource: number;
}

/** The limits of a server in service. */
export const CLIENT_TRANSACTION_LIMITS: ClientTransactionLimits = {
  devices: 65_536,
  others: 16_384,
  othersPerSource: 512,
};

/** A message that is repeated until it is answered: a request, or the refusal of an INVITE. */
export interface OutgoingMessage {
  /** The branch and method of a request, or the transaction of an answer that awaits its ACK. */
  readonly key: string;
  readonly text: string;
  readonly flow: Flow;
  readonly to: Endpoint;
  /** Whether it goes to a registered device or another node. */
  readonly toDevice: boolean;
  /** Of a refusal: its To tag, which the ACK repeats. */
  readonly tag?: string;
  /** Whether the message is still of use. Called before each repetition. */
  readonly isWanted: () => boolean;
  /** Called once, with the final status and its response, or with `UNANSWERED` or `UNSENT`. */
  readonly onFinal: (status: number, now: Instant, answer?: SipMessage) => void;
}

type ClientTransactionState = 'unsent' | 'trying' | 'proceeding' | 'completed';

/** One message and how far it has come. */
class ClientTransaction extends Queued implements Aged<ClientTransaction> {
  readonly message: OutgoingMessage;
  /** See above. */
  state: ClientTransactionState = 'unsent';
  giveUpAt: Instant;
  interval: number = T1;
  /** In state Unsent: its place among those of its address. */
  unsent: Unsent | undefined = undefined;
  repetitions = 0;
  /** Neighbours among the transactions of others than devices. */
  older: ClientTransaction | undefined = undefined;
  newer: ClientTransaction | undefined = undefined;

  constructor(message: OutgoingMessage, giveUpAt: Instant) {
    super();
    this.message = message;
    this.giveUpAt = giveUpAt;
  }
}

interface Unsent extends Aged<Unsent> {
  readonly transaction: ClientTransaction;
}

/** The client transactions of this node. `now` is given, and flows send. */
export class ClientTransactions {
  readonly #limits: ClientTransactionLimits;
  readonly #onExcess: (address: string, now: Instant) => void;
  readonly #transactions = new Map<string, ClientTransaction>();
  /** Those in state Unsent, by address. */
  readonly #unsent = new Map<string, AgeList<Unsent>>();
  readonly #deadlines = new DeadlineQueue<ClientTransaction>();
  readonly #others = new AgeList<ClientTransaction>();
  readonly #othersBySource = new Map<string, number>();

  /** `onExcess` is called for a message over the limits. It was sent once, if at all, and its response is dropped. */
  constructor(
    onExcess: (address: string, now: Instant) => void,
    limits: ClientTransactionLimits = CLIENT_TRANSACTION_LIMITS,
  ) {
    this.#onExcess = onExcess;
    this.#limits = limits;
  }

  get size(): number {
    return this.#transactions.size;
  }

  /** Sends a message and begins its transaction, unless there is one: then the message is the same as before. */
  send(message: OutgoingMessage, now: Instant): void {
    const { key, text, flow, to } = message;
    if (this.#transactions.has(key)) {
      flow.send(text, to, now);
      return;
    }
    if (!this.#makeRoomFor(message, now)) {
      flow.send(text, to, now);
      this.#onExcess(flow.remote.address, now);
      return;
    }
    const transaction = new ClientTransaction(message, after(now, GIVE_UP));
    this.#transactions.set(key, transaction);
    if (!message.toDevice) this.#countOther(transaction);
    const isSent = flow.send(text, to, now);
    if (this.#transactions.get(key) !== transaction) return; // the answer was there before this returned
    if (isSent) this.#enterSent(transaction, now);
    else this.#enterUnsent(transaction);
  }

  /** Takes a response to the request that it answers. `false`: there is none, and the response is dropped. */
  receiveResponse(message: SipMessage, flow: Flow, now: Instant): boolean {
    const { via, cseq } = message;
    const key = via === undefined || cseq === undefined ? '' : `${via.branch} ${cseq.method}`;
    const transaction = this.#transactions.get(key);
    if (transaction === undefined) return false;
    const isSent = transaction.state !== 'unsent';
    // Only who received the request knows its branch.
    if (isSent && transaction.message.to.address === flow.remote.address) flow.validate(now);
    if (message.status >= 200) this.#terminate(transaction, message.status, now, message);
    else {
      if (isSent) transaction.state = 'proceeding';
      transaction.interval = T2;
    }
    return true;
  }

  /** Ends the transaction of a refused INVITE. An ACK with the right tag proves that the refusal arrived. */
  receiveAck(key: string, tag: string | undefined, flow: Flow, now: Instant): void {
    const transaction = this.#transactions.get(key);
    if (transaction === undefined) return;
    if (tag !== undefined && tag === transaction.message.tag) flow.validate(now);
    this.#terminate(transaction, 200, now);
  }

  /** Sends what waits for this address as far as it may: something has come from there. */
  sendWaiting(address: string, now: Instant): void {
    const unsent = this.#unsent.get(address);
    if (unsent === undefined) return;
    for (let { oldest } = unsent; oldest !== undefined; { oldest } = unsent) {
      const { transaction } = oldest;
      const { flow, text, to } = transaction.message;
      if (!flow.send(text, to, now)) return;
      this.#release(transaction);
      this.#enterSent(transaction, now);
    }
  }

  nextDeadline(): Instant | undefined {
    return this.#deadlines.next();
  }

  expire(now: Instant): void {
    this.#deadlines.expire(now, (transaction) => {
      const { message, giveUpAt } = transaction;
      if (now >= giveUpAt || !message.flow.open) this.#giveUp(transaction, now);
      else this.#repeat(transaction, now);
    });
  }

  postpone(span: Duration): void {
    this.#deadlines.postpone(span, (transaction) => {
      transaction.giveUpAt = after(transaction.giveUpAt, span);
    });
  }

  /** Timer E, or G of a refusal. */
  #repeat(transaction: ClientTransaction, now: Instant): void {
    const { flow, text, to, isWanted } = transaction.message;
    const isOver = transaction.repetitions >= UNPROVED_REPETITIONS && !flow.isValidated(now);
    if (isOver || !isWanted()) {
      this.#deadlines.set(transaction, transaction.giveUpAt);
      return;
    }
    if (flow.send(text, to, now)) transaction.repetitions += 1;
    transaction.interval = Math.min(2 * transaction.interval, T2);
    const next = after(now, milliseconds(transaction.interval));
    this.#deadlines.set(transaction, instant(Math.min(next, transaction.giveUpAt)));
  }

  #enterSent(transaction: ClientTransaction, now: Instant): void {
    transaction.state = transaction.message.tag === undefined ? 'trying' : 'completed';
    this.#deadlines.set(
      transaction,
      transaction.message.flow.transport === 'udp' ? after(now, T1) : transaction.giveUpAt,
    );
  }

  #enterUnsent(transaction: ClientTransaction): void {
    transaction.state = 'unsent';
    const { address } = transaction.message.flow.remote;
    const unsent = this.#unsent.get(address) ?? new AgeList();
    this.#unsent.set(address, unsent);
    transaction.unsent = { transaction, older: undefined, newer: undefined };
    unsent.add(transaction.unsent);
    this.#deadlines.set(transaction, transaction.giveUpAt);
  }

  #release(transaction: ClientTransaction): void {
    const { address } = transaction.message.flow.remote;
    const unsent = this.#unsent.get(address);
    if (unsent === undefined || transaction.unsent === undefined) return;
    unsent.remove(transaction.unsent);
    transaction.unsent = undefined;
    if (unsent.size === 0) this.#unsent.delete(address);
  }

  /** Whether the message may have a transaction, after another has made room if need be. */
  #makeRoomFor({ toDevice, flow }: OutgoingMessage, now: Instant): boolean {
    const { devices, others, othersPerSource } = this.#limits;
    if (toDevice) return this.#transactions.size - this.#others.size < devices;
    if ((this.#othersBySource.get(flow.remote.address) ?? 0) >= othersPerSource) return false;
    if (this.#others.size < others) return true;
    const { oldest } = this.#others;
    if (oldest === undefined || now < oldest.giveUpAt - GIVE_UP + GIVE_WAY) return false;
    this.#giveUp(oldest, now);
    return true;
  }

  #countOther(transaction: ClientTransaction): void {
    const { address } = transaction.message.flow.remote;
    this.#others.add(transaction);
    this.#othersBySource.set(address, (this.#othersBySource.get(address) ?? 0) + 1);
  }

  #uncountOther(transaction: ClientTransaction): void {
    this.#others.remove(transaction);
    const { address } = transaction.message.flow.remote;
    const left = (this.#othersBySource.get(address) ?? 1) - 1;
    if (left === 0) this.#othersBySource.delete(address);
    else this.#othersBySource.set(address, left);
  }

  /** Timer F, or H of a refusal. */
  #giveUp(transaction: ClientTransaction, now: Instant): void {
    this.#terminate(transaction, transaction.state === 'unsent' ? UNSENT : UNANSWERED, now);
  }

  #terminate(transaction: ClientTransaction, status: number, now: Instant, answer?: SipMessage): void {
    const { message } = transaction;
    this.#transactions.delete(message.key);
    this.#deadlines.set(transaction, undefined);
    if (!message.toDevice) this.#uncountOther(transaction);
    this.#release(transaction);
    message.onFinal(status, now, answer);
  }
}
