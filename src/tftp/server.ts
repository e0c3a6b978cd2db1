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

/** What a `TftpServer` is made of. */
export interface TftpDependencies {
  readonly network: DatagramNetwork;
  readonly clock: Clock;
  readonly random: Random;
  readonly source: FileSource;
  readonly bus: Publisher<TftpEvent>;
  /** Numbers the requests. The HTTP file server gets the same one. */
  readonly requests?: Sequence;
  /** Called for an address that this machine got later; `error`: why it cannot be listened on. */
  readonly onLater?: (address: string, error: NodeJS.ErrnoException | undefined) => void;
}

const RECEIVE_BUFFER = 4_194_304; // with the kernel's default, half of five hundred simultaneous first requests are lost
const LARGEST_DATAGRAM = 1536; // any request, and a block in an Ethernet frame

interface Opened {
  readonly listener: TftpListener;
  readonly endpoint: Endpoint;
}

/**
 * The TFTP server: the sockets around a `TftpService`. On 0.0.0.0 there is one `TftpListener` for each local address.
 */
export class TftpServer {
  readonly #dependencies: TftpDependencies;
  readonly #service: TftpService;
  readonly #listeners: PerLocalAddress<Opened>;
  #settings: TftpSettings;
  #port: number;

  constructor(settings: TftpSettings, dependencies: TftpDependencies) {
    this.#settings = settings;
    this.#port = settings.port;
    this.#dependencies = dependencies;
    this.#service = new TftpService(settings, { ...dependencies, sockets: () => this.sockets });
    this.#listeners = new PerLocalAddress({
      addresses: () => dependencies.network.localAddresses(),
      clock: dependencies.clock,
      open: (address) => this.#listen(address),
      close: ({ listener }) => this.#closeListener(listener),
      onLater: dependencies.onLater,
    });
  }

  /** The addresses and ports that it listens on. */
  get endpoints(): readonly Endpoint[] {
    return this.#listeners.all.map(({ endpoint }) => endpoint);
  }

  /** Transfers in progress. */
  get transfers(): number {
    return this.#service.transfers;
  }

  get sockets(): number {
    let count = 0;
    for (const { listener } of this.#listeners.all) count += listener.sockets;
    return count;
  }

  /** Rejects with a `NodeJS.ErrnoException` if an address or the port is not available; then nothing is left open. */
  async open(): Promise<void> {
    try {
      await this.#listeners.open(this.#settings.address);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Takes new limits and times for later transfers. Another address or port needs a new server. */
  apply(settings: TftpSettings): void {
    this.#settings = settings;
    this.#service.apply(settings);
  }

  /** Resolves when every transfer has ended and every socket is closed. */
  async close(): Promise<void> {
    this.#service.stop();
    await this.#listeners.close();
  }

  async #listen(address: string): Promise<Opened> {
    const { network } = this.#dependencies;
    const service = this.#service;
    let listener: TftpListener | undefined;
    const sockets: DatagramSocket[] = [];
    const open = async (
      port: number,
      hear: (bytes: Buffer, from: Endpoint, current: TftpListener, index: number) => void,
    ) => {
      const index = sockets.length;
      const options = { address, port, receiveBuffer: RECEIVE_BUFFER, largest: LARGEST_DATAGRAM };
      const socket = await network.open(options, (bytes, from) => {
        if (listener !== undefined) hear(bytes, from, listener, index);
      });
      sockets.push(socket);
      return socket;
    };
    try {
      const requestSocket = await open(this.#port, (bytes, from, current) => service.onRequest(bytes, from, current));
      this.#port = requestSocket.local.port; // port 0: the same free port on every address
      while (sockets.length <= TRANSFER_PORTS)
        await open(0, (bytes, from, current, index) =>
          service.onTransferPacket(bytes, from, sockets[index] as DatagramSocket, current),
        );
      listener = new TftpListener(requestSocket, sockets.slice(1));
      return { listener, endpoint: requestSocket.local };
    } catch (error) {
      await Promise.all(sockets.map((socket) => socket.close()));
      throw error;
    }
  }

  #closeListener(listener: TftpListener): Promise<void> {
    this.#service.removeListener(listener);
    return listener.close();
  }
}
