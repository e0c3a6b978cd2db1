// One real stream: what leaves in a turn leaves together, and what its peer makes this process keep is counted.

import type net from 'node:net';
import tls from 'node:tls';
import { type Keeper, OctetBudget } from '../../core/octet-budget.js';
import type { Endpoint, StreamEnd, StreamHandler, StreamLink } from '../ports.js';

const FULL_TURN = 32 * 1024; // octets that leave before the turn ends
const LINGER_MS = 5_000; // for the peer's own FIN after ours
const MIB = 1024 * 1024;
/** Of a write that waits for its reader, besides its octets: what node makes of it. */
const WRITE_WEIGHS = 512;

/** What all streams that were accepted here may keep: more than thousands of healthy phones do at their worst. */
export const STREAM_BUDGET = { perSource: 32 * MIB, all: 128 * MIB };
export const streamBudget = new OctetBudget(STREAM_BUDGET);

const IPV4_MAPPED_PREFIX = '::ffff:';

/** A socket on `::` shows IPv4 peers in IPv6 clothes. */
export const withoutIpv6Prefix = (address = ''): string =>
  address.startsWith(IPV4_MAPPED_PREFIX) ? address.slice(IPV4_MAPPED_PREFIX.length) : address;

/**
 * Links that have something to say when everything that came in has been heard. A far end that waits for octets is woken
 * by the first that leave, which costs more than all else about a write: together, they wake it once.
 */
export class WriteBatch {
  /** What the peers of these links make this process keep; absent where the peers were chosen here. */
  readonly budget: OctetBudget | undefined;
  #waiting: NodeLink[] = [];

  constructor(budget?: OctetBudget) {
    this.budget = budget;
  }

  add(link: NodeLink): void {
    if (this.#waiting.push(link) === 1) setImmediate(() => this.end());
  }

  end(): void {
    for (const link of this.#waiting.splice(0)) link.flush();
  }
}

export class NodeLink implements StreamLink, Keeper {
  readonly remote: Endpoint;
  readonly #socket: net.Socket;
  readonly #turn: WriteBatch;
  #handler: StreamHandler | undefined;
  /** What leaves at the end of this turn: octets, then text, which node turns into octets where it hands them over. */
  #written: Buffer[] = [];
  #text = '';
  #waiting = 0;
  /** What is held in memory because the peer does not read: whole buffers, where views of them wait. */
  #unread = 0;
  /** What the owner keeps of what came. */
  #unfinished = 0;
  #endedHere = false;
  #failed = false;

  constructor(socket: net.Socket, turn: WriteBatch) {
    this.#socket = socket;
    this.#turn = turn;
    this.remote = { address: withoutIpv6Prefix(socket.remoteAddress), port: socket.remotePort ?? 0 };
  }

  /** Costs a system call, and most links are never asked. */
  get local(): Endpoint {
    const { localAddress, localPort = 0 } = this.#socket;
    return { address: withoutIpv6Prefix(localAddress), port: localPort };
  }

  get peerNames(): readonly string[] {
    if (!(this.#socket instanceof tls.TLSSocket)) return [];
    const certificate = this.#socket.getPeerCertificate();
    if (certificate.subject === undefined) return [];
    const alternatives = (certificate.subjectaltname ?? '').split(', ').map((name) => name.replace(/^[^:]*:/, ''));
    return [certificate.subject.CN ?? [], alternatives].flat().filter((name) => name !== '');
  }

  get source(): string {
    return this.remote.address;
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
    if (this.#socket.writableLength === 0) this.#unread = 0; // it has read meanwhile, of which nobody was told
    if (this.#unread + this.#unfinished === 0) return;
    this.#handler?.overdrawn?.(this.#unread > this.#unfinished ? 'unread' : 'unfinished');
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
    if (!this.#socket.destroyed) this.#send(piece);
  }

  #send(piece: Buffer | string): void {
    const socket = this.#socket;
    const waits = socket.writableLength > 0;
    // A view keeps all that it is a view of, for as long as its reader takes.
    const own = waits && typeof piece !== 'string' ? copyOf(piece) : piece;
    socket.write(own, 'latin1');
    // TLS has made its own octets of the first, which node tells of a turn later.
    if (socket.writableLength > 0 && (waits || !(socket instanceof tls.TLSSocket))) {
      this.#unread = (waits ? this.#unread : 0) + weightOf(own);
      this.#account();
    } else if (this.#unread > 0) {
      this.#unread = 0;
      this.#account();
    }
  }

  #account(): void {
    this.#turn.budget?.keep(this, this.#unread + this.#unfinished);
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
    this.#handler = handler;
    this.#socket.on('data', (bytes: Buffer) => handler.received(bytes));
    if (handler.drained !== undefined) this.#socket.on('drain', () => handler.drained?.());
    if (!(this.#socket instanceof tls.TLSSocket)) this.#socket.on('end', () => this.#peerEnded());
    this.#socket.on('error', () => {
      this.#failed = true;
    });
    this.#socket.once('close', () => {
      this.#turn.budget?.keep(this, 0);
      handler.closed(this.#cause());
    });
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

/** In memory of its own: small ones would share theirs with others. */
const copyOf = (octets: Buffer): Buffer => {
  const copy = Buffer.allocUnsafeSlow(octets.length);
  octets.copy(copy);
  return copy;
};

const weightOf = (piece: Buffer | string): number =>
  WRITE_WEIGHS + (typeof piece === 'string' ? piece.length : piece.buffer.byteLength);
