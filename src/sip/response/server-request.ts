// A request whose answers come when they are ready: provisional ones as often as there is news, and one that is final
// (RFC 3261 §17.2). A method that has it answers at any time, also long after its turn.

import type { Instant } from '../../core/time.js';
import type { Endpoint } from '../../net/ports.js';
import type { SipMessage } from '../message/message.js';
import type { Flow } from '../transport/flow.js';
import { type CopiedHeaders, writeResponse } from './response-writer.js';

/** What an answer says besides the request's own words. */
export interface Answer {
  readonly status: number;
  readonly phrase: string;
  /** Whole header lines after CSeq. */
  readonly headers?: string;
  /** `Server:` before CSeq, as in answers outside of calls. */
  readonly server?: string;
  readonly body?: { readonly type: string; readonly text: string };
}

/** Carries answers away. */
export interface AnswerCarrier {
  /** `text` is the whole answer; a final one ends the transaction. */
  carry(request: ServerRequest, text: string, status: number, now: Instant): void;
}

/** A request that may be answered at any time and more than once (RFC 3261 §17.2.1). */
export class ServerRequest {
  readonly message: SipMessage;
  readonly flow: Flow;
  /** Where its answers go over UDP. */
  readonly to: Endpoint;
  /** The transaction's key. */
  readonly key: string;
  /** The To tag of its answers but the 100, if it has none. */
  tag: string;
  readonly #copied: CopiedHeaders;
  readonly #date: string;
  readonly #carrier: AnswerCarrier;
  #lastText = '';
  #isAnswered = false;

  constructor(
    about: Pick<ServerRequest, 'message' | 'flow' | 'to' | 'key' | 'tag'>,
    copied: CopiedHeaders,
    date: string,
    carrier: AnswerCarrier,
  ) {
    this.message = about.message;
    this.flow = about.flow;
    this.to = about.to;
    this.key = about.key;
    this.tag = about.tag;
    this.#copied = copied;
    this.#date = date;
    this.#carrier = carrier;
  }

  /** It has its final answer. */
  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  /** Sends an answer. What comes after the final one is dropped. */
  answer(answer: Answer, now: Instant): void {
    if (this.#isAnswered) return;
    const { status } = answer;
    this.#isAnswered = status >= 200;
    this.#lastText = writeResponse(this.#copied, status === 100 ? '' : this.tag, this.#date, answer);
    this.#carrier.carry(this, this.#lastText, status, now);
  }

  /** Sends the last answer's octets again. */
  repeat(now: Instant): void {
    this.flow.send(this.#lastText, this.to, now);
  }
}
