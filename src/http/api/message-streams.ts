// `GET /api/devices/{name}/messages/live`: the messages of a device as they come. Its packets are kept while somebody reads.

import { type Clock, seconds } from '../../core/time.js';
import type { ApiMessage, MessagesView } from './message-ports.js';
import type { MessageBatch } from './message-shapes.js';
import { BATCH_INTERVAL, streamEvent } from './stream-readers.js';
import { StreamTimer } from './stream-timer.js';

/** How many may read at once, how many messages wait for the next batch, and octets for a reader that is slow. */
export const MESSAGE_LIMITS = { readers: 16, batch: 200, queue: 512 * 1024 } as const;

const KEEP_ALIVE_INTERVAL = seconds(15);
const KEEP_ALIVE = Buffer.from(': still here\n\n');
const MISSED = Buffer.from('event: missed\ndata: {}\n\n');

interface Reader {
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  following: { stop(): void } | undefined;
  waiting: ApiMessage[];
  /** It was too slow for a message. */
  hasMissed: boolean;
}

/** The streams of messages that are open. A reader that is too slow misses messages and is told so. */
export class MessageStreams {
  readonly #messages: MessagesView;
  readonly #most: number;
  readonly #readers = new Set<Reader>();
  readonly #batch: StreamTimer;
  readonly #keepAlive: StreamTimer;

  constructor(messages: MessagesView, clock: Clock, most: number = MESSAGE_LIMITS.readers) {
    this.#messages = messages;
    this.#most = most;
    this.#batch = new StreamTimer(clock, BATCH_INTERVAL, () => this.#flush());
    this.#keepAlive = new StreamTimer(clock, KEEP_ALIVE_INTERVAL, () => this.#stayAlive());
  }

  /** Opens a stream. `undefined`: as many read as may. */
  open(who: string): ReadableStream<Uint8Array> | undefined {
    if (this.#readers.size >= this.#most) return undefined;
    let reader: Reader | undefined;
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          controller.enqueue(Buffer.from('retry: 1000\n\n'));
          reader = { controller, following: undefined, waiting: [], hasMissed: false };
          this.#readers.add(reader);
          reader.following = this.#follow(who, reader);
          this.#keepAlive.start();
        },
        cancel: () => {
          if (reader !== undefined) this.#remove(reader);
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark: MESSAGE_LIMITS.queue }),
    );
  }

  /** Ends every stream. */
  close(): void {
    for (const reader of [...this.#readers]) {
      this.#remove(reader);
      reader.controller.close();
    }
  }

  #follow(who: string, reader: Reader): { stop(): void } {
    const hasRoom = (): boolean => {
      const isRoom = (reader.controller.desiredSize ?? 0) > 0 && reader.waiting.length < MESSAGE_LIMITS.batch;
      reader.hasMissed ||= !isRoom;
      return isRoom;
    };
    return this.#messages.follow(who, hasRoom, (message) => {
      // One packet may have more messages than there was room for.
      if (reader.waiting.length < MESSAGE_LIMITS.batch) reader.waiting.push(message);
      else reader.hasMissed = true;
      this.#batch.start();
    });
  }

  #flush(): void {
    for (const reader of this.#readers) {
      const { controller, waiting: messages } = reader;
      if (messages.length === 0) continue;
      if (reader.hasMissed) controller.enqueue(MISSED);
      controller.enqueue(streamEvent('messages', { messages } satisfies MessageBatch));
      reader.hasMissed = false;
      reader.waiting = [];
    }
  }

  #stayAlive(): void {
    for (const { controller } of this.#readers)
      if ((controller.desiredSize ?? 0) > KEEP_ALIVE.length) controller.enqueue(KEEP_ALIVE);
    if (this.#readers.size > 0) this.#keepAlive.start();
  }

  #remove(reader: Reader): void {
    reader.following?.stop();
    this.#readers.delete(reader);
    if (this.#readers.size > 0) return;
    this.#batch.stop();
    this.#keepAlive.stop();
  }
}
