// The leases on disk: an append-only file of JSON lines, of which the last line about an address counts. A line is
// written before the acknowledgement leaves, so a lease that a client knows of is never lost when the process dies; the
// disk itself is told in batches. Rewriting the file is spread over many short steps, since nobody may wait for it.

import type { HasDeadlines } from '../core/deadline-timer.js';
import { after, type Clock, type Instant, instant, milliseconds, seconds } from '../core/time.js';
import type { Lease, WrittenLease } from './lease.js';
import { LONGEST_LINE, leaseOf, lineOf, wholeLinesIn } from './lease-line.js';

/** A file that only grows, and that another one can take the place of. All methods but `sync` and `commit` are synchronous. */
export interface LeaseFile {
  /** What it holds, piece by piece, each good until the next is taken; nothing where it is not there yet. Comes first. */
  read(): Iterable<Buffer>;
  /** Returns when the kernel has all of it. Throws a `NodeJS.ErrnoException` where it cannot be written. */
  append(bytes: Buffer): void;
  /** Resolves when the disk has what was appended before. */
  sync(): Promise<void>;
  /** Begins a file that is to take the place of this one; appending goes on meanwhile. */
  replacement(): LeaseFileReplacement;
  close(): void;
}

export interface LeaseFileReplacement {
  append(bytes: Buffer): void;
  /** Resolves when the disk has it; what is appended meanwhile belongs to it too. */
  sync(): Promise<void>;
  /** From now on this is the file. */
  commit(): void;
  abandon(): void;
}

/** What happened to the file, for those who tell of it. */
export interface LeaseFileListener {
  onFailed(detail: string, now: Instant): void;
  onRecovered(now: Instant): void;
}

const SYNC_AFTER = milliseconds(20);
const RETRY_AFTER = seconds(1);
const STEP = milliseconds(1);
const LEASES_PER_STEP = 400;
/** The file is rewritten when it has twice the lines it needs, and this many more. */
const SPARE_LINES = 20_000;

export class LeaseJournal implements HasDeadlines {
  readonly #file: LeaseFile;
  readonly #listener: LeaseFileListener;
  readonly #clock: Clock;
  readonly #table: () => { readonly size: number; all(): Iterable<Lease> };
  #pending: string[] = [];
  #lines = 0;
  #syncAt: Instant | undefined;
  #syncing: Promise<void> | undefined;
  #rewrite:
    | { readonly file: LeaseFileReplacement; readonly left: Iterator<Lease>; lines: number; syncing: boolean }
    | undefined;
  #rewriteAt: Instant | undefined;
  /** The file cannot be trusted until it is rewritten: nothing counts as saved. */
  #broken = false;
  #closed = false;

  /** `book` is asked when the file is rewritten. */
  constructor(
    file: LeaseFile,
    table: () => { readonly size: number; all(): Iterable<Lease> },
    listener: LeaseFileListener,
    clock: Clock,
  ) {
    this.#file = file;
    this.#table = table;
    this.#listener = listener;
    this.#clock = clock;
  }

  /**
   * Hands over what was written, in that order: the last word on an address counts. Damaged lines are left out, and the last
   * one where a kill tore it: it was never acknowledged.
   */
  read(onLease: (lease: WrittenLease) => void): { readonly lines: number; readonly damaged: number } {
    let damaged = 0;
    this.#lines = 0;
    const take = (lease: WrittenLease | undefined): void => {
      this.#lines += 1;
      if (lease === undefined) damaged += 1;
      else onLease(lease);
    };
    const takeLine = (line: string): void => {
      const lease = line.length > LONGEST_LINE ? undefined : leaseOf(line, this.#clock);
      // A line feed that is damaged joins two lines, each of which may still be good.
      const joined = lease === undefined && line.length <= 2 * LONGEST_LINE ? wholeLinesIn(line) : [];
      if (joined.length === 0) take(lease);
      else for (const one of joined) take(leaseOf(one, this.#clock));
    };
    let begun = '';
    for (const piece of this.#file.read()) {
      const text = piece.toString('latin1');
      let at = 0;
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', at)) {
        takeLine(begun + text.slice(at, end));
        begun = '';
        at = end + 1;
      }
      if (begun.length <= 2 * LONGEST_LINE) begun += text.slice(at);
    }
    if (begun !== '') take(undefined);
    return { lines: this.#lines, damaged };
  }

  /** Takes note of the lease as it is now. `flush` writes it. */
  add(lease: Lease): void {
    this.#pending.push(lineOf(lease, this.#clock));
  }

  /** Writes what was noted. `false`: it could not be written, and nothing that was noted may be acknowledged. */
  flush(now: Instant): boolean {
    if (this.#pending.length === 0) return !this.#broken;
    const lines = this.#pending.length;
    const bytes = Buffer.from(this.#pending.join(''), 'latin1');
    this.#pending = [];
    try {
      if (!this.#broken) {
        this.#file.append(bytes);
        this.#lines += lines;
        this.#syncAt ??= after(now, SYNC_AFTER);
      }
      if (this.#rewrite !== undefined) {
        this.#rewrite.file.append(bytes);
        this.#rewrite.lines += lines;
      }
    } catch (error) {
      this.#fail(error, now);
    }
    if (this.#rewriteAt === undefined && this.#lines > 2 * this.#table().size + SPARE_LINES) this.#rewriteAt = now;
    return !this.#broken;
  }

  nextDeadline(): Instant | undefined {
    if (this.#closed) return undefined;
    if (this.#syncAt === undefined || this.#rewriteAt === undefined) return this.#syncAt ?? this.#rewriteAt;
    return instant(Math.min(this.#syncAt, this.#rewriteAt));
  }

  expire(now: Instant): void {
    if (this.#syncAt !== undefined && this.#syncAt <= now) {
      this.#syncAt = undefined;
      this.#syncing = (this.#syncing ?? Promise.resolve())
        .then(() => this.#file.sync())
        .catch((error: unknown) => this.#fail(error, now));
    }
    if (this.#rewriteAt !== undefined && this.#rewriteAt <= now) this.#step(now);
  }

  /** Writes and syncs what is left. */
  async close(now: Instant): Promise<void> {
    this.flush(now);
    this.#closed = true;
    this.#rewrite?.file.abandon();
    this.#rewrite = undefined;
    await this.#syncing;
    if (!this.#broken) await this.#file.sync().catch(() => {});
    this.#file.close();
  }

  /** One step of rewriting; the deadline of the next one is set, or the rewriting is at its end. */
  #step(now: Instant): void {
    try {
      if (this.#rewrite === undefined) {
        const table = this.#table();
        this.#rewrite = {
          file: this.#file.replacement(),
          left: table.all()[Symbol.iterator](),
          lines: 0,
          syncing: false,
        };
      }
      const rewrite = this.#rewrite;
      const lines: string[] = [];
      for (let next = rewrite.left.next(); !next.done; next = rewrite.left.next()) {
        if (next.value.state !== 'offered' && next.value.client.key !== '') lines.push(lineOf(next.value, this.#clock));
        if (lines.length === LEASES_PER_STEP) break;
      }
      if (lines.length > 0) rewrite.file.append(Buffer.from(lines.join(''), 'latin1'));
      rewrite.lines += lines.length;
      this.#rewriteAt = after(now, lines.length === LEASES_PER_STEP ? STEP : RETRY_AFTER);
      if (lines.length === LEASES_PER_STEP || rewrite.syncing) return;
      rewrite.syncing = true;
      void rewrite.file.sync().then(
        () => this.#commit(rewrite.file, now),
        (error: unknown) => this.#fail(error, now),
      );
    } catch (error) {
      this.#fail(error, now);
    }
  }

  #commit(file: LeaseFileReplacement, now: Instant): void {
    if (this.#rewrite?.file !== file) return;
    try {
      file.commit();
      this.#lines = this.#rewrite.lines;
      this.#rewrite = undefined;
      this.#rewriteAt = undefined;
      if (this.#broken) this.#listener.onRecovered(now);
      this.#broken = false;
    } catch (error) {
      this.#fail(error, now);
    }
  }

  #fail(error: unknown, now: Instant): void {
    this.#rewrite?.file.abandon();
    this.#rewrite = undefined;
    this.#rewriteAt = after(now, RETRY_AFTER);
    this.#syncAt = undefined;
    if (!this.#broken) this.#listener.onFailed(error instanceof Error ? error.message : String(error), now);
    this.#broken = true;
  }
}
