// The ports through which engines meet the network and the machine. `net/sockets/` and `net/host-reader.ts` implement
// them, and the tests in memory.

import type { HostCounter } from '../core/host-facts.js';
import type { MacAddress } from '../core/identifiers.js';
import type { OctetBudget } from '../core/octet-budget.js';
import type { WallTime } from '../core/time.js';
import type { CertificateOrigin, TlsPeer } from '../core/tls-peer.js';
import type { TlsVersion } from '../core/tls-versions.js';

/** An IPv4 endpoint, as the peer of a datagram or stream. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** An IPv4 address of this machine. */
export interface MachineAddress {
  readonly interface: string;
  readonly address: string;
  /** The length of its network's prefix. */
  readonly prefix: number;
  readonly loopback: boolean;
}

/** Called for each datagram. The callee owns `bytes`. */
export type DatagramHandler = (bytes: Buffer, from: Endpoint) => void;

/**
 * A bound UDP socket. `send` never throws and never waits: a datagram that cannot be sent is lost, as on any
 * network.
 */
export interface DatagramSocket {
  readonly local: Endpoint;
  /** Sends `length` octets from `offset`. The buffer must stay unchanged until they have been sent. */
  send(bytes: Buffer, offset: number, length: number, to: Endpoint): void;
  close(): Promise<void>;
}

/** Where and how to open a UDP socket. */
export interface DatagramOptions {
  readonly address: string;
  /** 0: any free port. */
  readonly port: number;
  /** Octets of the receive buffer in the kernel. */
  readonly receiveBuffer?: number;
  /** The same process binds this port at other addresses, too: at the wildcard and at local addresses. */
  readonly shared?: boolean;
  /**
   * A multicast group: the socket receives what is sent to it and the port, at the interface of `address`, as other sockets of
   * this machine may. It is of no use for sending.
   */
  readonly group?: string;
  /** Octets of the largest datagram. If given, many may be read and sent at a time; larger ones arrive cut. */
  readonly largest?: number;
}

/**
 * Is told of every datagram of some sockets, before it is handled or when it is sent. It copies the octets that it
 * keeps, and never throws.
 */
export interface DatagramTap {
  /** `local`: where it was received, as far as the socket knows. */
  onReceived(bytes: Buffer, from: Endpoint, local: Endpoint): void;
  onSent(bytes: Buffer, offset: number, length: number, to: Endpoint, local: Endpoint): void;
}

/** Where sockets find their tap, if there is one now. */
export interface TapPoint<T> {
  readonly tap: T | undefined;
}

/** Opens datagram sockets. `open` rejects with a `NodeJS.ErrnoException` if the address or port cannot be bound. */
export interface DatagramNetwork {
  open(options: DatagramOptions, onDatagram: DatagramHandler): Promise<DatagramSocket>;
  /** The IPv4 addresses of this machine as they are now. */
  localAddresses(): readonly string[];
}

/** Randomness, injected so that tests can repeat. */
export interface Random {
  /** An integer from 0 up to, not including, `limit`. */
  below(limit: number): number;
}

/** One accepted or opened stream. `write` never throws: octets for a link that has ended are lost. */
export interface StreamLink {
  readonly remote: Endpoint;
  readonly local: Endpoint;
  /** What the handshake showed of the peer; `undefined` without TLS. Reading it first costs a look at its certificate. */
  readonly peer: TlsPeer | undefined;
  /** Notes that the peer has proved itself otherwise than by a certificate: its handshake costs its address nothing. */
  proved?(): void;
  /**
   * Queues octets, which must stay unchanged, or latin1 text. Several writes of one turn leave in one segment if
   * they fit.
   */
  write(octets: Buffer | string): void;
  /** Octets that are queued because the peer does not read. */
  readonly backlog: number;
  /** Notes how many octets of an unfinished message the owner keeps. They count for the share of the peer. */
  keeps(octets: number): void;
  /** Stops and restarts the delivery of octets, so that data of a peer that sends too fast waits in the kernel. */
  pause(): void;
  resume(): void;
  /** Ends the link after what is queued has left, then waits a short while for the peer's own end. */
  end(): void;
  /** Ends the link at once, by RST, and drops what is queued. */
  destroy(): void;
}

/** The callbacks of the owner of a link. `closed` is called exactly once and last. */
export interface StreamHandler {
  /** The callee owns `bytes`. */
  received(bytes: Buffer): void;
  /** Called when the backlog is empty again. */
  drained?(): void;
  closed(cause: StreamEnd): void;
  /** Called when the octet budget is exceeded and this link has kept its part longest. The owner must end it. */
  overdrawn?(kept: KeptOctets): void;
}

/** What a link keeps: output that the peer has not read, or an unfinished message. */
export type KeptOctets = 'unread' | 'unfinished';

/** Why a link ended: the peer's FIN, its RST or another error, or ourselves. */
export type StreamEnd = 'peer-closed' | 'error' | 'closed-here';

/** A stream as its tap sees it. */
export interface TappedStream {
  readonly remote: Endpoint;
  readonly local: Endpoint;
  /** The version and the cipher of its TLS; `undefined`: there is none. */
  readonly cipher: string | undefined;
}

/** How a stream ended: by FIN or RST, from here or from the peer. */
export type TappedEnd = 'ended-here' | 'reset-here' | 'ended-by-peer' | 'reset-by-peer';

/**
 * Is told of everything on some streams, after TLS. It copies the octets that it keeps, and never throws. A stream that
 * was open before there was a tap is first seen with its octets.
 */
export interface StreamTap {
  onOpened(stream: TappedStream): void;
  onReceived(stream: TappedStream, bytes: Buffer): void;
  /** Octets or latin1 text, as they leave in one piece. */
  onSent(stream: TappedStream, octets: Buffer | string): void;
  /** May be called twice; the first call counts. */
  onClosed(stream: TappedStream, end: TappedEnd): void;
}

/** A private key and certificate chain, both PEM. */
export interface TlsIdentity {
  readonly key: string;
  readonly certificate: string;
}

/** What a TLS listener shows, and the oldest version that it speaks. */
export interface TlsListenerIdentity extends TlsIdentity {
  /** Absent: `OLDEST_TLS`. Below TLS 1.2 every connection of the listener may have weak ciphers and keys. */
  readonly minVersion?: TlsVersion;
}

/** Whose certificates of clients a TLS listener trusts. */
export interface PhoneIssuer {
  /** PEM, one certificate. It need not be self-signed. */
  readonly certificate: string;
  readonly origin: CertificateOrigin;
}

/** Why TLS failed on a connection. */
export interface TlsFailure {
  /** Node's code: `ERR_SSL_TLSV1_ALERT_UNKNOWN_CA`, `ECONNRESET`… */
  readonly code: string;
  /** The number of the alert that the peer sent, if it sent one (RFC 8446 §6). */
  readonly alert: number | undefined;
  /** `established`: with TLS 1.3 a client checks our certificate when this side has finished already. */
  readonly phase: 'handshake' | 'established';
}

/** Where and how to listen for streams. */
export interface StreamListenOptions {
  readonly address: string;
  /** 0: any free port. */
  readonly port: number;
  /** Present: TLS. */
  readonly tls?: TlsListenerIdentity;
  /** Whether to request a certificate of the client, without requiring it. Called for each connection. Absent: no. */
  readonly asksForCertificate?: () => boolean;
  /** Who signs the certificates of clients. Absent: nobody, so that each is of an unknown issuer. */
  readonly phoneIssuers?: readonly PhoneIssuer[];
  /** Whether a client without a certificate that is trusted is cut off when its handshake is done. Absent: no. */
  readonly cutsOffUntrusted?: boolean;
  /** Bounds the handshakes of clients that prove nothing. Absent: the limits on links are all. */
  readonly unprovenHandshakes?: HandshakeLimit;
  /** Called for a handshake that failed, and for a peer that rejects it after its end. */
  readonly onTlsFailed?: (remote: Endpoint, failure: TlsFailure) => void;
  /** Links at once. One more is closed before it costs anything. */
  readonly maxLinks: number;
  readonly maxLinksPerSource: number;
  /** The budget of what all links keep for their peers. Absent: the one that all listeners of the process share. */
  readonly budget?: OctetBudget;
  /** Where the links find their tap. Absent: they have none. */
  readonly taps?: TapPoint<StreamTap>;
  /** Called for a link that was refused by one of these limits. */
  readonly onRefused?: (remote: Endpoint, limit: LinkLimit) => void;
}

/** Why a connection was reset before it cost anything. */
export type LinkLimit = 'links' | 'links-per-source' | 'handshakes-per-source';

/** Counts the connections of each source that have proved nothing. */
export interface HandshakeLimit {
  /** How many a source may begin in a second. */
  readonly perSecond: number;
  /** Counts a connection that begins; `false` if its source may have no more now. */
  take(source: string): boolean;
  /** Takes back what was counted: the client has proved itself, or has begun no handshake. */
  giveBack(source: string): void;
}

/** An open listener for streams. */
export interface StreamServer {
  readonly local: Endpoint;
  readonly links: number;
  /** Calls `visit` with every open link and its owner's callbacks. Absent: they are not known. */
  each?(visit: (link: StreamLink, handler: StreamHandler) => void): void;
  /** Asks `gate` before each handshake; `undefined`: as at first. Absent: there is no TLS. */
  setGate?(gate: TlsGate | undefined): void;
  /** Accepts no more and destroys what is open; resolves when the last link has gone. */
  close(): Promise<void>;
}

/** Decides on a connection before its TLS handshake: it is reset, or shown this in place of the usual certificate. */
export type TlsGate = (remote: Endpoint) => 'reset' | TlsIdentity | undefined;

/** Opens listeners and streams. */
export interface StreamNetwork {
  /** Rejects with a `NodeJS.ErrnoException` if the address or port cannot be bound. */
  listen(options: StreamListenOptions, accept: (link: StreamLink) => StreamHandler): Promise<StreamServer>;
  /** Opens a link to `to`. Rejects if the peer refuses. */
  connect(
    to: Endpoint,
    options: StreamConnectOptions,
    accept: (link: StreamLink) => StreamHandler,
  ): Promise<StreamLink>;
}

/** Why a client ends a handshake: the alert that it sends (RFC 5246 §7.2.2), and the reason as a text for people. */
export interface ServerRefusal {
  readonly alert: number;
  readonly why: string;
}

/** What a client shows over TLS, and whom it trusts. */
export interface TlsClient extends Partial<TlsIdentity> {
  /**
   * Judges the certificate of the server, DER, before this side answers it. `undefined`: it goes on. A refusal ends the handshake by
   * its alert, and the attempt rejects with a plain `Error` whose message is `why`. A server that shows no certificate, or takes more
   * than 64 KiB for it and its chain, is refused by alert 42 without a call. The newest version is then TLS 1.2, since in 1.3 the
   * certificate is encrypted and comes too late for an alert in the clear. Absent: every server is trusted. Must not reject.
   */
  readonly judgeServer?: (certificate: Buffer) => Promise<ServerRefusal | undefined>;
}

/** How to open a stream to a server. */
export interface StreamConnectOptions {
  readonly localAddress?: string;
  /** Present: TLS. */
  readonly tls?: TlsClient;
  /** Where the link finds its tap. Absent: it has none. */
  readonly taps?: TapPoint<StreamTap>;
  /** Aborts the attempt, which then rejects. A link that is open already stays. */
  readonly signal?: AbortSignal;
}

/** A UDP socket of one interface of this machine and of no other. */
export interface InterfaceSocket {
  readonly interface: string;
  /** The IPv4 addresses of this machine on it, the primary one first. */
  readonly addresses: readonly string[];
  readonly loopback: boolean;
  readonly port: number;
  /**
   * Never throws and never waits. `from` is one of `addresses`. The buffer must stay unchanged until it has been
   * sent.
   */
  send(bytes: Buffer, from: string, to: Endpoint): void;
  close(): Promise<void>;
}

/** The callbacks of the owner of an interface socket. */
export interface InterfaceHandler {
  /** `to`: the local address that it was sent to; `undefined`: it was broadcast. The callee owns `bytes`. */
  onReceived(bytes: Buffer, from: Endpoint, to: string | undefined): void;
  /** Called soon after every `received`, when everything that had arrived has been handed over. */
  onDrained(): void;
}

/** Which interface to open, and how. */
export interface InterfaceOptions {
  readonly interface: string;
  /** 0: any free port, on the loopback interface. */
  readonly port: number;
  /** Octets of the receive buffer in the kernel. */
  readonly receiveBuffer: number;
}

/**
 * Opens sockets of interfaces. `open` rejects with a `BindError` if the interface cannot be bound, or if nothing
 * guarantees that only this interface is answered.
 */
export interface InterfaceNetwork {
  open(options: InterfaceOptions, handler: InterfaceHandler): Promise<InterfaceSocket>;
  /**
   * A text that changes when an interface of this name is made anew or gets other addresses. `undefined`: it does not
   * exist, is down or has no IPv4 address. Absent: interfaces never change.
   */
  identityOf?(name: string): string | undefined;
}

/** The counters of the kernel, since the machine started. */
export type KernelCounters = Readonly<Record<HostCounter, number>>;

/** Small secret files of many owners, in a folder for each. Its methods throw a `NodeJS.ErrnoException`. */
export interface KeptFolder {
  /** Those files of an owner that are there, by their names; empty: none is. A file of more than 1 MiB is cut off there. */
  read(owner: string, names: readonly string[]): ReadonlyMap<string, Buffer>;
  /** Writes a file as a whole or not at all, for the owner of the process alone. */
  write(owner: string, name: string, content: Buffer): void;
  /** Removes a file, if it is there. */
  remove(owner: string, name: string): void;
}

/** What the machine says of itself. Nothing throws or rejects: what the system does not have is absent or empty. */
export interface HostReader {
  /** `undefined`: there are none, or they cannot be read now. */
  counters(): KernelCounters | undefined;
  /** The hardware address of each neighbour that the kernel has resolved, by IPv4 address. */
  neighbours(): ReadonlyMap<string, MacAddress>;
  /** The IPv4 addresses of this machine. */
  addresses(): readonly string[];
  /** When a file was last changed; `undefined`: there is no such file. */
  changedAt(file: string): Promise<WallTime | undefined>;
}
