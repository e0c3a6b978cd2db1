// Server transactions (RFC 3261 §17.2.2, `sip.md` §8): a retransmission gets the first response again, and is not
// handled twice. The states of the RFC, and what is left of them here:
//
//   Trying       the request is being handled. Handling is synchronous, so that a retransmission can be seen in this
//                state only if handling failed by a bug. It is dropped.
//   Proceeding   a provisional response was sent. Here the 100 is sent at once or never, and is not repeated: this state
//                is the same as Trying.
//   Completed    the final response was sent. Retransmissions get the same octets again, until Timer J.
//   Terminated   the transaction is forgotten. A repetition that comes now is a new request.
//
// The state is not stored: a transaction with a final response is completed, and one that is forgotten is terminated.
// Every INVITE is refused at once (§17.2.1): its response is kept here like any other, and over UDP `ClientTransactions`
// repeats it until its ACK comes. A refresh of the fast path has no transaction: its binding knows a retransmission.

import { after, type Duration, type Instant, seconds } from '../../core/time.js';
import { ID } from '../message/headers.js';
import type { SipMessage } from '../message/message.js';
import { sentByOf, type Via } from '../message/via.js';
import { TRANSACTION_LIMITS, type TransactionLimits } from '../settings.js';

/**
 * How long a completed transaction is kept. 64·T1 over UDP. Over streams RFC 3261 has 0 seconds, but some phones repeat
 * their requests there, too.
 */
export const TIMER_J = { datagram: seconds(32), stream: seconds(4) } as const satisfies Record<string, Duration>;

const COOKIE = 'z9hG4bK';

/**
 * The key of a request whose branch has the cookie of RFC 3261. `flow`: the number of its stream, because phones draw
 * their branches from few values, so that two phones may have the same.
 */
export const rfc3261Key = (via: Via, method: string, flow: number): string =>
  `${via.branch} ${sentByOf(via)} ${method} ${flow}`;

/**
 * The key of a request (RFC 3261 §17.2.3): branch, sent-by and method, if the branch has more than the cookie;
 * otherwise the key of RFC 2543. An ACK has the key of its INVITE.
 */
export const transactionKey = (message: SipMessage, flow: number): string => {
  const { via, method } = message;
  const of = method === 'ACK' ? 'INVITE' : method;
  if (via === undefined) return '';
  if (via.branch.length > COOKIE.length && via.branch.startsWith(COOKIE)) return rfc3261Key(via, of, flow);
  const { cseq, fromTag = '', callId = '' } = message;
  return `2543 ${message.uri} ${fromTag} ${callId} ${cseq?.number} ${of} ${message.text(ID.Via)} ${flow}`;
};

/**
 * Two requests with the same merge key and different transaction keys are one request that came by two ways (RFC 3261
 * §8.2.2.2). `undefined`: the request has a To tag, so that the rule does not apply.
 */
export const mergeKey = (message: SipMessage): string | undefined =>
  message.toTag === undefined
    ? `${message.callId} ${message.cseq?.number} ${message.fromTag ?? ''} ${message.method}`
    : undefined;

/** One request and its latest response. */
export interface ServerTransaction {
  readonly key: string;
  readonly merge: string | undefined;
  /** As it was sent, latin1 text: the final response, or for calls a provisional one; empty: there is none yet. */
  readonly latestResponse: string;
}

/** The state of a transaction that is still known; see above. */
export const stateOf = ({ latestResponse }: ServerTransaction): 'trying' | 'proceeding' | 'completed' => {
  if (latestResponse === '') return 'trying';
  return latestResponse.startsWith(PROVISIONAL) ? 'proceeding' : 'completed';
};

const PROVISIONAL = 'SIP/2.0 1';

interface Entry extends ServerTransaction {
  latestResponse: string;
  readonly source: Source;
  until: Instant;
  /** Neighbours by age among all, and the next younger of its source. */
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

/**
 * The server transactions of one kind of transport. All are kept equally long, so that the oldest ends first. The
 * number for each source and for all is limited: a new one then takes the place of the oldest. `now` is given.
 *
 * @hot Every request that is no fast refresh has an entry. The entries are linked among themselves, by age and by
 * source, so that an entry is one object and the oldest is found at once.
 */
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

  /** The transaction of a retransmission; `undefined`: the request is new. */
  find(key: string): ServerTransaction | undefined {
    return this.#byKey.get(key);
  }

  /** Whether another transaction is the same request, come by another way. It is answered 482 then. */
  hasMerged(merge: string | undefined): boolean {
    return merge !== undefined && this.#byMerge.has(merge);
  }

  /** Begins the transaction of a new request from `address`, in state Trying. */
  begin(key: string, merge: string | undefined, address: string, now: Instant): ServerTransaction {
    this.expire(now);
    const source = this.#sourceOf(address);
    if (source.count >= this.#limits.perSource && source.oldest !== undefined) this.#forget(source.oldest);
    if (this.#byKey.size >= this.#limits.all && this.#oldest !== undefined) this.#forget(this.#oldest);
    const entry: Entry = {
      key,
      merge,
      latestResponse: '',
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

  /** Stores a response: the final one, or a provisional one that another follows. */
  answered(transaction: ServerTransaction, response: string): void {
    const entry = transaction as Entry;
    if (this.#byKey.get(entry.key) !== entry) return;
    const before = entry.latestResponse.length;
    entry.latestResponse = response;
    this.#grow(response.length - before, entry);
  }

  /** Counts octets, and forgets the oldest entries if there are too many, but never `current`. */
  #grow(octets: number, current: Entry): void {
    this.#octets += octets;
    while (this.#octets > this.#limits.octets && this.#oldest !== undefined && this.#oldest !== current)
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

const octetsOf = ({ key, merge, latestResponse: answer }: ServerTransaction): number =>
  key.length + (merge?.length ?? 0) + answer.length;
