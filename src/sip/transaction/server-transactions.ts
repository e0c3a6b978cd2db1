// Server transactions (RFC 3261 §17.2, `sip.md` §8): a retransmission is known by its key and gets the octets of the first
// answer again. Pure: `now` is given. Bounded per source and in all; what is over a bound forgets its oldest.

import { after, type Duration, type Instant, seconds } from '../../core/time.js';
import { ID } from '../message/headers.js';
import type { SipMessage } from '../message/message.js';
import { sentByOf, type Via } from '../message/via.js';

/** Timer J: 64·T1 over datagrams. Over streams RFC 3261 has 0; a few seconds serve phones that repeat themselves. */
export const TIMER_J = { datagram: seconds(32), stream: seconds(4) } as const satisfies Record<string, Duration>;

export interface TransactionLimits {
  readonly all: number;
  readonly perSource: number;
  /** Of keys and answers together. */
  readonly octets: number;
}

export const TRANSACTION_LIMITS: TransactionLimits = { all: 65_536, perSource: 2_048, octets: 128 * 1024 * 1024 };

const COOKIE = 'z9hG4bK';

/** Of a request whose branch has the cookie. `flow` keeps streams apart: phones draw their branches from small spaces. */
export const rfc3261Key = (via: Via, method: string, flow: number): string =>
  `${via.branch} ${sentByOf(via)} ${method} ${flow}`;

/**
 * RFC 3261 §17.2.3: branch, sent-by and method, where the branch has the cookie and more behind it; else RFC 2543's key.
 */
export const transactionKey = (message: SipMessage, flow: number): string => {
  const { via, method } = message;
  const of = method === 'ACK' ? 'INVITE' : method;
  if (via === undefined) return '';
  if (via.branch.length > COOKIE.length && via.branch.startsWith(COOKIE)) return rfc3261Key(via, of, flow);
  const { cseq, fromTag = '', callId = '' } = message;
  return `2543 ${message.uri} ${fromTag} ${callId} ${cseq?.number} ${of} ${message.text(ID.Via)} ${flow}`;
};

/** RFC 3261 §8.2.2.2: two of these with different keys are one request that came by two ways. `undefined`: has a To tag. */
export const mergeKey = (message: SipMessage): string | undefined =>
  message.toTag === undefined
    ? `${message.callId} ${message.cseq?.number} ${message.fromTag ?? ''} ${message.method}`
    : undefined;

/** One request and, once there is one, its final answer. */
export interface ServerTransaction {
  readonly key: string;
  readonly merge: string | undefined;
  /** The final answer as it went out, latin1; empty: still at work. */
  readonly finalResponse: string;
}

interface Entry extends ServerTransaction {
  finalResponse: string;
  readonly source: Source;
  until: Instant;
  /** Neighbours in order of age, over all; and the next of this source. */
  older: Entry | undefined;
  newer: Entry | undefined;
  nextOfSource: Entry | undefined;
}

interface Source {
  readonly address: string;
  oldest: Entry | undefined;
  newest: Entry | undefined;
  count: number;
}

/** The transactions of one kind of transport: all are kept equally long, so that the oldest is always the next to go. */
export class ServerTransactions {
  readonly #kept: Duration;
  readonly #limits: TransactionLimits;
  readonly #byKey = new Map<string, Entry>();
  readonly #byMerge = new Map<string, Entry>();
  readonly #sources = new Map<string, Source>();
  #oldest: Entry | undefined;
  #newest: Entry | undefined;
  #octets = 0;

  constructor(kept: Duration, limits: TransactionLimits = TRANSACTION_LIMITS) {
    this.#kept = kept;
    this.#limits = limits;
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** The transaction that this request repeats; `undefined`: it is new. */
  find(key: string): ServerTransaction | undefined {
    return this.#byKey.get(key);
  }

  /** Whether another transaction is the same request, come by another way: 482. */
  hasMerged(merge: string | undefined): boolean {
    return merge !== undefined && this.#byMerge.has(merge);
  }

  /** Remembers a new request from `address`. */
  begin(key: string, merge: string | undefined, address: string, now: Instant): ServerTransaction {
    this.expire(now);
    const source = this.#sourceOf(address);
    if (source.count >= this.#limits.perSource && source.oldest !== undefined) this.#forget(source.oldest);
    if (this.#byKey.size >= this.#limits.all && this.#oldest !== undefined) this.#forget(this.#oldest);
    const entry: Entry = {
      key,
      merge,
      finalResponse: '',
      source,
      until: after(now, this.#kept),
      older: this.#newest,
      newer: undefined,
      nextOfSource: undefined,
    };
    if (this.#newest === undefined) this.#oldest = entry;
    else this.#newest.newer = entry;
    this.#newest = entry;
    if (source.newest === undefined) source.oldest = entry;
    else source.newest.nextOfSource = entry;
    source.newest = entry;
    // The source may have been forgotten with its last transaction a moment ago.
    this.#sources.set(address, source);
    source.count += 1;
    this.#byKey.set(key, entry);
    if (merge !== undefined) this.#byMerge.set(merge, entry);
    this.#grow(octetsOf(entry), entry);
    return entry;
  }

  /** Its final answer has gone out. */
  complete(transaction: ServerTransaction, answer: string): void {
    const entry = transaction as Entry;
    if (this.#byKey.get(entry.key) !== entry) return;
    entry.finalResponse = answer;
    this.#grow(answer.length, entry);
  }

  /** What is over the bound forgets the oldest, never the one in hand. */
  #grow(octets: number, inHand: Entry): void {
    this.#octets += octets;
    while (this.#octets > this.#limits.octets && this.#oldest !== undefined && this.#oldest !== inHand)
      this.#forget(this.#oldest);
  }

  nextDeadline(): Instant | undefined {
    return this.#oldest?.until;
  }

  expire(now: Instant): void {
    while (this.#oldest !== undefined && this.#oldest.until <= now) this.#forget(this.#oldest);
  }

  postpone(span: Duration): void {
    for (let entry = this.#oldest; entry !== undefined; entry = entry.newer) entry.until = after(entry.until, span);
  }

  #sourceOf(address: string): Source {
    return this.#sources.get(address) ?? { address, oldest: undefined, newest: undefined, count: 0 };
  }

  /** Only the oldest of all or of its source is ever forgotten. */
  #forget(entry: Entry): void {
    if (entry.older === undefined) this.#oldest = entry.newer;
    else entry.older.newer = entry.newer;
    if (entry.newer === undefined) this.#newest = entry.older;
    else entry.newer.older = entry.older;
    this.#octets -= octetsOf(entry);
    const { source } = entry;
    source.oldest = entry.nextOfSource;
    if (source.oldest === undefined) source.newest = undefined;
    source.count -= 1;
    if (source.count === 0) this.#sources.delete(source.address);
    if (this.#byKey.get(entry.key) === entry) this.#byKey.delete(entry.key);
    if (entry.merge !== undefined && this.#byMerge.get(entry.merge) === entry) this.#byMerge.delete(entry.merge);
  }
}

const octetsOf = ({ key, merge, finalResponse: answer }: ServerTransaction): number =>
  key.length + (merge?.length ?? 0) + answer.length;
