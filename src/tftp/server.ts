// The TFTP server: its sockets. On 0.0.0.0 there is a doorway for each address of this machine, kept up to date, so that
// every answer comes from the address that was asked.

import type { Publisher } from '../core/journal.js';
import type { Sequence } from '../core/sequence.js';
import { type Alarm, after, type Clock, seconds } from '../core/time.js';
import type { DatagramNetwork, DatagramSocket, Endpoint, Random } from '../net/ports.js';
import { Doorway, TRANSFER_PORTS } from './doorway.js';
import type { TftpEvent } from './events.js';
import { TftpService } from './service.js';
import type { TftpSettings } from './settings.js';
import type { FileSource } from './source.js';

export interface TftpParts {
  readonly network: DatagramNetwork;
  readonly clock: Clock;
  readonly random: Random;
  readonly source: FileSource;
  readonly journal: Publisher<TftpEvent>;
  /** Numbers requests; the one of HTTP, where both serve the same files. */
  readonly requests?: Sequence;
}

const ANY = '0.0.0.0';
const LOOK_AT_ADDRESSES = seconds(5);
const RECEIVE_BUFFER = 4_194_304; // half of five hundred first requests at once are lost in the kernel's usual one
const LARGEST_DATAGRAM = 1536; // any request, and a block in an Ethernet frame

export class TftpServer {
  readonly #parts: TftpParts;
  readonly #service: TftpService;
  readonly #doorways = new Map<string, { readonly doorway: Doorway; readonly endpoint: Endpoint }>();
  #settings: TftpSettings;
  #port: number;
  #look: Alarm | undefined;
  #following: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(settings: TftpSettings, parts: TftpParts) {
    this.#settings = settings;
    this.#port = settings.port;
    this.#parts = parts;
    this.#service = new TftpService(settings, { ...parts, sockets: () => this.sockets });
  }

  /** Where it listens. */
  get endpoints(): readonly Endpoint[] {
    return [...this.#doorways.values()].map(({ endpoint }) => endpoint);
  }

  /** Transfers in progress. */
  get transfers(): number {
    return this.#service.transfers;
  }

  get sockets(): number {
    let count = 0;
    for (const { doorway } of this.#doorways.values()) count += doorway.sockets;
    return count;
  }

  /** Rejects with a `NodeJS.ErrnoException` where an address or the port cannot be had; then nothing is left open. */
  async open(): Promise<void> {
    const { address } = this.#settings;
    try {
      for (const wanted of address === ANY ? this.#parts.network.localAddresses() : [address])
        await this.#listen(wanted);
    } catch (error) {
      await this.close();
      throw error;
    }
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
    await this.#following;
    await Promise.all([...this.#doorways.keys()].map((address) => this.#leave(address)));
  }

  async #listen(address: string): Promise<void> {
    const { network } = this.#parts;
    const service = this.#service;
    let doorway: Doorway | undefined;
    const sockets: DatagramSocket[] = [];
    const open = async (port: number, hear: (bytes: Buffer, from: Endpoint, here: Doorway, index: number) => void) => {
      const index = sockets.length;
      const options = { address, port, receiveBuffer: RECEIVE_BUFFER, largest: LARGEST_DATAGRAM };
      const socket = await network.open(options, (bytes, from) => {
        if (doorway !== undefined) hear(bytes, from, doorway, index);
      });
      sockets.push(socket);
      return socket;
    };
    try {
      const listener = await open(this.#port, (bytes, from, here) => service.asked(bytes, from, here));
      this.#port = listener.local.port; // port 0: the same free port on every address
      while (sockets.length <= TRANSFER_PORTS)
        await open(0, (bytes, from, here, index) =>
          service.answered(bytes, from, sockets[index] as DatagramSocket, here),
        );
      doorway = new Doorway(listener, sockets.slice(1));
      this.#doorways.set(address, { doorway, endpoint: listener.local });
    } catch (error) {
      await Promise.all(sockets.map((socket) => socket.close()));
      throw error;
    }
  }

  async #leave(address: string): Promise<void> {
    const doorway = this.#doorways.get(address)?.doorway;
    this.#doorways.delete(address);
    if (doorway === undefined) return;
    this.#service.leave(doorway);
    await doorway.close();
  }

  #lookLater(): void {
    const { clock } = this.#parts;
    this.#look = clock.wake(after(clock.now(), LOOK_AT_ADDRESSES), () => {
      this.#following = this.#followAddresses();
    });
  }

  /** An address that came is listened on, one that went is left. */
  async #followAddresses(): Promise<void> {
    const now = new Set(this.#parts.network.localAddresses());
    for (const address of [...this.#doorways.keys()]) if (!now.has(address)) await this.#leave(address);
    for (const address of now) {
      if (this.#doorways.has(address) || this.#closed) continue;
      await this.#listen(address).catch(() => {}); // not ready yet: the next look tries again
    }
    if (!this.#closed) this.#lookLater();
  }
}
