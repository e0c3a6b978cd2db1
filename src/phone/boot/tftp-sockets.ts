import type { DatagramNetwork, DatagramSocket, Endpoint } from '../../net/ports.js';
import { HEAD, OPCODE, opcodeOf } from '../../tftp/packet.js';
import type { BootTimer, Timers } from '../timers.js';
import { type FileOutcome, TftpClient } from './tftp-client.js';

const MOST_SOCKETS = 256;

interface Job {
  readonly fetch: TftpClient;
  readonly done: (outcome: FileOutcome) => void;
}

/** A socket and its present transfer. */
class TransferSocket {
  readonly #owner: TftpSockets;
  readonly #timeout: BootTimer;
  socket: DatagramSocket | undefined;
  #job: Job | undefined;
  /** The transfer before: its last block comes again if our acknowledgement was lost (RFC 1350 §6). */
  #previous: { readonly port: number; readonly block: number; readonly packet: Buffer } | undefined;

  constructor(owner: TftpSockets, timers: Timers) {
    this.#owner = owner;
    this.#timeout = timers.create(() => this.#onTimeout());
  }

  start(job: Job): void {
    this.#job = job;
    this.#timeout.startIn(job.fetch.wait);
    this.#send(job.fetch.packet, job.fetch.target);
  }

  receive(bytes: Buffer, from: Endpoint): void {
    const job = this.#job;
    if (this.#isOfPrevious(bytes, from)) {
      if (this.#previous !== undefined) this.#send(this.#previous.packet, from);
      return;
    }
    if (job === undefined) return;
    const reply = job.fetch.receive(bytes, from);
    if (reply !== undefined) this.#timeout.startIn(job.fetch.wait);
    if (reply !== undefined) this.#send(reply, from);
    if (job.fetch.outcome !== undefined) this.#finish(job, job.fetch.outcome, from.port);
  }

  /**
   * Is it a block of the transfer before? A first block is of the present one, since a server may reuse its port at
   * once.
   */
  #isOfPrevious(bytes: Buffer, from: Endpoint): boolean {
    const previous = this.#previous;
    if (previous === undefined || from.port !== previous.port) return false;
    if (opcodeOf(bytes) !== OPCODE.DATA || bytes.length < HEAD || bytes.readUInt16BE(2) !== previous.block)
      return false;
    const { fetch } = this.#job ?? {};
    return fetch === undefined || (fetch.peer === undefined ? previous.block !== 1 : fetch.peer.port !== from.port);
  }

  #onTimeout(): void {
    const job = this.#job;
    if (job === undefined) return;
    if (job.fetch.retry()) {
      this.#timeout.startIn(job.fetch.wait);
      this.#send(job.fetch.packet, job.fetch.target);
    } else this.#finish(job, job.fetch.outcome ?? { kind: 'missed', why: 'no answer' }, 0);
  }

  #send(packet: Buffer, to: Endpoint): void {
    this.socket?.send(packet, 0, packet.length, to);
  }

  #finish(job: Job, outcome: FileOutcome, port: number): void {
    if (this.#job !== job) return;
    this.#timeout.cancel();
    this.#job = undefined;
    const { packet, lastBlock: block } = job.fetch;
    this.#previous = outcome.kind === 'fetched' ? { port, block, packet } : undefined;
    if (job.fetch.repeated) this.#owner.retire(this);
    else this.#owner.release(this);
    job.done(outcome);
  }
}

/**
 * The TFTP sockets of all phones of an environment. A socket has one transfer at a time and is kept for the next one.
 * There are at most 256, so that a fleet does not open a socket for each phone; further transfers wait.
 */
export class TftpSockets {
  readonly #network: DatagramNetwork;
  readonly #timers: Timers;
  readonly #sources: readonly string[];
  readonly #idle: TransferSocket[] = [];
  readonly #all: TransferSocket[] = [];
  readonly #waiting: Job[] = [];
  #closed = false;

  /** `sources`: local addresses, used in turn; the wildcard lets the kernel choose by its route to the server. */
  constructor(network: DatagramNetwork, timers: Timers, sources: readonly string[] = ['0.0.0.0']) {
    this.#network = network;
    this.#timers = timers;
    this.#sources = sources;
  }

  /** Fetches a file. Never rejects: a file that does not come is an outcome. */
  fetch(file: string, server: Endpoint): Promise<FileOutcome> {
    return new Promise((done) => this.#start({ fetch: new TftpClient(file, server), done }));
  }

  /** Takes a socket back whose transfer has ended. Only `TransferSocket` calls this. */
  release(socket: TransferSocket): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(socket);
    else socket.start(next);
  }

  /** As `release`, but closes the socket, since a late second answer must not be taken for one of the next transfer. */
  retire(socket: TransferSocket): void {
    this.#all.splice(this.#all.indexOf(socket), 1);
    void socket.socket?.close();
    const next = this.#waiting.shift();
    if (next !== undefined) void this.#open(next);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#all.map(({ socket }) => socket?.close()));
  }

  #start(job: Job): void {
    const socket = this.#idle.shift(); // the one that was idle longest
    if (socket !== undefined) socket.start(job);
    else if (this.#all.length < MOST_SOCKETS) void this.#open(job);
    else this.#waiting.push(job);
  }

  async #open(job: Job): Promise<void> {
    const transfers = new TransferSocket(this, this.#timers);
    this.#all.push(transfers);
    try {
      const address = this.#sources[this.#all.length % this.#sources.length] ?? '0.0.0.0';
      const socket = await this.#network.open({ address, port: 0 }, (bytes, from) => transfers.receive(bytes, from));
      transfers.socket = socket;
      if (this.#closed) await socket.close();
      transfers.start(job);
    } catch (error) {
      this.#all.splice(this.#all.indexOf(transfers), 1);
      job.done({ kind: 'missed', why: error instanceof Error ? error.message : String(error) });
    }
  }
}
