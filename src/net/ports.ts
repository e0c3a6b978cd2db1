// The ports through which engines meet the network. Implementations: `net/node.ts` for real sockets, the tests' memory
// network for simulated ones.

import type { OctetBudget } from '../core/octet-budget.js';

/** An IPv4 endpoint, as the peer of a datagram or stream. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** Called for each datagram. `bytes` belongs to the receiver. */
export type DatagramHandler = (bytes: Buffer, from: Endpoint) => void;

/** A bound UDP socket. `send` never throws and never waits: a datagram that cannot leave is lost, as on any network. */
export interface DatagramSocket {
  readonly local: Endpoint;
  /** Octets from `offset`; the buffer must stay unchanged until they have left. */
  send(bytes: Buffer, offset: number, length: number, to: Endpoint): void;
  close(): Promise<void>;
}

export interface DatagramOptions {
  readonly address: string;
  /** 0: any free port. */
  readonly port: number;
  /** Octets asked of the kernel for waiting datagrams. */
  readonly receiveBuffer?: number;
  /** The same process has the port at other addresses, too: the wildcard beside those of its own. */
  readonly shared?: boolean;
  /** Octets of the largest datagram that matters: with it many may come and go at a time, and larger ones arrive cut. */
  readonly largest?: number;
}

/** Opens datagram sockets. Rejects with a `NodeJS.ErrnoException` when the address or port cannot be had. */
export interface DatagramNetwork {
  open(options: DatagramOptions, onDatagram: DatagramHandler): Promise<DatagramSocket>;
  /** The IPv4 addresses of this machine as they are now. */
  localAddresses(): readonly string[];
}

/** Randomness, injected so that tests repeat. */
export interface Random {
  /** An integer from 0 up to, not including, `limit`. */
  below(limit: number): number;
}

/** One accepted or opened stream. Writing never throws: octets for a link that has ended are lost. */
export interface StreamLink {
  readonly remote: Endpoint;
  readonly local: Endpoint;
  /** The subject names of the peer's certificate, common name first; empty without one. */
  readonly peerNames: readonly string[];
  /**
   * Queues octets, which must stay unchanged, or latin1 text; several writes of one turn leave in one segment where they
   * fit.
   */
  write(octets: Buffer | string): void;
  /** Octets held here because the peer does not read. */
  readonly backlog: number;
  /** The owner keeps so many octets of what came, of a message that has no end yet: they count for the peer's share. */
  keeps(octets: number): void;
  /** Stops and starts the delivery of octets, so that a peer that sends faster than it is served waits in the kernel. */
  pause(): void;
  resume(): void;
  /** Ends the link after what is queued has left, then waits a short while for the peer's own end. */
  end(): void;
  /** Ends the link at once, by RST, and drops what is queued. */
  destroy(): void;
}

/** What the owner of a link is told. `closed` comes exactly once, last, for whatever reason. */
export interface StreamHandler {
  /** `bytes` belongs to the receiver. */
  received(bytes: Buffer): void;
  /** The backlog has gone. */
  drained?(): void;
  closed(cause: StreamEnd): void;
  /** More is kept for this source, or for all, than may be, and this link has kept its part longest: it is to be ended. */
  overdrawn?(kept: KeptOctets): void;
}

/** What a link keeps: of what was sent and is not read, or of what came and has no end. */
export type KeptOctets = 'unread' | 'unfinished';

/** Why a link ended: the peer's FIN, its RST or another error, or ourselves. */
export type StreamEnd = 'peer-closed' | 'error' | 'closed-here';

/** A private key and certificate chain, both PEM. */
export interface TlsIdentity {
  readonly key: string;
  readonly certificate: string;
}

export interface TlsFailure {
  /** Node's: `ERR_SSL_TLSV1_ALERT_UNKNOWN_CA`, `ECONNRESET`… */
  readonly code: string;
  /** The number of the alert that the peer sent, where it sent one (RFC 8446 §6). */
  readonly alert: number | undefined;
  /** `established`: with TLS 1.3 a client judges our certificate when this side is done already. */
  readonly phase: 'handshake' | 'established';
}

export interface StreamListenOptions {
  readonly address: string;
  /** 0: any free port. */
  readonly port: number;
  /** Present: TLS. */
  readonly tls?: TlsIdentity;
  /** Whether a client is asked for a certificate, without insisting: asked for each connection. Absent: none is. */
  readonly asksForCertificate?: () => boolean;
  /** Called for a handshake that came to nothing, and for a peer that takes back what it agreed to. */
  readonly onTlsFailed?: (remote: Endpoint, failure: TlsFailure) => void;
  /** Links at once; one more is closed before it costs anything. */
  readonly maxLinks: number;
  readonly maxLinksPerSource: number;
  /** What all links may keep for their peers; absent: one that all listeners of the process share. */
  readonly budget?: OctetBudget;
  /** Called for a link over a bound. */
  readonly onRefused?: (remote: Endpoint, limit: 'links' | 'links-per-source') => void;
}

export interface StreamServer {
  readonly local: Endpoint;
  readonly links: number;
  /** Accepts no more and destroys what is open; resolves when the last link has gone. */
  close(): Promise<void>;
}

export interface StreamNetwork {
  /** Rejects with a `NodeJS.ErrnoException` when the address or port cannot be had. */
  listen(options: StreamListenOptions, accept: (link: StreamLink) => StreamHandler): Promise<StreamServer>;
  /** Opens a link to `to`. Rejects where the peer refuses. */
  connect(
    to: Endpoint,
    options: StreamConnectOptions,
    accept: (link: StreamLink) => StreamHandler,
  ): Promise<StreamLink>;
}

export interface StreamConnectOptions {
  readonly localAddress?: string;
  /** Present: TLS; the server's certificate is not checked, as a phone without a trust list does not. */
  readonly tls?: Partial<TlsIdentity>;
  /** Gives the attempt up, which rejects then; a link that is open already stays. */
  readonly signal?: AbortSignal;
}

/** Datagrams of one interface of this machine and of no other. */
export interface InterfaceSocket {
  readonly interface: string;
  /** The IPv4 addresses of this machine on it, the primary one first. */
  readonly addresses: readonly string[];
  readonly loopback: boolean;
  readonly port: number;
  /** Never throws and never waits. `from` is one of `addresses`; the buffer must stay unchanged until it has left. */
  send(bytes: Buffer, from: string, to: Endpoint): void;
  close(): Promise<void>;
}

export interface InterfaceHandler {
  /** `to`: the address of ours that it was sent to; `undefined`: it was broadcast. `bytes` belongs to the receiver. */
  onReceived(bytes: Buffer, from: Endpoint, to: string | undefined): void;
  /** What had come in has been handed over; more may follow. Comes soon after every `received`. */
  onDrained(): void;
}

export interface InterfaceOptions {
  readonly interface: string;
  /** 0: any free port, on the loopback interface. */
  readonly port: number;
  /** Octets asked of the kernel for waiting datagrams. */
  readonly receiveBuffer: number;
}

/** Rejects with a `BindError` where the interface cannot be had, or where nobody could be certain that it is the only one. */
export interface InterfaceNetwork {
  open(options: InterfaceOptions, handler: InterfaceHandler): Promise<InterfaceSocket>;
  /**
   * What an interface is told apart by from one of its name that is made anew or has other addresses; `undefined`: it is not
   * there, is down or has no IPv4 address. Absent: interfaces never change.
   */
  identityOf?(name: string): string | undefined;
}
