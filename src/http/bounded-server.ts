import { constants } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type ServerOptions } from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https';
import { BindError } from '../core/errors.js';
import type { Publisher } from '../core/event-bus.js';
import type { PerSecondBudget } from '../core/rate-limit.js';
import { requestWithoutSecrets } from '../core/secrets.js';
import type { Clock } from '../core/time.js';
import { isDeprecatedTls } from '../core/tls-versions.js';
import type {
  Endpoint,
  HandshakeLimit,
  StreamTap,
  TapPoint,
  TlsFailure,
  TlsGate,
  TlsListenerIdentity,
} from '../net/ports.js';
import { BareConnections } from '../net/sockets/bare-connections.js';
import { connectionPlaces } from '../net/sockets/connection-places.js';
import { HandshakeGate } from '../net/sockets/handshake-gate.js';
import { tapConnection } from '../net/sockets/socket-tap.js';
import { tlsFailureOf } from '../net/sockets/tls-failures.js';
import { type ClientError, isWithoutTls, NEEDS_TLS, reasonOf } from './client-errors.js';
import type { HttpEvent, HttpService } from './events.js';
import { HttpThrottle } from './http-throttle.js';
import { openPipeline, PipelinedRequest, pipelineOf, type Socket } from './request-pipeline.js';
import type { HttpLimits } from './settings.js';

/**
 * How many requests of one connection may wait for their answers. With one more the connection is reset, and whatever
 * its source sends for the rest of that second is refused. No phone sends its next request before it has the answer.
 */
export const MAX_PENDING = 8;
const TOO_MANY_PENDING = `${MAX_PENDING} requests in hand on a connection`;
const LISTEN_BACKLOG = 4_096;
const MAX_HEADER_OCTETS = 8 * 1024;
const MAX_HEADERS = 64;
const MAX_REPORTED_OCTETS = 64;
const CHECK_INTERVAL_MS = 1_000; // how often node looks for late requests; its default is 30 s

const serverOptions = (limits: HttpLimits): ServerOptions => ({
  IncomingMessage: PipelinedRequest,
  maxHeaderSize: MAX_HEADER_OCTETS,
  headersTimeout: limits.headersWithin,
  requestTimeout: Math.max(limits.headersWithin, limits.requestWithin),
  keepAliveTimeout: limits.keptAlive,
  connectionsCheckingInterval: Math.min(CHECK_INTERVAL_MS, limits.headersWithin),
  requireHostHeader: false,
  noDelay: true,
});

/** What `openBounded` needs. `service` is the name in events. */
export interface BoundedServerOptions {
  readonly service: HttpService;
  readonly address: string;
  /** 0: any free port. */
  readonly port: number;
  /** Present: it speaks TLS alone. */
  readonly tls?: TlsListenerIdentity;
  /**
   * Bounds the handshakes of clients that prove nothing; one more is reset before it costs anything. Absent: the limits on
   * connections are all.
   */
  readonly handshakes?: HandshakeLimit;
  /**
   * `answer` reads the bodies of requests, and closes the connection where it leaves one unread. Otherwise the
   * connection is closed after each request with a body.
   */
  readonly readsBodies?: boolean;
  readonly limits: HttpLimits;
  readonly clock: Clock;
  readonly bus: Publisher<HttpEvent>;
  /** Limits the events about single requests. */
  readonly traceBudget: PerSecondBudget;
  /** Where its connections find their tap. Absent: they have none. */
  readonly taps?: TapPoint<StreamTap>;
  /** Called for a handshake that failed. Absent: it is published as what is no HTTP. */
  readonly onTlsFailed?: ((remote: Endpoint, failure: TlsFailure) => void) | undefined;
}

/** A server that listens. */
export interface OpenHttpServer {
  /** Where it listens; the port that the system gave, where port 0 was asked for. */
  readonly local: Endpoint;
  /** Open connections now. */
  readonly connections: number;
  /** Accepts no more connections, ends the open ones, and resolves when the last one has closed. */
  close(): Promise<void>;
}

/** An HTTP server whose TLS handshakes may be decided on. */
export interface GatedHttpServer extends OpenHttpServer {
  /** Asks `gate` before each handshake; `undefined`: as at first. Without TLS nobody is asked. */
  setGate(gate: TlsGate | undefined): void;
}

interface Refusal {
  readonly status: number;
  readonly phrase: string;
}

const REFUSALS: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: { status: 431, phrase: 'Request Header Fields Too Large' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, phrase: 'Request Timeout' },
};
const GONE: ReadonlySet<string | undefined> = new Set(['ECONNRESET', 'EPIPE']);
const BAD_REQUEST: Refusal = { status: 400, phrase: 'Bad Request' };

/** The peer of a socket. A socket on `::` shows IPv4 peers as IPv4-mapped IPv6 addresses; they become IPv4 here. */
export const peerOf = (socket: Socket): Endpoint => ({
  address: (socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
  port: socket.remotePort ?? 0,
});

/** What the first proof of a connection does. */
const proofs = new WeakMap<Socket, () => void>();

/** Notes that the client of a connection has proved itself: its handshake costs its address nothing. */
export const proved = (socket: Socket): void => {
  proofs.get(socket)?.();
  proofs.delete(socket);
};

/** The connection below TLS, which knows its peer even where the handshake failed. A property of node. */
type UnderneathOf = Socket & { readonly _parent?: Socket };

const secureOptions = ({ key, certificate, minVersion = 'TLSv1.2' }: TlsListenerIdentity, limits: HttpLimits) => ({
  ...{ key, cert: certificate, minVersion, handshakeTimeout: limits.headersWithin },
  // Another handshake within a connection would be one that no bound counts.
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  ...(isDeprecatedTls(minVersion) ? { ciphers: 'DEFAULT@SECLEVEL=0' } : {}),
});

const tooMany: RequestListener = (_request, response) => {
  const text = 'more requests came in this second than one address may send\n';
  response.shouldKeepAlive = false;
  response.writeHead(429, { 'Content-Type': 'text/plain', 'Content-Length': text.length, 'Retry-After': 1 }).end(text);
};

/**
 * Opens an HTTP server for `answer` with everything that both services need: limits on connections and requests, per
 * source and in all; time limits for headers, requests and idle peers; an answer and an event for what is not HTTP; a
 * `close` that leaves nothing open. It knows no routes. Rejects with a `BindError` where the port cannot be opened.
 */
export const openBounded = (answer: RequestListener, options: BoundedServerOptions): Promise<GatedHttpServer> => {
  const { service, address, port, tls, readsBodies = false, limits, clock, bus, traceBudget, taps } = options;
  const { handshakes, onTlsFailed } = options;
  const throttle = new HttpThrottle(service, clock, bus);
  const bySource = new Map<string, number>();
  const bare = handshakes && new BareConnections(handshakes);
  const whenEmpty: (() => void)[] = [];
  /** Of connections below TLS: a failed handshake leaves no address on its socket. */
  const remotes = new WeakMap<Socket, Endpoint>();
  let open = 0;

  const onRequest: RequestListener = (request, response) => {
    const { socket } = request;
    const pipeline = pipelineOf(socket);
    if (pipeline === undefined || pipeline.closed) return;
    const { source, pending } = pipeline;
    if (pending >= MAX_PENDING || throttle.isExpelled(source)) {
      throttle.expel(source, TOO_MANY_PENDING);
      pipeline.close();
      socket.resetAndDestroy();
      return;
    }
    // Most answers leave a body unread, and node would take its octets for the next request.
    if (!readsBodies && bodyFollows(request)) response.shouldKeepAlive = false;
    const admitted = throttle.admit(source, limits.requestsPerSecond);
    pipeline.add(request, response, admitted ? answer : tooMany);
  };
  const server =
    tls === undefined
      ? createServer(serverOptions(limits), onRequest)
      : createSecureServer({ ...serverOptions(limits), ...secureOptions(tls, limits) }, onRequest);
  const gate =
    tls === undefined
      ? undefined
      : new HandshakeGate(tls, (identity) =>
          (server as SecureServer).setSecureContext(secureOptions({ ...tls, ...identity }, limits)),
        );
  server.maxHeadersCount = MAX_HEADERS;
  server.setTimeout(limits.idle);

  server.prependListener('connection', (socket: Socket) => {
    const source = peerOf(socket).address;
    const count = bySource.get(source) ?? 0;
    if (throttle.isExpelled(source)) {
      throttle.add(source, TOO_MANY_PENDING);
      socket.resetAndDestroy();
      return;
    }
    if (open >= limits.connections || count >= limits.connectionsPerSource) {
      if (open >= limits.connections) throttle.add(undefined, `${limits.connections} connections`);
      else throttle.add(source, `${limits.connectionsPerSource} connections per source`);
      socket.resetAndDestroy();
      return;
    }
    if (handshakes !== undefined && bare?.admit(socket, source) === false) {
      throttle.add(source, `${handshakes.perSecond} TLS handshakes per second`);
      socket.resetAndDestroy();
      return;
    }
    const over = connectionPlaces.take(source);
    if (over !== undefined) {
      throttle.add(over === 'links' ? undefined : source, 'descriptors of this process');
      socket.resetAndDestroy();
      return;
    }
    const pipeline = tls === undefined ? openPipeline(socket, source) : undefined;
    if (tls !== undefined) remotes.set(socket, peerOf(socket));
    open += 1;
    bySource.set(source, count + 1);
    socket.once('close', () => {
      pipeline?.close();
      connectionPlaces.leave(source);
      open -= 1;
      const left = (bySource.get(source) ?? 1) - 1;
      if (left === 0) bySource.delete(source);
      else bySource.set(source, left);
      if (open === 0) for (const done of whenEmpty.splice(0)) done();
    });
    gate?.passes(socket, peerOf(socket));
  });

  // Before node's own listener, which reads requests from then on.
  if (tls !== undefined)
    server.prependListener('secureConnection', (socket: Socket) => {
      const { address: source } = peerOf(socket);
      const pipeline = openPipeline(socket, source);
      if (handshakes !== undefined) proofs.set(socket, () => handshakes.giveBack(source));
      socket.once('close', () => pipeline.close());
    });

  // After node's own listener, which was there first.
  if (taps !== undefined)
    server.on('connection', (socket: Socket) => {
      if (!socket.destroyed) tapConnection(socket, taps);
    });

  server.on('clientError', (error: ClientError, socket: UnderneathOf) => {
    const { status, phrase } = REFUSALS[error.code ?? ''] ?? BAD_REQUEST;
    const pipeline = pipelineOf(socket);
    if (pipeline === undefined && onTlsFailed !== undefined && error.code?.startsWith('ERR_SSL_') === true) {
      onTlsFailed((socket._parent && remotes.get(socket._parent)) ?? peerOf(socket), tlsFailureOf(error, 'handshake'));
      if (isWithoutTls(error)) socket._parent?.write(NEEDS_TLS);
      socket.destroy();
      return;
    }
    const at = clock.now();
    /** Node destroys the socket of a handshake that failed before it says so. */
    const isOpen = !socket.destroyed || pipeline === undefined;
    if (isOpen && !GONE.has(error.code) && bus.hasListener('http.malformed') && traceBudget.take(at)) {
      const { rawPacket = Buffer.alloc(0) } = error;
      const said = requestWithoutSecrets(rawPacket.toString('latin1', 0, MAX_HEADER_OCTETS));
      const bytes = Buffer.from(said.slice(0, MAX_REPORTED_OCTETS), 'latin1').toString('hex');
      const peer = (socket._parent && remotes.get(socket._parent)) ?? peerOf(socket);
      bus.publish({ type: 'http.malformed', at, service, ...peer, status, reason: reasonOf(error), bytes });
    }
    // Before the handshake nothing can be said over TLS; a client without it understands plain text.
    if (pipeline === undefined) {
      if (isWithoutTls(error)) socket._parent?.write(NEEDS_TLS);
      socket.destroy();
      return;
    }
    const { pending } = pipeline;
    // While an answer is being sent, the client would take another one for a part of it.
    if (!socket.writable || pending > 0) socket.destroy();
    else
      socket.end(`HTTP/1.1 ${status} ${phrase}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () =>
        socket.destroy(),
      );
  });

  return new Promise((resolve, reject) => {
    const refused = (error: NodeJS.ErrnoException): void =>
      reject(new BindError(`${service} on ${address}:${port}`, error));
    server.once('error', refused);
    server.listen({ host: address, port, backlog: LISTEN_BACKLOG, exclusive: true }, () => {
      server.off('error', refused);
      // An error later, such as EMFILE, concerns one peer: it is not served, and the server goes on.
      server.on('error', () => {});
      const bound = server.address() as { address: string; port: number };
      resolve({
        local: { address: bound.address, port: bound.port },
        get connections() {
          return open;
        },
        setGate: (next) => gate?.set(next),
        close: async () => {
          throttle.close();
          const ended = new Promise<void>((done) => server.close(() => done()));
          const emptied = open === 0 ? undefined : new Promise<void>((done) => whenEmpty.push(done));
          server.closeAllConnections();
          await Promise.all([ended, emptied]);
          // Handlers that waited for the end of a connection run in the next turn of the loop.
          await new Promise((done) => setImmediate(done));
        },
      });
    });
  });
};

const bodyFollows = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || !['0', undefined].includes(headers['content-length']);
