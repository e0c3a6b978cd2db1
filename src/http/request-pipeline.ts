// What one connection has asked and has not been answered. Its requests are answered one after the other, as their
// answers must leave in any case (RFC 9112 §9.3.2), so that what waits for a reader is one answer and not many.

import { IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';

export type Socket = IncomingMessage['socket'];

export class RequestPipeline {
  /** The peer's address. */
  readonly source: string;
  /** The connection is over: what else its last octets held is not looked at. */
  closed = false;
  readonly #waiting: (() => void)[] = [];
  #pending = 0;

  constructor(source: string) {
    this.source = source;
  }

  /** Requests that came and have not been answered. */
  get pending(): number {
    return this.#pending;
  }

  /** Has `answer` called once every earlier request has been answered. */
  add(request: IncomingMessage, response: ServerResponse, answer: RequestListener): void {
    const begin = (): void => {
      if (this.closed || request.socket.destroyed) return;
      // Heard from its head on: node tells the end of those behind it only where the connection lives to see it.
      response.once('close', () => this.#next());
      answer(request, response);
    };
    this.#pending += 1;
    // Not before all that came with it has been counted: nothing is made of what comes with too much.
    if (this.#pending === 1) process.nextTick(begin);
    else this.#waiting.push(begin);
  }

  /** The connection has gone. */
  close(): void {
    this.closed = true;
    this.#waiting.length = 0;
  }

  #next(): void {
    this.#pending -= 1;
    this.#waiting.shift()?.();
  }
}

const pipelines = new WeakMap<Socket, RequestPipeline>();

export const openPipeline = (socket: Socket, source: string): RequestPipeline => {
  const pipeline = new RequestPipeline(source);
  pipelines.set(socket, pipeline);
  return pipeline;
};

export const pipelineOf = (socket: Socket): RequestPipeline | undefined => pipelines.get(socket);

/**
 * For `createServer`. Node makes a request of everything that looks like one in the 64 KiB that it reads at once, some
 * thousands, whatever became of the connection. It stops behind one that asks for another protocol: where the
 * conversation is over, the next request says that it does.
 */
export class PipelinedRequest extends IncomingMessage {
  declare private requestedUpgrade: boolean | null;

  get upgrade(): boolean | null {
    return pipelines.get(this.socket)?.closed === true || this.requestedUpgrade;
  }

  set upgrade(value: boolean | null) {
    this.requestedUpgrade = value;
  }
}
