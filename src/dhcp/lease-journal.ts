import type { HasDeadlines } from '../core/deadline-timer.js';
import { after, type Clock, type Instant, instant, milliseconds, seconds } from '../core/time.js';
import type { Lease, WrittenLease } from './lease.js';
import { LONGEST_LINE, leaseOf, lineOf, wholeLinesIn } from './lease-line.js';

/** A file that only grows, and that another file can replace. All methods but `sync` are synchronous. */
export interface LeaseFile {
  /**
   * Its content, piece by piece; a piece is valid until the next one is taken. Empty if there is no file yet. Must be
   * called before the other methods.
   */
  read(): Iterable<Buffer>;
  /** Returns when the kernel has all octets. Throws a `NodeJS.ErrnoException` if they cannot be written. */
  append(bytes: Buffer): void;
  /** Resolves when the disk has all that was appended before the call. */
  sync(): Promise<void>;
  /** Begins a file that shall replace this one; this one can be appended to meanwhile. */
  replacement(): LeaseFileReplacement;
  close(): void;
}

/** A file that is being written to replace a `LeaseFile`. */
export interface LeaseFileReplacement {
  append(bytes: Buffer): void;
  /** Resolves when the disk has all of it, also what is appended meanwhile. */
  sync(): Promise<void>;
  /** Puts it in the place of the old file. Throws a `NodeJS.ErrnoException` if that fails. */
  commit(): void;
  /** Deletes it. */
  abandon(): void;
}

/** Is called when the file begins to fail, and when it works again. */
export interface LeaseFileListener {
  onFailed(detail: string, now: Instant): void;
  onRecovered(now: Instant): void;
}

const SYNC_AFTER = milliseconds(20);
const RETRY_AFTER = seconds(1);
const STEP = milliseconds(1);
const LEASES_PER_STEP = 400;
/** The file is rewritten when it has twice the lines that it needs, and this many more. */
const SPARE_LINES = 20_000;

/**
 * The leases on disk: an append-only file of JSON lines, in which the last line about an address counts.
 *
 * A line is written before the acknowledgement is sent, so a lease that a client knows of survives a kill of the
 * process. The disk is synced in batches. The file is rewritten in many short steps, so that no message waits for it.
 */
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
  /** A write has failed. Until the file has been rewritten, no lease counts as saved. */
  #broken = false;
  #closed = false;

  /** `table` returns the leases when the file is rewritten. */
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
   * Reads the file and calls `onLease` for each line, in the order of writing: the last one for an address counts.
   * Skips damaged lines, and a last line that a kill cut off: that lease was never acknowledged.
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
      // A damaged line feed joins two lines, each of which may still be good.
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

  /** Adds the lease as it is now. `flush` writes it. */
  add(lease: Lease): void {
    this.#pending.push(lineOf(lease, this.#clock));
  }

  /** Writes what was added. `false`: that failed, and no lease that was added may be acknowledged. */
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

  /** Writes and syncs what is left, and closes the file. */
  async close(now: Instant): Promise<void> {
    this.flush(now);
    this.#closed = true;
    this.#rewrite?.file.abandon();
    this.#rewrite = undefined;
    await this.#syncing;
    if (!this.#broken) await this.#file.sync().catch(() => {});
    this.#file.close();
  }

  /** Does one step of rewriting, and sets the deadline of the next one. */
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
        const { state, client, isForeign } = next.value;
        if (state !== 'offered' && client.key !== '' && !isForeign) lines.push(lineOf(next.value, this.#clock));
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
