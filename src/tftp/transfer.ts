import { Queued } from '../core/deadline-queue.js';
import { after, type Duration, type Instant, milliseconds } from '../core/time.js';
import type { Blocks } from './blocks.js';
import type { Terms } from './options.js';
import { dataPacket } from './packet.js';

/**
 * What a transfer needs of its surroundings. It is a port and not a result that the methods return: one acknowledgement
 * may send a window of blocks, a read from disk ends in no call of the caller's, and a result would cost an object for
 * each packet.
 */
export interface TransferPort {
  /** `bytes` are not touched afterwards. */
  send(bytes: Buffer): void;
  /** The time at which a read from disk has ended; the methods are handed theirs. */
  now(): Instant;
  /** Sets when to call `expire`; `undefined`: never. */
  setDeadline(at: Instant | undefined): void;
  /** The client has the whole file. Either this or `onFailed` is called, once, as the last call. */
  onFinished(): void;
  onFailed(reason: 'timeout' | 'read-error', detail: string): void;
}

/**
 * How often the first packet is repeated. A source that has acknowledged nothing may be forged, and the victim must not
 * be sent many times what we received. A phone needs no more: while nothing comes, it repeats its request.
 */
const FIRST_REPETITIONS = 2;

/** A file and the terms that it is sent by. */
export interface TransferPlan {
  readonly blocks: Blocks;
  readonly terms: Terms;
  /** The OACK; `undefined` if no option was granted. It counts as block 0. */
  readonly options: Buffer | undefined;
  readonly retries: number;
  readonly maxTimeout: Duration;
}

/**
 * Sends one file to one client, block by block and window by window. It reads no clock and no socket: its methods get
 * the packets and the time. It sends again only when the timer expires, so a duplicate acknowledgement costs nothing.
 */
export class Transfer extends Queued {
  readonly startedAt: Instant;
  readonly #plan: TransferPlan;
  readonly #port: TransferPort;
  /** Infinite until the last block has been read. */
  #lastBlock = Number.POSITIVE_INFINITY;
  #acknowledged: number;
  /** The highest block of the present window that has been sent. */
  #sent: number;
  /** The highest block that was ever sent. */
  #reached = 0;
  #retriesLeft: number;
  /** The client has acknowledged something, so its address is not forged. */
  #isProven = false;
  #wait: Duration;
  #resent = 0;
  /** Up to this block, a repeated acknowledgement is taken for a duplicate packet. */
  #resumedUpTo = -1;
  /** Rises whenever the next block to send changes, so that the result of an older read is recognised and dropped. */
  #reading = 0;
  #ended = false;

  constructor(plan: TransferPlan, port: TransferPort, now: Instant) {
    super();
    this.#plan = plan;
    this.#port = port;
    this.startedAt = now;
    this.#acknowledged = plan.options === undefined ? 0 : -1;
    this.#sent = this.#acknowledged;
    this.#retriesLeft = Math.min(FIRST_REPETITIONS, plan.retries);
    this.#wait = plan.terms.timeout;
  }

  /** Blocks that the client has. */
  get blocks(): number {
    return Math.max(0, this.#acknowledged);
  }

  /** Packets sent again. */
  get resent(): number {
    return this.#resent;
  }

  /** Everything has been sent at least once: only an acknowledgement is missing. */
  get allSent(): boolean {
    return this.#reached === this.#lastBlock;
  }

  /** The client was heard within the time that it has. */
  get isAnswered(): boolean {
    return this.#isProven && this.#retriesLeft === this.#plan.retries;
  }

  /** The client has acknowledged something. */
  get isProven(): boolean {
    return this.#isProven;
  }

  start(now: Instant): void {
    if (this.#plan.options === undefined) this.#sendWindow(now);
    else this.#sendOptions(now);
  }

  /** Takes an acknowledgement, by its block number of 16 bits. */
  acknowledge(number: number, now: Instant): void {
    if (this.#ended) return;
    if (this.#acknowledged < 0) {
      if (number === 0) this.#progress(0, now);
      return;
    }
    // Block numbers count modulo 65536. A window is far smaller, so the distance from the last acknowledged block is
    // enough.
    const block = this.#acknowledged + ((number - this.#acknowledged) & 0xffff);
    if (block > this.#sent) return; // stale, or for a block that was never sent
    if (block > this.#acknowledged) this.#progress(block, now);
    else this.#resume(now);
  }

  /** The timer has expired: sends again what was not acknowledged, the last block too, or gives the client up. */
  expire(now: Instant): void {
    if (this.#ended) return;
    if (this.#retriesLeft === 0) {
      // RFC 1350 §6: only the last acknowledgement may be lost; then the client has the file.
      if (this.#isProven && this.allSent && this.#acknowledged >= this.#lastBlock - 1) this.#finish();
      else this.#fail('timeout', `no acknowledgement after ${this.#tries} tries`);
      return;
    }
    this.#retriesLeft -= 1;
    const { terms, maxTimeout } = this.#plan;
    if (!terms.fixedTimeout) this.#wait = milliseconds(Math.min(this.#wait * 2, Math.max(maxTimeout, terms.timeout)));
    if (this.#acknowledged < 0) {
      this.#resent += 1;
      this.#sendOptions(now);
      return;
    }
    this.#sent = this.#acknowledged;
    this.#sendWindow(now);
  }

  /** Ends the transfer without a call of the port. */
  abandon(): void {
    this.#end();
  }

  get #tries(): number {
    const { retries } = this.#plan;
    return 1 + (this.#isProven ? retries : Math.min(FIRST_REPETITIONS, retries));
  }

  #progress(block: number, now: Instant): void {
    this.#acknowledged = block;
    this.#isProven = true;
    this.#retriesLeft = this.#plan.retries;
    this.#wait = this.#plan.terms.timeout;
    if (block === this.#lastBlock) {
      this.#finish();
      return;
    }
    this.#plan.blocks.forget(block + 1);
    // An acknowledgement inside the window means that the blocks after it were lost: go on with those (RFC 7440 §4).
    this.#sent = block;
    this.#sendWindow(now);
  }

  /**
   * The last acknowledgement came again. With a window of one block, that is a duplicate packet and is ignored (RFC
   * 1123 §4.2.3.1). With a larger window it may also mean that the first block after it was lost, and sending resumes
   * there. It does not resume for two windows in a row, or one duplicate packet would duplicate all that follow.
   */
  #resume(now: Instant): void {
    const { windowSize } = this.#plan.terms;
    if (windowSize === 1 || this.#acknowledged <= this.#resumedUpTo) return;
    if (this.#sent === this.#acknowledged) return; // still reading
    this.#resumedUpTo = this.#acknowledged + windowSize;
    this.#sent = this.#acknowledged;
    this.#sendWindow(now);
  }

  #sendOptions(now: Instant): void {
    const { options } = this.#plan;
    if (options === undefined) return;
    this.#port.send(options);
    this.#port.setDeadline(after(now, this.#wait));
  }

  #sendWindow(now: Instant): void {
    this.#reading += 1;
    const end = this.#acknowledged + this.#plan.terms.windowSize;
    try {
      while (this.#sent < end && this.#sent < this.#lastBlock) {
        const read = this.#plan.blocks.read(this.#sent + 1);
        if (read instanceof Promise) {
          this.#sendLater(read);
          return;
        }
        this.#sendBlock(read);
      }
    } catch (error) {
      this.#fail('read-error', error instanceof Error ? error.message : String(error));
      return;
    }
    this.#port.setDeadline(after(now, this.#wait));
  }

  /** The octets come from disk: no timer runs until they are here. */
  #sendLater(read: Promise<Buffer>): void {
    const reading = this.#reading;
    this.#port.setDeadline(undefined);
    read.then(
      (octets) => {
        if (this.#ended || reading !== this.#reading) return;
        this.#sendBlock(octets);
        this.#sendWindow(this.#port.now());
      },
      (error: unknown) => {
        if (reading === this.#reading) this.#fail('read-error', error instanceof Error ? error.message : String(error));
      },
    );
  }

  #sendBlock(octets: Buffer): void {
    this.#sent += 1;
    if (this.#sent > this.#reached) this.#reached = this.#sent;
    else this.#resent += 1;
    if (octets.length < this.#plan.terms.blockSize) this.#lastBlock = this.#sent;
    this.#port.send(dataPacket(this.#sent, octets));
  }

  #finish(): void {
    if (this.#end()) this.#port.onFinished();
  }

  #fail(reason: 'timeout' | 'read-error', detail: string): void {
    if (this.#end()) this.#port.onFailed(reason, detail);
  }

  #end(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    this.#port.setDeadline(undefined);
    return true;
  }
}
