import { IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';

/** The socket of an HTTP request: TCP or TLS. */
export type Socket = IncomingMessage['socket'];

/**
 * The requests of one connection that have not been answered. A client may send several without waiting (pipelining,
 * RFC 9112 §9.3.2). Answers must leave in the same order, so the next request is handled only after the answer before
 * it has left: a slow reader then holds up one answer and not many.
 */
export class RequestPipeline {
  /** The peer's address. */
  readonly source: string;
  /** The connection has ended. Requests that node still reads from its last octets are ignored. */
  closed = false;
  readonly #waiting: (() => void)[] = [];
  #pending = 0;

  constructor(source: string) {
    this.source = source;
  }

  /** How many requests have arrived and have not been answered. */
  get pending(): number {
    return this.#pending;
  }

  /** Queues a request: `answer` is called once every earlier request has been answered. */
  add(request: IncomingMessage, response: ServerResponse, answer: RequestListener): void {
    const begin = (): void => {
      if (this.closed || request.socket.destroyed) return;
      // Listens only now: of an answer whose turn never comes node reports no end once the connection is gone.
      response.once('close', () => this.#next());
      answer(request, response);
    };
    this.#pending += 1;
    // Node hands over all requests of one read at once. They are counted first, so that too many get no answer at all.
    if (this.#pending === 1) process.nextTick(begin);
    else this.#waiting.push(begin);
  }

  /** Drops the requests that wait: the connection has ended. */
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

/** Attaches a pipeline to a new connection. `source` is the peer's address. */
export const openPipeline = (socket: Socket, source: string): RequestPipeline => {
  const pipeline = new RequestPipeline(source);
  pipelines.set(socket, pipeline);
  return pipeline;
};

/** The pipeline of a connection; `undefined`: it was refused when it was accepted. */
export const pipelineOf = (socket: Socket): RequestPipeline | undefined => pipelines.get(socket);

/**
 * The request class for `createServer`. Node parses every request in the 64 KiB that it reads at once, possibly
 * thousands, even if the connection has been closed meanwhile. It stops after a request with `Upgrade`, so once the
 * pipeline is closed, the next request claims to be one.
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
