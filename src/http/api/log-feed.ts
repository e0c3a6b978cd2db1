// `GET /api/log`: what happens, in the words of the trace's summary. The event bus is listened to only while somebody reads.

import type { LabcmEvent } from '../../events.js';
import { isoTime } from './common-json.js';
import type { LogBatch, LogLineJson } from './fleet-shapes.js';
import type { ApiSources } from './ports.js';
import { BATCH_LIMITS, type BatchLimits, StreamReaders, streamEvent } from './stream-readers.js';

/** Lines of one batch. Nobody reads two thousand in a second; the others are counted. */
export const MOST_LINES = 500;

/** Sends each reader the lines that have come, every 250 ms at most. */
export class LogFeed {
  readonly #sources: ApiSources;
  readonly #readers: StreamReaders<undefined>;
  #lines: LogLineJson[] = [];
  #dropped = 0;

  constructor(sources: ApiSources, limits: BatchLimits = BATCH_LIMITS) {
    this.#sources = sources;
    this.#readers = new StreamReaders(
      sources.clock,
      { begin: () => this.#listen(), flush: () => this.#flush() },
      limits,
    );
  }

  /** Opens a stream. `undefined`: there are too many readers. */
  open(source: string): ReadableStream<Uint8Array> | undefined {
    return this.#readers.open(undefined, source);
  }

  /** Ends every stream. */
  close(): void {
    this.#readers.close();
  }

  #listen(): () => void {
    const stop = this.#sources.bus.subscribe((event) => this.#heard(event));
    return () => {
      stop();
      this.#lines = [];
      this.#dropped = 0;
    };
  }

  #heard(event: LabcmEvent): void {
    if (this.#lines.length >= MOST_LINES) {
      this.#dropped += 1;
      return;
    }
    const line = this.#sources.lineOf(event);
    if (line === undefined) return;
    const { type, at } = event;
    this.#lines.push({ at: isoTime(this.#sources.clock, at), type, ...line });
    this.#readers.wake();
  }

  #flush(): boolean {
    const event = streamEvent('lines', { lines: this.#lines, dropped: this.#dropped } satisfies LogBatch);
    this.#lines = [];
    this.#dropped = 0;
    for (const reader of this.#readers) this.#readers.send(reader, event);
    return false;
  }
}
