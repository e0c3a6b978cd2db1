// One transfer as RFC 1350 and 7440 have it: a window of blocks is sent, its acknowledgement waited for. Pure: it is told
// what arrived and when, and calls `send`. It sends again by the timer alone; a doubled acknowledgement costs nothing.

import type { Due } from '../core/deadlines.js';
import { after, type Duration, type Instant, milliseconds } from '../core/time.js';
import type { Terms } from './options.js';
import { HEAD, OPCODE } from './packet.js';
import type { FileContent } from './source.js';

/** How a transfer asks its surroundings. */
export interface TransferPort {
  /** The octets stay unchanged until the window that holds them is acknowledged. */
  send(bytes: Buffer, offset: number, length: number): void;
  /** For what goes on after a read; everything else is told the time. */
  now(): Instant;
  /** When to call `expire`, `undefined`: never. */
  await(at: Instant | undefined): void;
  finished(): void;
  failed(reason: 'timeout' | 'read-error', detail: string): void;
}

export interface TransferPlan {
  readonly content: FileContent;
  readonly terms: Terms;
  /** The OACK, absent where no option was granted. It counts as block 0. */
  readonly options: Buffer | undefined;
  readonly retries: number;
  readonly maxTimeout: Duration;
}

export class Transfer implements Due {
  dueAt: Instant | undefined;
  queuedAt: Instant | undefined;
  readonly startedAt: Instant;
  readonly #plan: TransferPlan;
  readonly #port: TransferPort;
  readonly #lastBlock: number;
  readonly #slot: number;
  readonly #window: Buffer;
  #acknowledged: number;
  /** The highest block that has been sent. */
  #sent: number;
  #retriesLeft: number;
  #wait: Duration;
  #resent = 0;
  #resumedAt = -1;
  /** Rises with every change of what is to be sent next, so that a late read is recognised. */
  #reading = 0;
  #ended = false;

  constructor(plan: TransferPlan, port: TransferPort, now: Instant) {
    const { content, terms, options, retries } = plan;
    this.#plan = plan;
    this.#port = port;
    this.startedAt = now;
    this.#lastBlock = Math.floor(content.size / terms.blockSize) + 1;
    this.#slot = HEAD + terms.blockSize;
    this.#window = Buffer.allocUnsafe(this.#slot * Math.min(terms.windowSize, this.#lastBlock));
    this.#acknowledged = options === undefined ? 0 : -1;
    this.#sent = this.#acknowledged;
    this.#retriesLeft = retries;
    this.#wait = terms.timeout;
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
    return this.#sent === this.#lastBlock;
  }

  start(now: Instant): void {
    if (this.#plan.options === undefined) this.#sendWindow(now);
    else this.#sendOptions(now);
  }

  /** The client acknowledged a block, by its number of 16 bits. */
  acknowledge(number: number, now: Instant): void {
    if (this.#ended) return;
    if (this.#acknowledged < 0) {
      if (number !== 0 || this.#sent < 0) return;
      this.#progress(0, now);
      return;
    }
    // The number counts modulo 65536; the window is far smaller, so the distance from what is acknowledged tells the block.
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
      if (this.allSent && this.#acknowledged >= this.#lastBlock - 1) this.#finish();
      else this.#fail('timeout', `no acknowledgement after ${this.#plan.retries + 1} tries`);
      return;
    }
    this.#retriesLeft -= 1;
    if (!this.#plan.terms.fixedTimeout)
      this.#wait = milliseconds(Math.min(this.#wait * 2, Math.max(this.#plan.maxTimeout, this.#plan.terms.timeout)));
    if (this.#acknowledged < 0) {
      this.#resent += 1;
      this.#sendOptions(now);
      return;
    }
    this.#resent += this.#sent - this.#acknowledged;
    this.#sent = this.#acknowledged;
    this.#sendWindow(now);
  }

  /** Whoever owns the transfer has ended it. */
  abandon(): void {
    if (this.#ended) return;
    this.#end();
  }

  #progress(block: number, now: Instant): void {
    this.#acknowledged = block;
    this.#retriesLeft = this.#plan.retries;
    this.#wait = this.#plan.terms.timeout;
    if (block === this.#lastBlock) {
      this.#finish();
      return;
    }
    // An acknowledgement inside the window means that what follows it was lost: sending goes on behind it (RFC 7440 §4).
    this.#resent += Math.max(0, this.#sent - block);
    this.#sent = block;
    this.#sendWindow(now);
  }

  /**
   * The last acknowledgement came again. With one block at a time that is a doubled packet and must cost nothing (RFC 1123
   * §4.2.3.1); with a window it says that the first block after it was lost, once.
   */
  #resume(now: Instant): void {
    if (this.#plan.terms.windowSize === 1 || this.#resumedAt === this.#acknowledged) return;
    if (this.#sent === this.#acknowledged) return; // still reading
    this.#resumedAt = this.#acknowledged;
    this.#resent += this.#sent - this.#acknowledged;
    this.#sent = this.#acknowledged;
    this.#sendWindow(now);
  }

  #sendOptions(now: Instant): void {
    const { options } = this.#plan;
    if (options === undefined) return;
    this.#sent = Math.max(this.#sent, 0);
    this.#port.send(options, 0, options.length);
    this.#port.await(after(now, this.#wait));
  }

  #sendWindow(now: Instant): void {
    this.#reading += 1;
    const upTo = Math.min(this.#acknowledged + this.#plan.terms.windowSize, this.#lastBlock);
    while (this.#sent < upTo) {
      const block = this.#sent + 1;
      const { blockSize } = this.#plan.terms;
      const read = this.#plan.content.read((block - 1) * blockSize, blockSize);
      if (read instanceof Promise) {
        this.#sendLater(read, block);
        return;
      }
      if (!this.#sendBlock(block, read)) return;
    }
    this.#port.await(after(now, this.#wait));
  }

  /** The octets are on disk: the timer rests until they are here. */
  #sendLater(read: Promise<Buffer>, block: number): void {
    const reading = this.#reading;
    this.#port.await(undefined);
    read.then(
      (octets) => {
        if (this.#ended || reading !== this.#reading) return;
        if (this.#sendBlock(block, octets)) this.#sendWindow(this.#port.now());
      },
      (error: unknown) => {
        if (!this.#ended) this.#fail('read-error', error instanceof Error ? error.message : String(error));
      },
    );
  }

  #sendBlock(block: number, octets: Buffer): boolean {
    const { blockSize } = this.#plan.terms;
    const whole = block === this.#lastBlock ? this.#plan.content.size - (block - 1) * blockSize : blockSize;
    if (octets.length !== whole) {
      this.#fail('read-error', `the file ended after ${(block - 1) * blockSize + octets.length} octets`);
      return false;
    }
    const window = this.#window;
    const at = ((block - 1) % this.#plan.terms.windowSize) * this.#slot;
    window[at] = 0;
    window[at + 1] = OPCODE.DATA;
    window[at + 2] = (block >> 8) & 0xff;
    window[at + 3] = block & 0xff;
    octets.copy(window, at + HEAD);
    this.#sent = block;
    this.#port.send(window, at, HEAD + octets.length);
    return true;
  }

  #finish(): void {
    this.#end();
    this.#port.finished();
  }

  #fail(reason: 'timeout' | 'read-error', detail: string): void {
    this.#end();
    this.#port.failed(reason, detail);
  }

  #end(): void {
    this.#ended = true;
    this.#port.await(undefined);
    this.#plan.content.close();
  }
}
