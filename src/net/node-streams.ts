// Real streams over node:net and node:tls, with the bounds on links per source and in all.

import net from 'node:net';
import tls from 'node:tls';
import type {
  Endpoint,
  StreamConnectOptions,
  StreamEnd,
  StreamHandler,
  StreamLink,
  StreamListenOptions,
  StreamNetwork,
  StreamServer,
} from './ports.js';

const LISTEN_BACKLOG = 4096;
const FULL_TURN = 32 * 1024; // octets that leave before the turn ends
const LINGER_MS = 5_000; // for the peer's own FIN after ours
const PROBE_AFTER_MS = 60_000; // TCP keepalive: finds half-open peers (sccp.md §1.1 rule 10)

/**
 * Links that have something to say when everything that came in has been heard. A far end that waits for octets is woken
 * by the first that leave, which costs more than all else about a write: together, they wake it once.
 */
class Turn {
  #waiting: NodeLink[] = [];

  add(link: NodeLink): void {
    if (this.#waiting.push(link) === 1) setImmediate(() => this.end());
  }

  end(): void {
    for (const link of this.#waiting.splice(0)) link.flush();
  }
}

class NodeLink implements StreamLink {
  readonly remote: Endpoint;
  readonly #socket: net.Socket;
  readonly #turn: Turn;
  /** What leaves at the end of this turn: octets, then text, which node turns into octets where it hands them over. */
  #written: Buffer[] = [];
  #text = '';
  #waiting = 0;
  #endedHere = false;
  #failed = false;

  constructor(socket: net.Socket, turn: Turn) {
    this.#socket = socket;
    this.#turn = turn;
    this.remote = { address: plain(socket.remoteAddress), port: socket.remotePort ?? 0 };
  }

  /** Costs a system call, and most links are never asked. */
  get local(): Endpoint {
    const { localAddress, localPort = 0 } = this.#socket;
    return { address: plain(localAddress), port: localPort };
  }

  get peerNames(): readonly string[] {
    if (!(this.#socket instanceof tls.TLSSocket)) return [];
    const certificate = this.#socket.getPeerCertificate();
    if (certificate.subject === undefined) return [];
    const alternatives = (certificate.subjectaltname ?? '').split(', ').map((name) => name.replace(/^[^:]*:/, ''));
    return [certificate.subject.CN ?? [], alternatives].flat().filter((name) => name !== '');
  }

  get backlog(): number {
    return this.#socket.writableLength + this.#waiting;
  }

  write(octets: Buffer | string): void {
    if (this.#endedHere || !this.#socket.writable || octets.length === 0) return;
    if (this.#waiting === 0) this.#turn.add(this);
    this.#waiting += octets.length;
    if (typeof octets === 'string') this.#text += octets;
    else {
      this.#settle();
      this.#written.push(octets);
    }
    // Many questions may come in one turn: what waits for its end is no backlog of a far end that does not read.
    if (this.#waiting >= FULL_TURN) this.flush();
  }

  #settle(): void {
    if (this.#text !== '') this.#written.push(Buffer.from(this.#text, 'latin1'));
    this.#text = '';
  }

  /** Hands what was written in this turn to the socket, in one piece. */
  flush(): void {
    if (this.#waiting === 0) return;
    if (this.#written.length > 0) this.#settle();
    const [octets = this.#text, ...more] = this.#written;
    const piece = more.length === 0 ? octets : Buffer.concat(this.#written, this.#waiting);
    this.#written = [];
    this.#text = '';
    this.#waiting = 0;
    if (!this.#socket.destroyed) this.#socket.write(piece, 'latin1');
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    if (this.#endedHere) return;
    this.flush();
    this.#endedHere = true;
    this.#socket.end();
    this.#socket.setTimeout(LINGER_MS, () => this.#socket.destroy());
  }

  destroy(): void {
    // While our FIN is on its way a reset is refused (libuv: EINVAL), and the descriptor would stay open for good.
    const ending = this.#endedHere;
    this.#endedHere = true;
    if (ending || this.#socket instanceof tls.TLSSocket) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }

  /** Connects the socket's events to the link's owner. */
  serve(handler: StreamHandler): void {
    this.#socket.on('data', (bytes: Buffer) => handler.received(bytes));
    if (handler.drained !== undefined) this.#socket.on('drain', () => handler.drained?.());
    if (!(this.#socket instanceof tls.TLSSocket)) this.#socket.on('end', () => this.#peerEnded());
    this.#socket.on('error', () => {
      this.#failed = true;
    });
    this.#socket.once('close', () => handler.closed(this.#cause()));
  }

  /** Where nothing is left to say, to half-close the link before it is closed would be work for nobody. */
  #peerEnded(): void {
    this.flush();
    if (this.#socket.writableLength === 0) this.#socket.destroy();
    else this.#socket.end();
  }

  #cause(): StreamEnd {
    if (this.#endedHere) return 'closed-here';
    return this.#failed ? 'error' : 'peer-closed';
  }
}

/** Half open: what is to be done when the peer ends, the link does. */
const PLAIN = { noDelay: true, allowHalfOpen: true };

const IN_IPV6_CLOTHES = '::ffff:';

/** A socket on `::` shows IPv4 peers in IPv6 clothes. */
const plain = (address = ''): string =>
  address.startsWith(IN_IPV6_CLOTHES) ? address.slice(IN_IPV6_CLOTHES.length) : address;

class NodeStreamServer implements StreamServer {
  readonly local: Endpoint;
  readonly #server: net.Server;
  readonly #open: Set<net.Socket>;
  readonly #turn: Turn;

  constructor(server: net.Server, open: Set<net.Socket>, turn: Turn) {
    this.#server = server;
    this.#open = open;
    this.#turn = turn;
    const { address, port } = server.address() as net.AddressInfo;
    this.local = { address, port };
  }

  get links(): number {
    return this.#open.size;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#turn.end();
      for (const socket of this.#open) socket.destroy();
    });
  }
}

const listen = (
  options: StreamListenOptions,
  accept: (link: StreamLink) => StreamHandler,
): Promise<NodeStreamServer> => {
  const open = new Set<net.Socket>();
  const bySource = new Map<string, number>();
  const turn = new Turn();

  /** Counts a raw connection and says whether it is within bounds: before TLS, which is the costly part. */
  const admit = (socket: net.Socket): boolean => {
    const address = plain(socket.remoteAddress);
    const remote = { address, port: socket.remotePort ?? 0 };
    const count = bySource.get(address) ?? 0;
    if (open.size >= options.maxLinks || count >= options.maxLinksPerSource) {
      options.onRefused?.(remote, open.size >= options.maxLinks ? 'links' : 'links-per-source');
      socket.on('error', () => {});
      socket.resetAndDestroy();
      return false;
    }
    open.add(socket);
    bySource.set(address, count + 1);
    socket.once('close', () => {
      open.delete(socket);
      const left = (bySource.get(address) ?? 1) - 1;
      if (left === 0) bySource.delete(address);
      else bySource.set(address, left);
    });
    return true;
  };

  const serve = (socket: net.Socket): void => {
    const link = new NodeLink(socket, turn);
    link.serve(accept(link));
  };

  const server =
    options.tls === undefined
      ? net.createServer({ ...PLAIN, keepAlive: true, keepAliveInitialDelay: PROBE_AFTER_MS }, (socket) => {
          if (admit(socket)) serve(socket);
        })
      : tls.createServer(
          {
            key: options.tls.key,
            cert: options.tls.certificate,
            requestCert: true,
            rejectUnauthorized: false,
            minVersion: 'TLSv1', // 79xx loads speak nothing newer
            ciphers: 'DEFAULT@SECLEVEL=0',
            handshakeTimeout: 10_000,
            noDelay: true,
            keepAlive: true,
            keepAliveInitialDelay: PROBE_AFTER_MS,
          },
          serve,
        );
  if (options.tls !== undefined) {
    server.prependListener('connection', admit);
    server.on('tlsClientError', (_error, socket) => socket.destroy());
  }
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: options.address, port: options.port, backlog: LISTEN_BACKLOG, exclusive: true }, () => {
      server.off('error', reject);
      // EMFILE and the like: that peer is not served, the listener goes on.
      server.on('error', () => {});
      resolve(new NodeStreamServer(server, open, turn));
    });
  });
};

const connect = (
  to: Endpoint,
  { localAddress, tls: identity, signal }: StreamConnectOptions,
  accept: (link: StreamLink) => StreamHandler,
): Promise<StreamLink> =>
  new Promise((resolve, reject) => {
    const target = {
      host: to.address,
      port: to.port,
      noDelay: true,
      ...(localAddress === undefined ? {} : { localAddress }),
    };
    const socket =
      identity === undefined
        ? net.connect({ ...target, ...PLAIN })
        : tls.connect({
            ...target,
            rejectUnauthorized: false,
            ...(identity.key === undefined ? {} : { key: identity.key }),
            ...(identity.certificate === undefined ? {} : { cert: identity.certificate }),
          });
    const giveUp = (): void => void socket.destroy(Object.assign(new Error('given up'), { code: 'ABORT_ERR' }));
    signal?.addEventListener('abort', giveUp);
    socket.once('close', () => signal?.removeEventListener('abort', giveUp));
    if (signal?.aborted === true) giveUp();
    socket.once('error', reject);
    socket.once(identity === undefined ? 'connect' : 'secureConnect', () => {
      signal?.removeEventListener('abort', giveUp);
      socket.off('error', reject);
      const link = new NodeLink(socket, new Turn());
      link.serve(accept(link));
      resolve(link);
    });
  });

export const nodeStreams: StreamNetwork = { listen, connect };
