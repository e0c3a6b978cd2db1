import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Publisher } from '../core/event-bus.js';
import type { FileContent, FileRequestContext, FileSource } from '../core/files.js';
import type { PerSecondBudget } from '../core/rate-limit.js';
import { Sequence } from '../core/sequence.js';
import type { Clock, Instant } from '../core/time.js';
import type { Endpoint, HandshakeLimit, StreamTap, TapPoint, TlsFailure, TlsListenerIdentity } from '../net/ports.js';
import type { AnswerPort } from './answer-port.js';
import { type GatedHttpServer, openBounded, peerOf } from './bounded-server.js';
import type { HttpEvent } from './events.js';
import { PageServer, type PhonePages } from './phone-pages.js';
import type { Socket } from './request-pipeline.js';
import { byteRangeOf, fileNameOf, writtenNameOf } from './request-target.js';
import { FILE_SERVER_LIMITS, type FileServerLimits, TRACED_PER_SECOND } from './settings.js';
import { traceBudgetOf } from './trace-budget.js';

/** What the file service needs. */
export interface FileServerOptions {
  readonly address: string;
  /** 0: any free port. */
  readonly port: number;
  readonly source: FileSource;
  /** Pages for phones, asked before the files; absent: there are none. */
  readonly pages?: PhonePages;
  readonly clock: Clock;
  readonly bus: Publisher<HttpEvent>;
  readonly limits?: Partial<FileServerLimits>;
  /** Requests that are traced in one second. */
  readonly tracedPerSecond?: number;
  /** Numbers the requests; shared with TFTP, where both serve the same files. */
  readonly requests?: Sequence;
  /** Present: it speaks HTTPS. */
  readonly tls?: TlsListenerIdentity;
  /** Bounds its handshakes. Absent: the limits on connections are all. */
  readonly handshakes?: HandshakeLimit;
  /** Called for a handshake that failed. */
  readonly onTlsFailed?: (remote: Endpoint, failure: TlsFailure) => void;
  /** Where its connections find their tap. Absent: they have none. */
  readonly taps?: TapPoint<StreamTap>;
  /** Called with the port that requests go to, before the first one. */
  readonly onPort?: (port: AnswerPort) => void;
}

/**
 * Opens the file service on HTTP 6970 (`provisioning.md` §3.8): the same files as over TFTP, for GET and HEAD. It
 * stands on node:http without a framework, since it only moves octets. Which files there are is the source's business.
 * Rejects with a `BindError`.
 */
export const openFileServer = async (options: FileServerOptions): Promise<GatedHttpServer> => {
  const { address, port, clock, bus, tracedPerSecond = TRACED_PER_SECOND } = options;
  const limits = { ...FILE_SERVER_LIMITS, ...options.limits };
  const traceBudget = traceBudgetOf('HTTP', tracedPerSecond, bus);
  const service = new FileService(options, limits.serving, traceBudget);
  const { tls, handshakes } = options;
  const taps = options.taps === undefined ? {} : { taps: options.taps };
  const about = { service: 'HTTP', address, port, limits, clock, bus, traceBudget, ...taps } as const;
  const secure =
    tls === undefined
      ? about
      : { ...about, tls, onTlsFailed: options.onTlsFailed, ...(handshakes === undefined ? {} : { handshakes }) };
  const pages = options.pages === undefined ? undefined : new PageServer(options.pages, traceBudget, clock);
  const answers: AnswerPort = {
    answer: (request, response) => {
      if (pages?.answer(request, response) !== true) void service.answer(request, response);
    },
  };
  options.onPort?.(answers);
  return openBounded((request, response) => answers.answer(request, response), secure);
};

/** The answer to a request. */
interface FileResponse {
  readonly status: number;
  /** The name for the event: as the client spelled it; the canonical name where the file is missing. */
  readonly file: string;
  /** As the client spelled it, where `file` differs. */
  readonly requestedName?: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Refusal | FilePart;
  readonly device?: string;
  /** The version stamp in the file, if it was made for the device and is sent whole. */
  readonly stamp?: string;
}

interface Refusal {
  readonly kind: 'refusal';
  readonly text: string;
  readonly harmless: boolean;
}

/** Octets `first` up to, not including, `end`. */
interface FilePart {
  readonly kind: 'file';
  readonly content: FileContent;
  readonly first: number;
  readonly end: number;
}

const PIECE_OCTETS = 64 * 1024;
const RETRY_AFTER_SECONDS = 1;

class FileService {
  readonly #options: FileServerOptions;
  readonly #maxServing: number;
  readonly #traceBudget: PerSecondBudget;
  readonly #requests: Sequence;
  readonly #connections = new WeakMap<Socket, number>();
  #lastConnection = 0;
  #serving = 0;

  constructor(options: FileServerOptions, maxServing: number, traceBudget: PerSecondBudget) {
    this.#options = options;
    this.#maxServing = maxServing;
    this.#traceBudget = traceBudget;
    this.#requests = options.requests ?? new Sequence();
  }

  /** Answers one request and publishes its events. Never rejects. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const started = this.#options.clock.now();
    const context = this.#contextOf(request, started);
    this.#serving += 1;
    this.#publishRequest(request, context, started);
    const fileResponse = await this.#respondTo(request, context);
    const octets = await send(request, response, fileResponse);
    await closed(response);
    this.#serving -= 1;
    this.#publishAnswer({
      request,
      context,
      started,
      fileResponse: fileResponse,
      octets,
      whole: response.writableFinished,
    });
  }

  async #respondTo(request: IncomingMessage, context: FileRequestContext): Promise<FileResponse> {
    const { method, url = '', headers } = request;
    const name = fileNameOf(url);
    if (method !== 'GET' && method !== 'HEAD')
      return refusal(405, name ?? writtenNameOf(url), 'only GET and HEAD are served here', {
        headers: { Allow: 'GET, HEAD' },
      });
    if (name === undefined)
      return refusal(400, writtenNameOf(url), 'a percent sign stands without two hexadecimal digits');
    if (this.#serving > this.#maxServing)
      return refusal(503, name, 'too many requests are being answered', {
        headers: { 'Retry-After': RETRY_AFTER_SECONDS },
      });
    try {
      const answer = await this.#options.source.open(name, context);
      const about = answer.device === undefined ? {} : { device: answer.device };
      if (!answer.found) {
        const requested = answer.file === name ? {} : { requestedName: name };
        return { ...refusal(404, answer.file, 'no such file', { harmless: answer.harmless }), ...requested, ...about };
      }
      // These files have no validator that If-Range could match, so the whole file is sent (RFC 9110 §13.1.5).
      const ranged = method === 'GET' && headers['if-range'] === undefined;
      const found = foundResponse(name, answer.content, ranged ? headers.range : undefined);
      const isWhole = method === 'GET' && found.status === 200;
      return { ...found, ...about, ...(isWhole && answer.stamp !== undefined ? { stamp: answer.stamp } : {}) };
    } catch {
      return refusal(500, name, 'the file cannot be read');
    }
  }

  #contextOf({ socket }: IncomingMessage, at: Instant): FileRequestContext {
    const connection = this.#connections.get(socket) ?? ++this.#lastConnection;
    this.#connections.set(socket, connection);
    const sequence = this.#requests.next();
    const context = { connection, sequence, ...peerOf(socket) };
    return this.#traceBudget.take(at) ? context : { ...context, untraced: true };
  }

  #publishRequest({ method = '', url = '' }: IncomingMessage, context: FileRequestContext, at: Instant): void {
    const { bus } = this.#options;
    if (bus.hasListener('http.request'))
      bus.publish({ type: 'http.request', at, context, method, file: fileNameOf(url) ?? writtenNameOf(url) });
  }

  #publishAnswer(answered: {
    readonly request: IncomingMessage;
    readonly context: FileRequestContext;
    readonly started: number;
    readonly fileResponse: FileResponse;
    readonly octets: number;
    readonly whole: boolean;
  }): void {
    const { clock, bus } = this.#options;
    if (!bus.hasListener('http.file')) return;
    const { request, context, started, fileResponse, octets, whole } = answered;
    const { status, file, requestedName, body, device, stamp } = fileResponse;
    const at = clock.now();
    bus.publish({
      type: 'http.file',
      at,
      context,
      method: request.method ?? '',
      file,
      ...(requestedName === undefined ? {} : { asked: requestedName }),
      status,
      octets,
      outcome: body.kind === 'refusal' ? 'refused' : whole ? 'served' : 'failed',
      milliseconds: at - started,
      harmless: body.kind === 'refusal' && body.harmless,
      ...(device === undefined ? {} : { device }),
      ...(stamp === undefined || !whole ? {} : { stamp }),
    });
  }
}

const refusal = (
  status: number,
  file: string,
  text: string,
  { headers = {}, harmless = false }: { readonly headers?: OutgoingHttpHeaders; readonly harmless?: boolean } = {},
): FileResponse => ({ status, file, headers, body: { kind: 'refusal', text, harmless } });

const foundResponse = (file: string, content: FileContent, rangeHeader: string | undefined): FileResponse => {
  const { size } = content;
  const range = byteRangeOf(rangeHeader, size);
  if (range === 'unsatisfiable') {
    content.close();
    return refusal(416, file, 'the file has no such octets', { headers: { 'Content-Range': `bytes */${size}` } });
  }
  const { first, last } = range ?? { first: 0, last: size - 1 };
  return {
    status: range === undefined ? 200 : 206,
    file,
    headers: {
      'Content-Type': 'application/octet-stream',
      'Content-Length': last + 1 - first,
      'Accept-Ranges': 'bytes',
      ...(range === undefined ? {} : { 'Content-Range': `bytes ${first}-${last}/${size}` }),
    },
    body: { kind: 'file', content, first, end: last + 1 },
  };
};

/** Sends an answer at the pace of its reader. Resolves with the number of octets of the file that were sent. */
const send = async (
  request: IncomingMessage,
  response: ServerResponse,
  fileResponse: FileResponse,
): Promise<number> => {
  const { status, headers, body } = fileResponse;
  if (body.kind === 'refusal') {
    const text = `${body.text}\n`;
    response.writeHead(status, { ...headers, 'Content-Type': 'text/plain', 'Content-Length': text.length });
    response.end(request.method === 'HEAD' ? undefined : text);
    return 0;
  }
  const { content, first, end } = body;
  let at = first;
  try {
    response.writeHead(status, headers);
    while (at < end && request.method === 'GET' && !response.destroyed) {
      const piece = content.read(at, Math.min(PIECE_OCTETS, end - at));
      const bytes = piece instanceof Promise ? await piece : piece;
      if (bytes.length === 0) throw new Error('the file is shorter than it was');
      at += bytes.length;
      if (at < end && !response.write(bytes)) await drained(response);
      else if (at >= end) response.end(bytes);
    }
    if (at === first) response.end();
  } catch {
    // Content-Length has been sent already, so only a broken connection can say that the rest will not come.
    response.destroy();
  } finally {
    content.close();
  }
  return at - first;
};

/** Resolves when more may be written, or when the response is closed. */
const drained = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
    if (response.destroyed) done();
  });

const closed = (response: ServerResponse): Promise<void> =>
  response.closed ? Promise.resolve() : new Promise((resolve) => response.once('close', () => resolve()));
