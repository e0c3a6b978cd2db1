// One real stream. What is written in one turn is sent together, and what the peer makes this process keep is
// counted.

import type net from 'node:net';
import tls from 'node:tls';
import { type Keeper, OctetBudget } from '../../core/octet-budget.js';
import type { TlsPeer } from '../../core/tls-peer.js';
import type { Endpoint, StreamEnd, StreamHandler, StreamLink, StreamTap, TapPoint, TappedStream } from '../ports.js';
import { peerOf, type ReadIssuer } from './peer-certificate.js';

const FULL_TURN = 32 * 1024; // octets that leave before the turn ends
const LINGER_MS = 5_000; // for the peer's own FIN after ours
const MIB = 1024 * 1024;
/** What node needs for a write that waits, besides its octets. */
const WRITE_WEIGHS = 512;

/** What all accepted streams together may keep: more than thousands of healthy phones do at their worst. */
export const STREAM_BUDGET = { perSource: 32 * MIB, all: 128 * MIB };
/** The budget that all listeners of this process share. */
export const streamBudget = new OctetBudget(STREAM_BUDGET);

const NO_TAPS: TapPoint<StreamTap> = { tap: undefined };

const IPV4_MAPPED_PREFIX = '::ffff:';

/** The IPv4 address of a peer. A socket on `::` shows it as an IPv4-mapped IPv6 address. */
export const withoutIpv6Prefix = (address = ''): string =>
  address.startsWith(IPV4_MAPPED_PREFIX) ? address.slice(IPV4_MAPPED_PREFIX.length) : address;

/**
 * The links that have something to send at the end of the turn.
 *
 * @hot A peer process that waits is woken by the first octets, which costs more than everything else about a write.
 * Sent together, the writes of a turn wake it once.
 */
export class WriteBatch {
  /** The budget of what the peers make this process keep. Absent for links that this process opened. */
  readonly budget: OctetBudget | undefined;
  readonly taps: TapPoint<StreamTap>;
  /** Who signs the certificates of the peers. */
  readonly issuers: readonly ReadIssuer[];
  #waiting: NodeLink[] = [];

  constructor(budget?: OctetBudget, taps: TapPoint<StreamTap> = NO_TAPS, issuers: readonly ReadIssuer[] = []) {
    this.budget = budget;
    this.taps = taps;
    this.issuers = issuers;
  }

  add(link: NodeLink): void {
    if (this.#waiting.push(link) === 1) setImmediate(() => this.end());
  }

  end(): void {
    for (const link of this.#waiting.splice(0)) link.flush();
  }
}

/** A `StreamLink` on a socket of node:net or node:tls. */
export class NodeLink implements StreamLink, TappedStream, Keeper {
  readonly remote: Endpoint;
  readonly #socket: net.Socket;
  /** What knows the addresses, if the socket itself does not. */
  readonly #under: net.Socket;
  readonly #batch: WriteBatch;
  #handler: StreamHandler | undefined;
  /** What is sent at the end of this turn: octets, then text, which node encodes when it hands it over. */
  #written: Buffer[] = [];
  #text = '';
  #waiting = 0;
  /** Octets in memory because the peer does not read. A view counts as its whole buffer. */
  #unread = 0;
  /** Octets of an unfinished message that the owner keeps. */
  #unfinished = 0;
  #endedHere = false;
  #failed = false;
  #peer: TlsPeer | undefined;
  /** Called when the peer has proved itself, once. */
  onProved: (() => void) | undefined;

  /** `under`: the TCP connection below the socket, where the socket does not know its addresses. */
  constructor(socket: net.Socket, batch: WriteBatch, under: net.Socket = socket) {
    this.#socket = socket;
    this.#under = under;
    this.#batch = batch;
    this.remote = { address: withoutIpv6Prefix(under.remoteAddress), port: under.remotePort ?? 0 };
  }

  /** Read on demand, since it costs a system call and is rarely needed. */
  get local(): Endpoint {
    const { localAddress, localPort = 0 } = this.#under;
    return { address: withoutIpv6Prefix(localAddress), port: localPort };
  }

  get peer(): TlsPeer | undefined {
    if (!(this.#socket instanceof tls.TLSSocket)) return undefined;
    this.#peer ??= peerOf(this.#socket, this.#batch.issuers);
    return this.#peer;
  }

  proved(): void {
    this.onProved?.();
    this.onProved = undefined;
  }

  get cipher(): string | undefined {
    return cipherOf(this.#socket);
  }

  get source(): string {
    return this.remote.address;
  }

  /** The callbacks of its owner; `undefined`: it has none yet. */
  get handler(): StreamHandler | undefined {
    return this.#handler;
  }

  get backlog(): number {
    const { writableLength } = this.#socket;
    return (writableLength === 0 ? 0 : Math.max(writableLength, this.#unread)) + this.#waiting;
  }

  keeps(octets: number): void {
    if (octets === this.#unfinished) return;
    this.#unfinished = octets;
    this.#account();
  }

  letGo(): void {
    if (this.#socket.writableLength === 0) this.#unread = 0; // the peer has read meanwhile, without an event
    if (this.#unread + this.#unfinished === 0) return;
    this.#handler?.overdrawn?.(this.#unread > this.#unfinished ? 'unread' : 'unfinished');
  }

  write(octets: Buffer | string): void {
    if (this.#endedHere || !this.#socket.writable || octets.length === 0) return;
    if (this.#waiting === 0) this.#batch.add(this);
    this.#waiting += octets.length;
    if (typeof octets === 'string') this.#text += octets;
    else {
      this.#settle();
      this.#written.push(octets);
    }
    // Many requests may come in one turn: what waits for its end is not the backlog of a peer that does not read.
    if (this.#waiting >= FULL_TURN) this.flush();
  }

  #settle(): void {
    if (this.#text !== '') this.#written.push(Buffer.from(this.#text, 'latin1'));
    this.#text = '';
  }

  /** Hands what was written in this turn to the socket as one piece. */
  flush(): void {
    if (this.#waiting === 0) return;
    if (this.#written.length > 0) this.#settle();
    const [octets = this.#text, ...more] = this.#written;
    const piece = more.length === 0 ? octets : Buffer.concat(this.#written, this.#waiting);
    this.#written = [];
    this.#text = '';
    this.#waiting = 0;
    if (this.#socket.destroyed) return;
    this.#batch.taps.tap?.onSent(this, piece);
    this.#send(piece);
  }

  #send(piece: Buffer | string): void {
    const socket = this.#socket;
    const waits = socket.writableLength > 0;
    // A view would keep its whole buffer in memory until the peer has read it.
    const kept = waits && typeof piece !== 'string' ? copyOf(piece) : piece;
    socket.write(kept, 'latin1');
    // TLS has encrypted the first write into octets of its own; node says so one turn later.
    if (socket.writableLength > 0 && (waits || !(socket instanceof tls.TLSSocket))) {
      this.#unread = (waits ? this.#unread : 0) + weightOf(kept);
      this.#account();
    } else if (this.#unread > 0) {
      this.#unread = 0;
      this.#account();
    }
  }

  #account(): void {
    this.#batch.budget?.keep(this, this.#unread + this.#unfinished);
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
    // After our FIN a reset is refused (libuv: EINVAL), and the descriptor would stay open for ever.
    const ending = this.#endedHere;
    this.#endedHere = true;
    if (ending || this.#socket instanceof tls.TLSSocket) this.#socket.destroy();
    else {
      this.#batch.taps.tap?.onClosed(this, 'reset-here');
      this.#socket.resetAndDestroy();
    }
  }

  /** Connects the socket's events to the link's owner. */
  serve(handler: StreamHandler): void {
    this.#handler = handler;
    const { taps } = this.#batch;
    this.#socket.on('data', (bytes: Buffer) => {
      taps.tap?.onReceived(this, bytes);
      handler.received(bytes);
    });
    if (handler.drained !== undefined) this.#socket.on('drain', () => handler.drained?.());
    if (!(this.#socket instanceof tls.TLSSocket)) this.#socket.on('end', () => this.#peerEnded());
    this.#socket.on('error', () => {
      this.#failed = true;
    });
    this.#socket.once('close', () => {
      this.#batch.budget?.keep(this, 0);
      const cause = this.#cause();
      taps.tap?.onClosed(this, TAPPED_ENDS[cause]);
      handler.closed(cause);
    });
  }

  /** If nothing is left to send, the link is closed at once instead of half-closed first. */
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

const TAPPED_ENDS = {
  'closed-here': 'ended-here',
  error: 'reset-by-peer',
  'peer-closed': 'ended-by-peer',
} as const satisfies Record<StreamEnd, string>;

/** The version and the cipher of a socket's TLS; `undefined`: it has none. */
const cipherOf = (socket: net.Socket): string | undefined =>
  socket instanceof tls.TLSSocket ? `${socket.getProtocol()}, ${socket.getCipher().standardName}` : undefined;

/** A copy with memory of its own. A pooled buffer would keep the whole pool in memory. */
const copyOf = (octets: Buffer): Buffer => {
  const copy = Buffer.allocUnsafeSlow(octets.length);
  octets.copy(copy);
  return copy;
};

const weightOf = (piece: Buffer | string): number =>
  WRITE_WEIGHS + (typeof piece === 'string' ? piece.length : piece.buffer.byteLength);
