// The readers of a stream of server-sent events (HTML §9.2) that is sent in batches.

import { after, type Clock, type Duration, milliseconds, seconds, type Timer } from '../../core/time.js';
import type { FeedLimits } from './event-feed.js';

/** How many readers there may be, and how many octets may wait for each. */
export type BatchLimits = Pick<FeedLimits, 'clients' | 'clientsPerSource' | 'queue'>;

/** The limits of a stream of batches. A batch of two thousand rows is about 400 KiB. */
export const BATCH_LIMITS: BatchLimits = { clients: 32, clientsPerSource: 16, queue: 1024 * 1024 };

/** How often a batch is sent, if there is something to send. */
export const BATCH_INTERVAL: Duration = milliseconds(250);

/** One reader, with what it asked for. */
export interface StreamReader<T> {
  readonly source: string;
  readonly wants: T;
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  hasMissed: boolean;
}

/** What a stream does for its readers. */
export interface StreamWork {
  /** Begins to listen, with the first reader. Returns the function that ends it, after the last one. */
  begin(): () => void;
  /** Sends what has come together since the last time. Returns whether something is left for the next time. */
  flush(): boolean;
}

const KEEP_ALIVE_INTERVAL = seconds(15);
const KEEP_ALIVE = Buffer.from(': still here\n\n');
const MISSED = Buffer.from('event: missed\ndata: {}\n\n');

/**
 * The readers of one stream. Work is done only while somebody reads. A reader that is too slow misses batches and is told so
 * once it reads again; nobody waits for it.
 */
export class StreamReaders<T> {
  readonly #clock: Clock;
  readonly #work: StreamWork;
  readonly #limits: BatchLimits;
  readonly #readers = new Set<StreamReader<T>>();
  #stop: (() => void) | undefined;
  #batch: Timer | undefined;
  #keepAlive: Timer | undefined;

  constructor(clock: Clock, work: StreamWork, limits: BatchLimits = BATCH_LIMITS) {
    this.#clock = clock;
    this.#work = work;
    this.#limits = limits;
  }

  get size(): number {
    return this.#readers.size;
  }

  [Symbol.iterator](): Iterator<StreamReader<T>> {
    return this.#readers.values();
  }

  /** Opens a stream from now on. `undefined`: there are too many readers, in all or from `source`. */
  open(wants: T, source: string): ReadableStream<Uint8Array> | undefined {
    const alike = [...this.#readers].filter((reader) => reader.source === source).length;
    if (this.#readers.size >= this.#limits.clients || alike >= this.#limits.clientsPerSource) return undefined;
    let reader: StreamReader<T> | undefined;
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          reader = { source, wants, controller, hasMissed: false };
          controller.enqueue(Buffer.from('retry: 1000\n\n'));
          this.#readers.add(reader);
          this.#stop ??= this.#work.begin();
          if (this.#keepAlive === undefined) this.#scheduleKeepAlive();
        },
        cancel: () => {
          if (reader !== undefined) this.#remove(reader);
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark: this.#limits.queue }),
    );
  }

  /** There is something to send: a batch is sent within `BATCH_INTERVAL`. */
  wake(): void {
    this.#batch ??= this.#clock.callAt(after(this.#clock.now(), BATCH_INTERVAL), () => {
      this.#batch = undefined;
      if (this.#work.flush()) this.wake();
    });
  }

  /** Sends a reader an event, unless it has no room for it. */
  send(reader: StreamReader<T>, event: Uint8Array): void {
    const { controller } = reader;
    const needed = event.length + (reader.hasMissed ? MISSED.length : 0);
    if ((controller.desiredSize ?? 0) < needed) {
      reader.hasMissed = true;
      return;
    }
    if (reader.hasMissed) controller.enqueue(MISSED);
    reader.hasMissed = false;
    controller.enqueue(event);
  }

  /** Ends every reader's stream. */
  close(): void {
    for (const reader of [...this.#readers]) {
      this.#remove(reader);
      reader.controller.close();
    }
  }

  #remove(reader: StreamReader<T>): void {
    this.#readers.delete(reader);
    if (this.#readers.size > 0) return;
    this.#stop?.();
    this.#stop = undefined;
    for (const timer of [this.#batch, this.#keepAlive]) timer?.cancel();
    this.#batch = undefined;
    this.#keepAlive = undefined;
  }

  /** Every 15 s a comment, so that no proxy closes a quiet stream; and who missed the last batch of a burst is told so. */
  #scheduleKeepAlive(): void {
    this.#keepAlive = this.#clock.callAt(after(this.#clock.now(), KEEP_ALIVE_INTERVAL), () => {
      for (const reader of this.#readers)
        if ((reader.controller.desiredSize ?? 0) > MISSED.length + KEEP_ALIVE.length) this.send(reader, KEEP_ALIVE);
      this.#scheduleKeepAlive();
    });
  }
}

/** A server-sent event with JSON as its data. */
export const streamEvent = (name: string, data: unknown): Buffer => streamJson(name, JSON.stringify(data));

/** The same of JSON that is written already. */
export const streamJson = (name: string, json: string): Buffer => Buffer.from(`event: ${name}\ndata: ${json}\n\n`);
