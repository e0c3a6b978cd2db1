// Where traces go: files that rotate by size, and the console. A writer never waits: what does not fit in the queue
// is dropped and counted. This file does not know what a line says.

import type { Writable } from 'node:stream';
import { after, type Clock, type Duration, type Instant, seconds, type Timer } from '../../core/time.js';
import { LINE_FEED, LogFile, type LogFileOptions } from './log-file.js';

/** Takes whole lines at once, and writes them when it can. */
export interface TraceSink {
  /** Octets that are queued. */
  readonly backlog: number;
  /** Queues `lines` whole lines. The sink owns `bytes` from now on. Never throws, never waits. */
  append(bytes: Buffer, lines: number): void;
  /** Writes what is queued, for a short while at most, and ends. */
  close(): Promise<void>;
}

/** Called with the number of lines that were lost, and why. */
export type LossListener = (lines: number, reason: string) => void;

/** The callbacks of a file's owner. */
export interface FileListener {
  readonly onLost: LossListener;
  /** Called when writing begins to fail, with the reason, and when it works again, with `undefined`. */
  readonly onTrouble?: (reason: string | undefined) => void;
  /** Called when somebody had moved or removed the file and another one was begun under its name. */
  readonly onRenewed?: () => void;
}

export interface QueuedFileOptions extends FileListener {
  readonly clock: Clock;
  /** Octets that may wait. */
  readonly queue?: number;
  /** How long lines wait for others, so that the file system is called once for many; absent: not at all. */
  readonly gather?: Duration;
}

export interface RotatingFileOptions extends LogFileOptions, QueuedFileOptions {}

/** Files of which one at a time is written to. Every method but `close` rejects with what the file system says. */
export interface FileSeries {
  readonly isOpen: boolean;
  /** Octets in the current file. */
  readonly size: number;
  /** Whether so many octets more belong into the current file, and not into the next. */
  takes(octets: number): boolean;
  open(): Promise<void>;
  /** Returns the octets that were taken: at least one, on a full disk perhaps not all. */
  write(parts: readonly Buffer[]): Promise<number>;
  /** Takes the last `octets` back. */
  takeBack(octets: number): Promise<void>;
  /** Whether somebody moved or removed the current file. */
  isGone(): Promise<boolean>;
  /** The current file ends; the next `open` begins another. */
  turn(): Promise<void>;
  /** Never rejects. */
  close(): Promise<void>;
}

export const FILE_QUEUE_OCTETS = 16 * 1024 * 1024;
export const CONSOLE_QUEUE_OCTETS = 1024 * 1024;
const RETRY_AFTER = seconds(1);
/** How often to check that the file still has its name. */
const LOOK_AFTER = seconds(1);
const FILE_PATIENCE = seconds(3);
const CONSOLE_PATIENCE = seconds(1);
const QUEUE_FULL = 'the queue is full';
/** With so many octets lines wait no longer for others. */
const GATHERED = 128 * 1024;

interface Entry {
  readonly bytes: Buffer;
  readonly lines: number;
}

const WRITTEN: Entry = { bytes: Buffer.alloc(0), lines: 0 };
const MAX_PARTS = 256;
const MAX_WRITTEN = 1024; // written entries before #next that are kept at most

/** The queue before a series of files. What cannot be written is tried again each second. */
export class QueuedFile implements TraceSink {
  readonly #options: QueuedFileOptions;
  readonly #bound: number;
  readonly #log: FileSeries;
  #queue: Entry[] = [];
  /** Index of the next entry to write, and how much of it is written already. */
  #next = 0;
  #offset = 0;
  #backlog = 0;
  #drained: Promise<void> | undefined;
  #retry: Timer | undefined;
  /** Set while lines wait for others. */
  #gathering: Timer | undefined;
  #trouble: string | undefined;
  /** When to check the name of the file. */
  #lookAt: Instant;
  #reopenRequested = false;
  #closed = false;

  constructor(options: QueuedFileOptions, files: FileSeries) {
    this.#options = options;
    this.#bound = options.queue ?? FILE_QUEUE_OCTETS;
    this.#log = files;
    this.#lookAt = after(options.clock.now(), LOOK_AFTER);
  }

  get backlog(): number {
    return this.#backlog;
  }

  append(bytes: Buffer, lines: number): void {
    if (this.#closed || this.#backlog + bytes.length > this.#bound) {
      this.#options.onLost(lines, this.#trouble ?? QUEUE_FULL);
      return;
    }
    this.#queue.push({ bytes, lines });
    this.#backlog += bytes.length;
    if (this.#retry === undefined) this.#drainSoon();
  }

  /** Begins another file under the name, after somebody has moved this one, as logrotate does. */
  reopen(): void {
    if (this.#closed || !this.#log.isOpen) return;
    this.#reopenRequested = true;
    if (this.#retry === undefined) this.#drain();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#retry?.cancel();
    this.#retry = undefined;
    this.#gathering?.cancel();
    this.#gathering = undefined;
    const writing = (async () => {
      await this.#drain();
      // The failure may have been short, or something came between two writes: try once more.
      if (this.#next < this.#queue.length) await this.#drain();
      await this.#log.close();
    })();
    await within(this.#options.clock, FILE_PATIENCE, writing);
    const lost = this.#queue.slice(this.#next).reduce((lines, entry) => lines + entry.lines, 0);
    this.#queue = [];
    if (lost > 0) this.#options.onLost(lost, this.#trouble ?? 'the file system did not answer');
  }

  /** Writes what there is, at once or together with what comes within a moment. */
  #drainSoon(): void {
    const { clock, gather } = this.#options;
    if (gather === undefined || this.#backlog >= GATHERED) {
      this.#drain();
      return;
    }
    this.#gathering ??= clock.callAt(after(clock.now(), gather), () => {
      this.#gathering = undefined;
      if (this.#retry === undefined) this.#drain();
    });
  }

  /**
   * Writes until the queue is empty, or the rest may wait for others, or something fails. Only one run at a time.
   */
  #drain(): Promise<void> {
    this.#drained ??= this.#writeQueued()
      .then(() => {
        if (this.#trouble === undefined) return;
        this.#trouble = undefined;
        this.#options.onTrouble?.(undefined);
      })
      .catch((error: unknown) => this.#failed(error))
      .finally(() => {
        this.#drained = undefined;
      });
    return this.#drained;
  }

  async #writeQueued(): Promise<void> {
    while (this.#next < this.#queue.length || this.#reopenRequested) {
      await this.#look();
      if (this.#next === this.#queue.length) continue;
      const first = this.#queue[this.#next] as Entry;
      await this.#makeRoom(first.bytes.length);
      const parts = [first.bytes.subarray(this.#offset)];
      let octets = first.bytes.length - this.#offset;
      for (let at = this.#next + 1; at < this.#queue.length && parts.length < MAX_PARTS; at += 1) {
        const { bytes } = this.#queue[at] as Entry;
        if (!this.#log.takes(octets + bytes.length)) break;
        parts.push(bytes);
        octets += bytes.length;
      }
      this.#forget(await this.#log.write(parts));
      if (this.#gathering !== undefined && this.#offset === 0 && this.#backlog < GATHERED) break;
    }
    if (this.#next < this.#queue.length) return;
    this.#queue = [];
    this.#next = 0;
  }

  /**
   * Removes the first `octets` of the queue, which are written: often whole entries, on a full disk maybe half of
   * one.
   */
  #forget(octets: number): void {
    this.#backlog -= octets;
    let left = octets + this.#offset;
    for (let entry = this.#queue[this.#next]; entry !== undefined; entry = this.#queue[this.#next]) {
      if (left < entry.bytes.length) break;
      left -= entry.bytes.length;
      this.#queue[this.#next] = WRITTEN;
      this.#next += 1;
    }
    this.#offset = left;
    // If lines come as fast as they are written, the queue is never empty, and written entries would pile up.
    if (this.#next < MAX_WRITTEN) return;
    this.#queue = this.#queue.slice(this.#next);
    this.#next = 0;
  }

  /** Checks now and then that the file still has its name, since readers look for it there. */
  async #look(): Promise<void> {
    const { clock, onRenewed } = this.#options;
    if (this.#offset > 0) return;
    const isDue = this.#reopenRequested || clock.now() >= this.#lookAt;
    this.#reopenRequested = false;
    if (!isDue || !this.#log.isOpen) return;
    this.#lookAt = after(clock.now(), LOOK_AFTER);
    if (!(await this.#log.isGone())) return;
    await this.#log.close();
    await this.#log.open();
    onRenewed?.();
  }

  /** Opens the file, or the next one if `octets` would make it too large. An entry is not split over two files. */
  async #makeRoom(octets: number): Promise<void> {
    const { isOpen, size } = this.#log;
    if (isOpen && size > 0 && !this.#log.takes(octets) && this.#offset === 0) await this.#log.turn();
    if (!this.#log.isOpen) await this.#log.open();
  }

  /** Keeps the queue and retries later, beginning with opening the file: its directory or disk may have gone. */
  async #failed(error: unknown): Promise<void> {
    const isNew = this.#trouble === undefined;
    this.#trouble = error instanceof Error ? error.message : String(error);
    await this.#endAtLine();
    await this.#log.close();
    if (isNew) this.#options.onTrouble?.(this.#trouble);
    if (this.#closed || this.#retry !== undefined) return;
    const { clock } = this.#options;
    this.#retry = clock.callAt(after(clock.now(), RETRY_AFTER), () => {
      this.#retry = undefined;
      this.#drain();
    });
  }

  /** Removes a line that was written in part. It is written again as a whole when there is room. */
  async #endAtLine(): Promise<void> {
    const begun = this.#queue[this.#next]?.bytes;
    if (begun === undefined || this.#offset === 0) return;
    const whole = begun.lastIndexOf(LINE_FEED, this.#offset - 1) + 1;
    const part = this.#offset - whole;
    this.#offset = whole;
    this.#backlog += part;
    // If even that fails, the line is ended when the file is opened again.
    if (part > 0) await this.#log.takeBack(part).catch(() => {});
  }
}

/** A log that rotates by size. Notices when somebody moves or removes its file. */
export class RotatingFile extends QueuedFile {
  constructor(options: RotatingFileOptions) {
    super(options, new LogFile(options));
  }
}

/**
 * A stream that people or programs read, such as standard output. If the reader stops, lines are lost, nothing else.
 */
export class StreamSink implements TraceSink {
  readonly #stream: Writable;
  readonly #clock: Clock;
  readonly #onLost: LossListener;
  #gone = false;

  constructor(stream: Writable, clock: Clock, onLost: LossListener) {
    this.#stream = stream;
    this.#clock = clock;
    this.#onLost = onLost;
    unblock(stream);
    // EPIPE: the reader has gone. The listener stays, since a late error would otherwise end the process.
    stream.on('error', () => {
      if (!this.#gone) onLost(1, 'its reader has gone');
      this.#gone = true;
    });
  }

  get backlog(): number {
    return this.#stream.writableLength;
  }

  append(bytes: Buffer, lines: number): void {
    if (this.#gone) return;
    if (this.#stream.writableLength + bytes.length > CONSOLE_QUEUE_OCTETS) this.#onLost(lines, QUEUE_FULL);
    else this.#stream.write(bytes);
  }

  async close(): Promise<void> {
    if (this.#gone) return;
    const flushed = new Promise<void>((resolve) => this.#stream.write('', () => resolve()));
    await within(this.#clock, CONSOLE_PATIENCE, flushed);
    this.#gone = true;
  }
}

/**
 * Node writes to a terminal in blocking mode: Ctrl-S there, or a hung remote shell, would stop the whole process,
 * phones and all. It has no public way to ask for the other mode.
 */
const unblock = (stream: Writable & { readonly isTTY?: boolean }): void => {
  const { _handle: terminal } = stream as { readonly _handle?: { setBlocking?(blocking: boolean): void } };
  if (stream.isTTY === true) terminal?.setBlocking?.(false);
};

/** Waits for `work`, but no longer than `patience`. */
const within = async (clock: Clock, patience: Duration, work: Promise<void>): Promise<void> => {
  let alarm: Timer | undefined;
  const enough = new Promise<void>((resolve) => {
    alarm = clock.callAt(after(clock.now(), patience), resolve);
  });
  await Promise.race([work, enough]);
  alarm?.cancel();
};
