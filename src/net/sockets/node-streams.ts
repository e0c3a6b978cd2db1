// Real streams over node:net and node:tls, with limits on links per source and in all.

import net from 'node:net';
import tls from 'node:tls';
import type { TlsPeer } from '../../core/tls-peer.js';
import type {
  Endpoint,
  LinkLimit,
  StreamConnectOptions,
  StreamHandler,
  StreamLink,
  StreamListenOptions,
  StreamNetwork,
  StreamServer,
  TlsClient,
  TlsGate,
} from '../ports.js';
import { systemClock } from '../system-clock.js';
import { BareConnections } from './bare-connections.js';
import { connectionPlaces } from './connection-places.js';
import { HandshakeGate } from './handshake-gate.js';
import { judgedTls } from './judged-tls.js';
import { NodeLink, streamBudget, WriteBatch, withoutIpv6Prefix } from './node-link.js';
import { readIssuers } from './peer-certificate.js';
import { certificateAlert } from './tls-alert.js';
import { showIdentity } from './tls-contexts.js';
import { tlsFailureOf } from './tls-failures.js';

const LISTEN_BACKLOG = 4096;
const PROBE_AFTER_MS = 60_000; // TCP keepalive: finds half-open peers (sccp.md §1.1 rule 10)

/** Half open: the link decides what to do when the peer ends. */
const PLAIN = { noDelay: true, allowHalfOpen: true };

/** A property of node that its types do not have. Node reads it for each connection. */
type AskingServer = net.Server & { requestCert: boolean };

/** A property of node: the connection under a TLS socket, which knows its peer. */
type UnderneathOf = tls.TLSSocket & { readonly _parent?: net.Socket };

/** Nothing of a resumed session is refused: its handshake ends with the client. */
const sendAlert = (socket: tls.TLSSocket, { verdict = 'none', version = '' }: Partial<TlsPeer> = {}): void => {
  const alert = verdict === 'trusted' || socket.isSessionReused() ? undefined : certificateAlert(version, verdict);
  const raw = (socket as UnderneathOf)._parent;
  if (alert !== undefined && raw?.writable === true) raw.write(alert);
};

class NodeStreamServer implements StreamServer {
  readonly local: Endpoint;
  readonly #server: net.Server;
  /** By connection, below its TLS if it has some: its link, once it has one. */
  readonly #open: ReadonlyMap<net.Socket, NodeLink | undefined>;
  readonly #turn: WriteBatch;
  /** Absent: there is no TLS. */
  readonly setGate?: (gate: TlsGate | undefined) => void;

  constructor(
    server: net.Server,
    open: ReadonlyMap<net.Socket, NodeLink | undefined>,
    turn: WriteBatch,
    setGate?: (gate: TlsGate | undefined) => void,
  ) {
    if (setGate !== undefined) this.setGate = setGate;
    this.#server = server;
    this.#open = open;
    this.#turn = turn;
    const { address, port } = server.address() as net.AddressInfo;
    this.local = { address, port };
  }

  get links(): number {
    return this.#open.size;
  }

  each(visit: (link: StreamLink, handler: StreamHandler) => void): void {
    for (const link of this.#open.values()) if (link?.handler !== undefined) visit(link, link.handler);
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#turn.end();
      for (const socket of this.#open.keys()) socket.destroy();
    });
  }
}

const listen = (
  options: StreamListenOptions,
  accept: (link: StreamLink) => StreamHandler,
): Promise<NodeStreamServer> => {
  const open = new Map<net.Socket, NodeLink | undefined>();
  const bySource = new Map<string, number>();
  const issuers = readIssuers(options.phoneIssuers ?? []);
  const turn = new WriteBatch(options.budget ?? streamBudget, options.taps, issuers);

  const bare = options.unprovenHandshakes && new BareConnections(options.unprovenHandshakes);

  const limitOf = (socket: net.Socket, address: string, count: number): LinkLimit | undefined => {
    if (open.size >= options.maxLinks) return 'links';
    if (count >= options.maxLinksPerSource) return 'links-per-source';
    return bare?.admit(socket, address) === false ? 'handshakes-per-source' : undefined;
  };

  /** Counts a raw connection before TLS, which is the costly part. `false`: it was refused and reset. */
  const admit = (socket: net.Socket): boolean => {
    const address = withoutIpv6Prefix(socket.remoteAddress);
    const remote = { address, port: socket.remotePort ?? 0 };
    const count = bySource.get(address) ?? 0;
    const refused = limitOf(socket, address, count) ?? connectionPlaces.take(address);
    if (refused !== undefined) {
      options.onRefused?.(remote, refused);
      socket.on('error', () => {});
      socket.resetAndDestroy();
      return false;
    }
    open.set(socket, undefined);
    bySource.set(address, count + 1);
    socket.once('close', () => {
      open.delete(socket);
      connectionPlaces.leave(address);
      const left = (bySource.get(address) ?? 1) - 1;
      if (left === 0) bySource.delete(address);
      else bySource.set(address, left);
    });
    return true;
  };

  const serve = (socket: net.Socket): void => {
    const link = new NodeLink(socket, turn);
    open.set(socket, link);
    turn.taps.tap?.onOpened(link);
    link.serve(accept(link));
  };

  /** A failed handshake leaves no address on its socket. */
  const remotes = new WeakMap<net.Socket, Endpoint>();
  const gate =
    options.tls === undefined
      ? undefined
      : new HandshakeGate(options.tls, (identity) => showIdentity(server as tls.Server, identity, options));
  const admitSecure = (socket: net.Socket): void => {
    if (!admit(socket)) return;
    const remote = { address: withoutIpv6Prefix(socket.remoteAddress), port: socket.remotePort ?? 0 };
    remotes.set(socket, remote);
    if (gate?.passes(socket, remote) === false) return;
    (server as AskingServer).requestCert = options.asksForCertificate?.() ?? false;
  };
  const serveSecure = (socket: tls.TLSSocket): void => {
    const link = new NodeLink(socket, turn);
    const isTrusted = link.peer?.verdict === 'trusted';
    link.onProved = () => options.unprovenHandshakes?.giveBack(link.remote.address);
    if (isTrusted) link.proved();
    else if (options.cutsOffUntrusted === true) {
      options.onTlsFailed?.(link.remote, { code: link.peer?.verdict ?? 'none', alert: undefined, phase: 'handshake' });
      socket.on('error', () => {});
      sendAlert(socket, link.peer);
      socket.destroy();
      return;
    }
    const underneath = (socket as UnderneathOf)._parent;
    if (underneath !== undefined && open.has(underneath)) open.set(underneath, link);
    turn.taps.tap?.onOpened(link);
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code?.startsWith('ERR_SSL_') === true)
        options.onTlsFailed?.(link.remote, tlsFailureOf(error, 'established'));
    });
    link.serve(accept(link));
  };

  const server =
    options.tls === undefined
      ? net.createServer({ ...PLAIN, keepAlive: true, keepAliveInitialDelay: PROBE_AFTER_MS }, (socket) => {
          if (admit(socket)) serve(socket);
        })
      : tls.createServer(
          {
            rejectUnauthorized: false,
            handshakeTimeout: 10_000,
            noDelay: true,
            keepAlive: true,
            keepAliveInitialDelay: PROBE_AFTER_MS,
          },
          serveSecure,
        );
  if (options.tls !== undefined) {
    showIdentity(server as tls.Server, options.tls, options);
    server.prependListener('connection', admitSecure);
    server.on('tlsClientError', (error: NodeJS.ErrnoException, socket: UnderneathOf) => {
      const remote = remotes.get(socket._parent as net.Socket);
      if (remote !== undefined) options.onTlsFailed?.(remote, tlsFailureOf(error, 'handshake'));
      socket.destroy();
    });
  }
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: options.address, port: options.port, backlog: LISTEN_BACKLOG, exclusive: true }, () => {
      server.off('error', reject);
      // EMFILE and the like: this peer is not served, the listener goes on.
      server.on('error', () => {});
      resolve(new NodeStreamServer(server, open, turn, gate && ((next) => gate.set(next))));
    });
  });
};

interface OpeningSocket {
  readonly socket: net.Socket;
  /** The TCP connection, which knows the addresses. */
  readonly under: net.Socket;
}

const plainSocket = (target: net.TcpNetConnectOpts): OpeningSocket => {
  const socket = net.connect({ ...target, ...PLAIN });
  return { socket, under: socket };
};

/** No name and no issuer is checked: phones compare certificates with their lists, which `judgeServer` does. */
const tlsSocket = (target: net.TcpNetConnectOpts, { key, certificate, judgeServer }: TlsClient): OpeningSocket => {
  const options = {
    rejectUnauthorized: false,
    ...(key === undefined ? {} : { key }),
    ...(certificate === undefined ? {} : { cert: certificate }),
  };
  if (judgeServer === undefined) {
    const socket = tls.connect({ ...target, ...options });
    return { socket, under: socket };
  }
  const under = net.connect(target);
  return { socket: judgedTls(under, options, judgeServer, systemClock), under };
};

const connect = (
  to: Endpoint,
  { localAddress, tls: identity, taps, signal }: StreamConnectOptions,
  accept: (link: StreamLink) => StreamHandler,
): Promise<StreamLink> =>
  new Promise((resolve, reject) => {
    const target = {
      host: to.address,
      port: to.port,
      noDelay: true,
      ...(localAddress === undefined ? {} : { localAddress }),
    };
    const { socket, under } = identity === undefined ? plainSocket(target) : tlsSocket(target, identity);
    const giveUp = (): void => void socket.destroy(Object.assign(new Error('given up'), { code: 'ABORT_ERR' }));
    signal?.addEventListener('abort', giveUp);
    socket.once('close', () => signal?.removeEventListener('abort', giveUp));
    if (signal?.aborted === true) giveUp();
    socket.once('error', reject);
    socket.once(identity === undefined ? 'connect' : 'secureConnect', () => {
      if (socket.destroyed) return; // refused at the last moment; its error follows
      signal?.removeEventListener('abort', giveUp);
      socket.off('error', reject);
      const link = new NodeLink(socket, new WriteBatch(undefined, taps), under);
      taps?.tap?.onOpened(link);
      link.serve(accept(link));
      resolve(link);
    });
  });

/** The TCP and TLS streams of this machine. */
export const nodeStreams: StreamNetwork = { listen, connect };
