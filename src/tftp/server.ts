// The TFTP server: its listening sockets. On 0.0.0.0 there is one for each address of this machine, kept up to date, so
// that every answer comes from the address that was asked.

import type { Publisher } from '../core/journal.js';
import { type Alarm, after, type Clock, seconds } from '../core/time.js';
import type { DatagramNetwork, DatagramSocket, Endpoint, Random } from '../net/ports.js';
import type { TftpEvent } from './events.js';
import { type Doorway, TftpService } from './service.js';
import type { TftpSettings } from './settings.js';
import { TransferSockets } from './sockets.js';
import type { FileSource } from './source.js';

export interface TftpParts {
  readonly network: DatagramNetwork;
  readonly clock: Clock;
  readonly random: Random;
  readonly source: FileSource;
  readonly journal: Publisher<TftpEvent>;
}

const ANY = '0.0.0.0';
const LOOK_AT_ADDRESSES = seconds(5);
const RECEIVE_BUFFER = 4_194_304; // half of five hundred first requests at once are lost in the kernel's usual one
const WARM_SOCKETS = 16;

interface Listener {
  readonly socket: DatagramSocket;
  readonly sockets: TransferSockets;
}

export class TftpServer {
  readonly #parts: TftpParts;
  readonly #service: TftpService;
  readonly #listeners = new Map<string, Listener>();
  #settings: TftpSettings;
  #port: number;
  #look: Alarm | undefined;
  #closed = false;

  constructor(settings: TftpSettings, parts: TftpParts) {
    this.#settings = settings;
    this.#port = settings.port;
    this.#parts = parts;
    this.#service = new TftpService(settings, { ...parts, sockets: () => this.sockets });
  }

  /** Where it listens. */
  get endpoints(): readonly Endpoint[] {
    return [...this.#listeners.values()].map(({ socket }) => socket.local);
  }

  /** Transfers in progress. */
  get transfers(): number {
    return this.#service.transfers;
  }

  get sockets(): number {
    let count = this.#listeners.size;
    for (const { sockets } of this.#listeners.values()) count += sockets.open;
    return count;
  }

  /** Rejects with a `NodeJS.ErrnoException` where the address or port cannot be had. */
  async open(): Promise<void> {
    const { address } = this.#settings;
    for (const wanted of address === ANY ? this.#parts.network.localAddresses() : [address]) await this.#listen(wanted);
    if (address === ANY) this.#lookLater();
  }

  /** New limits and times, for transfers to come. Another address or port needs a new server. */
  apply(settings: TftpSettings): void {
    this.#settings = settings;
    this.#service.apply(settings);
  }

  /** Resolves when every transfer has ended and every socket is closed. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#look?.cancel();
    this.#service.stop();
    await Promise.all([...this.#listeners.keys()].map((address) => this.#unlisten(address)));
  }

  async #listen(address: string): Promise<void> {
    const { network } = this.#parts;
    const sockets = new TransferSockets(network, address);
    let doorway: Doorway | undefined;
    const socket = await network.open({ address, port: this.#port, receiveBuffer: RECEIVE_BUFFER }, (bytes, from) => {
      if (doorway !== undefined) this.#service.receive(bytes, from, doorway);
    });
    this.#port = socket.local.port; // port 0: the same free port on every address
    await sockets.warm(WARM_SOCKETS);
    doorway = { listener: socket, sockets };
    this.#listeners.set(address, { socket, sockets });
  }

  async #unlisten(address: string): Promise<void> {
    const listener = this.#listeners.get(address);
    this.#listeners.delete(address);
    if (listener !== undefined) await Promise.all([listener.socket.close(), listener.sockets.close()]);
  }

  #lookLater(): void {
    const { clock } = this.#parts;
    this.#look = clock.wake(after(clock.now(), LOOK_AT_ADDRESSES), () => void this.#followAddresses());
  }

  /** An address that came is listened on, one that went is left. */
  async #followAddresses(): Promise<void> {
    const now = new Set(this.#parts.network.localAddresses());
    for (const address of this.#listeners.keys()) if (!now.has(address)) await this.#unlisten(address);
    for (const address of now) {
      if (this.#listeners.has(address) || this.#closed) continue;
      await this.#listen(address).catch(() => {}); // not ready yet: the next look tries again
    }
    if (!this.#closed) this.#lookLater();
  }
}
