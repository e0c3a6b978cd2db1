import { after, type Clock, type Instant, seconds, type Timer } from '../core/time.js';
import { BusUnavailable } from './ports.js';

/** So many writes are under way at once. */
const AT_ONCE = 512;
/** So many wait behind them. More are refused. */
const MOST_WAITING = 8_192;
/** The engine answers within this, or not at all. */
const ANSWER_WITHIN = seconds(3);

/** The codes with which the engine says that a key has another revision than the one that was named. */
const WRONG_REVISION: readonly number[] = [10_071, 10_164];

/** What the engine answers to a write: JSON, or a status alone. */
export interface WriteAnswer {
  readonly headers?: { readonly code: number } | undefined;
  string(): string;
}

/** What the writes are made of. */
export interface PublishedWritesDependencies<H> {
  readonly clock: Clock;
  /** The subject below which the engine answers, without a dot at its end. */
  readonly inbox: string;
  /** Sends a message. Throws if the connection is closed. */
  publish(subject: string, value: string, reply: string, headers: H | undefined): void;
}

interface Write<H> {
  readonly subject: string;
  readonly value: string;
  readonly headers: H | undefined;
  readonly resolve: (revision: number | undefined) => void;
  readonly reject: (error: Error) => void;
}

interface SentWrite<H> extends Write<H> {
  readonly until: Instant;
}

/**
 * Writes that wait for the engine's answer, over one connection. One subscription receives all answers, and one timer watches
 * them, since a subscription and a timer for each write cost more than the write.
 */
export class PublishedWrites<H> {
  readonly #dependencies: PublishedWritesDependencies<H>;
  /** By number, in the order of sending, which is the order of their time. */
  readonly #sent = new Map<number, SentWrite<H>>();
  #waiting: Write<H>[] = [];
  /** The first of `#waiting` that was not sent. */
  #next = 0;
  #number = 0;
  #timer: Timer | undefined;
  #ended: string | undefined;

  constructor(dependencies: PublishedWritesDependencies<H>) {
    this.#dependencies = dependencies;
  }

  /**
   * Writes a message. Resolves with its revision; `undefined`: the key has another revision than the headers name. Rejects
   * with `BusUnavailable` if a later attempt may succeed, and with an `Error` if none will.
   */
  write(subject: string, value: string, headers?: H): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) reject(new BusUnavailable(this.#ended));
      else if (this.#waiting.length - this.#next >= MOST_WAITING)
        reject(new BusUnavailable('too many writes wait for the bus'));
      else {
        this.#waiting.push({ subject, value, headers, resolve, reject });
        this.#send();
      }
    });
  }

  /** The engine has answered at this subject. */
  answered(subject: string, answer: WriteAnswer): void {
    const number = Number.parseInt(subject.slice(this.#dependencies.inbox.length + 1), 36);
    const write = this.#sent.get(number);
    if (write === undefined) return; // late
    this.#sent.delete(number);
    const outcome = outcomeOf(answer);
    if (outcome instanceof Error) write.reject(outcome);
    else write.resolve(outcome);
    this.#send();
  }

  /** The connection is gone: nothing is answered any more. */
  end(reason: string): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    this.#timer?.cancel();
    const unanswered = [...this.#sent.values(), ...this.#waiting.slice(this.#next)];
    this.#sent.clear();
    this.#waiting = [];
    this.#next = 0;
    for (const { reject } of unanswered) reject(new BusUnavailable(reason));
  }

  #send(): void {
    const { clock, inbox, publish } = this.#dependencies;
    while (this.#sent.size < AT_ONCE) {
      const write = this.#waiting[this.#next];
      if (write === undefined) break;
      this.#next += 1;
      const number = this.#number;
      this.#number += 1;
      try {
        publish(write.subject, write.value, `${inbox}.${number.toString(36)}`, write.headers);
        this.#sent.set(number, { ...write, until: after(clock.now(), ANSWER_WITHIN) });
      } catch (error) {
        write.reject(new BusUnavailable(error instanceof Error ? error.message : String(error)));
      }
    }
    if (this.#next > 1_024 || this.#next === this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#next);
      this.#next = 0;
    }
    if (this.#timer === undefined) this.#watch();
  }

  #watch(): void {
    const { clock } = this.#dependencies;
    const [first] = this.#sent.values();
    this.#timer =
      first === undefined
        ? undefined
        : clock.callAt(first.until, () => {
            this.#expire(clock.now());
            this.#watch();
          });
  }

  #expire(now: Instant): void {
    for (const [number, write] of this.#sent) {
      if (write.until > now) break;
      this.#sent.delete(number);
      write.reject(new BusUnavailable('the engine did not answer'));
    }
    this.#send();
  }
}

/** The revision; `undefined`: the key has another one. */
const outcomeOf = (answer: WriteAnswer): number | undefined | Error => {
  const code = answer.headers?.code ?? 0;
  if (code >= 300) return new BusUnavailable(`the engine does not store at present (${code})`);
  const text = answer.string();
  if (!text.includes('"error"')) {
    const [, revision] = /"seq":\s*(\d+)/.exec(text) ?? [];
    if (revision !== undefined) return Number(revision);
  }
  try {
    const { error } = JSON.parse(text);
    const [status, detail] = [Number(error.code), Number(error.err_code)];
    if (WRONG_REVISION.includes(detail)) return undefined;
    const reason = `${String(error.description).slice(0, 256)} (${detail})`;
    return status >= 500 ? new BusUnavailable(reason) : new Error(reason);
  } catch {
    return new BusUnavailable('the engine answered what is no answer');
  }
};
