// The TFTP server: its sockets. On 0.0.0.0 there is a doorway for each address of this machine.

import type { Publisher } from '../core/event-bus.js';
import type { FileSource } from '../core/files.js';
import { PerLocalAddress } from '../core/per-local-address.js';
import type { Sequence } from '../core/sequence.js';
import type { Clock } from '../core/time.js';
import type { DatagramNetwork, DatagramSocket, Endpoint, Random } from '../net/ports.js';
import type { TftpEvent } from './events.js';
import { TftpListener, TRANSFER_PORTS } from './listener.js';
import { TftpService } from './service.js';
import type { TftpSettings } from './settings.js';

export interface TftpParts {
  readonly network: DatagramNetwork;
  readonly clock: Clock;
  readonly random: Random;
  readonly source: FileSource;
  readonly bus: Publisher<TftpEvent>;
  /** Numbers requests; the one of HTTP, where both serve the same files. */
  readonly requests?: Sequence;
}

const RECEIVE_BUFFER = 4_194_304; // half of five hundred first requests at once are lost in the kernel's usual one
const LARGEST_DATAGRAM = 1536; // any request, and a block in an Ethernet frame

interface Opened {
  readonly doorway: TftpListener;
  readonly endpoint: Endpoint;
}

export class TftpServer {
  readonly #parts: TftpParts;
  readonly #service: TftpService;
  readonly #doorways: PerLocalAddress<Opened>;
  #settings: TftpSettings;
  #port: number;

  constructor(settings: TftpSettings, parts: TftpParts) {
    this.#settings = settings;
    this.#port = settings.port;
    this.#parts = parts;
    this.#service = new TftpService(settings, { ...parts, sockets: () => this.sockets });
    this.#doorways = new PerLocalAddress({
      addresses: () => parts.network.localAddresses(),
      clock: parts.clock,
      open: (address) => this.#listen(address),
      close: ({ doorway }) => this.#leave(doorway),
    });
  }

  /** Where it listens. */
  get endpoints(): readonly Endpoint[] {
    return this.#doorways.all.map(({ endpoint }) => endpoint);
  }

  /** Transfers in progress. */
  get transfers(): number {
    return this.#service.transfers;
  }

  get sockets(): number {
    let count = 0;
    for (const { doorway } of this.#doorways.all) count += doorway.sockets;
    return count;
  }

  /** Rejects with a `NodeJS.ErrnoException` where an address or the port cannot be had; then nothing is left open. */
  async open(): Promise<void> {
    try {
      await this.#doorways.open(this.#settings.address);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** New limits and times, for transfers to come. Another address or port needs a new server. */
  apply(settings: TftpSettings): void {
    this.#settings = settings;
    this.#service.apply(settings);
  }

  /** Resolves when every transfer has ended and every socket is closed. */
  async close(): Promise<void> {
    this.#service.stop();
    await this.#doorways.close();
  }

  async #listen(address: string): Promise<Opened> {
    const { network } = this.#parts;
    const service = this.#service;
    let doorway: TftpListener | undefined;
    const sockets: DatagramSocket[] = [];
    const open = async (
      port: number,
      hear: (bytes: Buffer, from: Endpoint, here: TftpListener, index: number) => void,
    ) => {
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
      doorway = new TftpListener(listener, sockets.slice(1));
      return { doorway, endpoint: listener.local };
    } catch (error) {
      await Promise.all(sockets.map((socket) => socket.close()));
      throw error;
    }
  }

  #leave(doorway: TftpListener): Promise<void> {
    this.#service.removeListener(doorway);
    return doorway.close();
  }
}
