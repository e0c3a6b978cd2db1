import { type Duration, seconds } from '../../core/time.js';
import type { Endpoint, StreamHandler, StreamLink, StreamServer } from '../../net/ports.js';
import type { PhoneEnvironment } from '../environment.js';
import { type PhoneRequest, readRequest } from './http-request.js';

/** What a request is answered with. */
export interface PhoneAnswer {
  readonly status: 200 | 401 | 404 | 405;
  readonly type: string;
  readonly body: Buffer;
}

/** What the web server of a phone needs. */
export interface PhoneWebServerOptions {
  readonly environment: PhoneEnvironment;
  readonly address: string;
  /** 0: any free one. */
  readonly port: number;
  /** Answers a request that came to this address. Never rejects. */
  answer(request: PhoneRequest, to: string): Promise<PhoneAnswer>;
}

/** Connections at the same time, from one source or all: as few as a real phone has. */
const MAX_LINKS = 8;
/** From the connection to the whole request, and from the answer to the end of the connection. */
const PATIENCE: Duration = seconds(10);

const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  400: 'Bad Request',
  401: 'Unauthorized',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Content Too Large',
  414: 'URI Too Long',
  431: 'Request Header Fields Too Large',
};

const EMPTY = Buffer.alloc(0);

/** The web server of a simulated phone: one request for each connection, bounded in octets, time and connections. */
export class PhoneWebServer {
  readonly #options: PhoneWebServerOptions;
  #server: StreamServer | undefined;
  #isClosed = false;

  constructor(options: PhoneWebServerOptions) {
    this.#options = options;
  }

  /** Where it listens; `undefined`: it does not. */
  get local(): Endpoint | undefined {
    return this.#server?.local;
  }

  /** Resolves when it listens. Rejects with a `NodeJS.ErrnoException`. */
  async open(): Promise<void> {
    const { environment, address, port } = this.#options;
    const limits = { maxLinks: MAX_LINKS, maxLinksPerSource: MAX_LINKS };
    const server = await environment.streams.listen({ address, port, ...limits }, (link) => this.#accept(link));
    // The phone may have been switched off meanwhile.
    if (this.#isClosed) await server.close();
    else this.#server = server;
  }

  /** Resolves when nothing of it is open. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#server?.close();
    this.#server = undefined;
  }

  #accept(link: StreamLink): StreamHandler {
    const patience = this.#options.environment.timers.create(() => link.destroy());
    patience.startIn(PATIENCE);
    let octets: Buffer = EMPTY;
    let isAnswered = false;
    let isOpen = true;
    return {
      received: (bytes) => {
        if (isAnswered) return;
        octets = octets.length === 0 ? bytes : Buffer.concat([octets, bytes]);
        const request = readRequest(octets);
        if (request === 'more') {
          link.keeps(octets.length);
          return;
        }
        isAnswered = true;
        octets = EMPTY;
        link.keeps(0);
        // An authentication URL that answers late is the phone's own wait.
        patience.cancel();
        void this.#respond(link, request).then(() => {
          if (isOpen) patience.startIn(PATIENCE);
        });
      },
      overdrawn: () => link.destroy(),
      closed: () => {
        isAnswered = true;
        isOpen = false;
        patience.cancel();
      },
    };
  }

  async #respond(link: StreamLink, request: PhoneRequest | number): Promise<void> {
    if (typeof request === 'number') write(link, { status: request, type: 'text/html', body: EMPTY }, true);
    else write(link, await this.#options.answer(request, link.local.address), request.method !== 'HEAD');
    link.end();
  }
}

type Written = Omit<PhoneAnswer, 'status'> & { readonly status: number };

const write = (link: StreamLink, { status, type, body }: Written, withBody: boolean): void => {
  const head = [
    `HTTP/1.1 ${status} ${REASONS[status]}`,
    'Server: Cisco IP phone',
    `Content-Type: ${type}`,
    `Content-Length: ${body.length}`,
    ...(status === 401 ? ['WWW-Authenticate: Basic realm="user"'] : []),
    ...(status === 405 ? ['Allow: GET, HEAD, POST'] : []),
    'Cache-Control: no-cache',
    'Expires: Thu, 26 Oct 1995 00:00:00 GMT',
    'Connection: close',
  ];
  const start = Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1');
  link.write(withBody ? Buffer.concat([start, body]) : start);
};
