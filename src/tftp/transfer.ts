// One file on its way to one client: what is sent, and when, block by block and window by window. Pure: it is told what
// arrived and when, and calls `send`. It sends again by the timer alone; a doubled acknowledgement costs nothing.

import { NOT_QUEUED, type Queued } from '../core/deadline-queue.js';
import { after, type Duration, type Instant, milliseconds, NEVER } from '../core/time.js';
import type { Blocks } from './blocks.js';
import type { Terms } from './options.js';
import { dataPacket } from './packet.js';

/** How a transfer asks its surroundings. */
export interface TransferPort {
  /** `bytes` are not touched afterwards. */
  send(bytes: Buffer): void;
  /** For what goes on after a read; everything else is told the time. */
  now(): Instant;
  /** When to call `expire`, `undefined`: never. */
  setDeadline(at: Instant | undefined): void;
  /** Called once, last: the client has the file, or it was given up. */
  finished(): void;
  failed(reason: 'timeout' | 'read-error', detail: string): void;
}

/**
 * Repetitions of the first packet. A source that has acknowledged nothing may be a forged one: who is named there must not be
 * sent many times what came. A phone needs no more: while nothing comes it asks again by itself.
 */
const FIRST_REPETITIONS = 2;

export interface TransferPlan {
  readonly blocks: Blocks;
  readonly terms: Terms;
  /** The OACK, absent where no option was granted. It counts as block 0. */
  readonly options: Buffer | undefined;
  readonly retries: number;
  readonly maxTimeout: Duration;
}

export class Transfer implements Queued {
  dueAt = NEVER;
  heapIndex = NOT_QUEUED;
  readonly startedAt: Instant;
  readonly #plan: TransferPlan;
  readonly #port: TransferPort;
  /** Known once it was read. */
  #lastBlock = Number.POSITIVE_INFINITY;
  #acknowledged: number;
  /** What goes on from here: the highest block of the window that has been sent. */
  #sent: number;
  /** The highest block that was ever sent. */
  #reached = 0;
  #retriesLeft: number;
  /** The client has acknowledged something, so it is where the request says. */
  #isProven = false;
  #wait: Duration;
  #resent = 0;
  /** Up to this block, an acknowledgement that comes again is taken for a doubled packet. */
  #resumedUpTo = -1;
  /** Rises with every change of what is to be sent next, so that a late read is recognised. */
  #reading = 0;
  #ended = false;

  constructor(plan: TransferPlan, port: TransferPort, now: Instant) {
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

  /** The client acknowledged a block, by its number of 16 bits. */
  acknowledge(number: number, now: Instant): void {
    if (this.#ended) return;
    if (this.#acknowledged < 0) {
      if (number === 0) this.#progress(0, now);
      return;
    }
    // The number counts modulo 65536; a window is far smaller, so its distance from what is acknowledged tells the block.
    const block = this.#acknowledged + ((number - this.#acknowledged) & 0xffff);
    if (block > this.#sent) return; // stale, or of a block that was never sent
    if (block > this.#acknowledged) this.#progress(block, now);
    else this.#resume(now);
  }

  /** The timer: what is not acknowledged is sent again, the last block a few times too, then the client is given up. */
  expire(now: Instant): void {
    if (this.#ended) return;
    if (this.#retriesLeft === 0) {
      // RFC 1350 §6: the last acknowledgement may be lost; the client has the file all the same.
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

  /** Whoever owns the transfer has ended it. */
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
    // An acknowledgement inside the window means that what follows it was lost: sending goes on behind it (RFC 7440 §4).
    this.#sent = block;
    this.#sendWindow(now);
  }

  /**
   * The last acknowledgement came again. With one block at a time that is a doubled packet and must cost nothing (RFC 1123
   * §4.2.3.1). With a window it may also say that the first block after it was lost, and sending resumes there; but not for
   * two windows on end, or one doubled packet would double all that follow.
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

  /** The octets are on disk: the timer rests until they are here. */
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
    if (this.#end()) this.#port.finished();
  }

  #fail(reason: 'timeout' | 'read-error', detail: string): void {
    if (this.#end()) this.#port.failed(reason, detail);
  }

  #end(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    this.#port.setDeadline(undefined);
    return true;
  }
}
