import { earlier, type HasDeadlines } from '../../core/deadline-timer.js';
import { type Duration, type Instant, instant } from '../../core/time.js';
import type { SipMessage } from '../message/message.js';
import type { TransactionLimits } from '../settings.js';
import type { Flow } from '../transport/flow.js';
import { mergeKey, rfc3261Key, ServerTransactions, TIMER_J } from './server-transactions.js';

const EXPIRY_STEP = 1_000;
/** The methods that a CANCEL may be for. */
const CANCELLABLE = ['INVITE', 'REGISTER', 'SUBSCRIBE', 'REFER', 'OPTIONS'] as const;

/** The server transactions of this node: those over UDP and those over streams, which are kept for different times. */
export class TransactionLayer implements HasDeadlines {
  readonly #datagrams: ServerTransactions;
  readonly #streams: ServerTransactions;

  constructor(limits: TransactionLimits) {
    this.#datagrams = new ServerTransactions(TIMER_J.datagram, limits);
    this.#streams = new ServerTransactions(TIMER_J.stream, limits);
  }

  get size(): number {
    return this.#datagrams.size + this.#streams.size;
  }

  /** The transactions over flows of that kind. */
  tableOf({ transport }: Flow): ServerTransactions {
    return transport === 'udp' ? this.#datagrams : this.#streams;
  }

  /**
   * The key by which a request is recognised that came by two ways. `undefined` over a stream: there a transaction ends
   * with its response, so that nothing is left to be merged with (RFC 3261 §17.2.2).
   */
  mergeKeyOf(message: SipMessage, { transport }: Flow): string | undefined {
    return transport === 'udp' ? mergeKey(message) : undefined;
  }

  /** Whether the transaction is known that a CANCEL is for (RFC 3261 §9.2). */
  knowsCancelled({ via }: SipMessage, flow: Flow): boolean {
    const table = this.tableOf(flow);
    return (
      via !== undefined && CANCELLABLE.some((method) => table.find(rfc3261Key(via, method, flow.link)) !== undefined)
    );
  }

  /** Rounded up to a second: many transactions end in one, and are forgotten together. */
  nextDeadline(): Instant | undefined {
    const at = earlier(this.#datagrams.nextDeadline(), this.#streams.nextDeadline());
    return at === undefined ? undefined : instant(Math.ceil(at / EXPIRY_STEP) * EXPIRY_STEP);
  }

  expire(now: Instant): void {
    this.#datagrams.expire(now);
    this.#streams.expire(now);
  }

  postpone(span: Duration): void {
    this.#datagrams.postpone(span);
    this.#streams.postpone(span);
  }
}
