// The UDP sockets of the service: one, or on 0.0.0.0 one for each address of this machine (`sip.md` §7).

import { OwnAddresses } from '../core/own-addresses.js';
import type { Clock } from '../core/time.js';
import type { DatagramNetwork, DatagramSocket, Endpoint } from '../net/ports.js';

const RECEIVE_BUFFER = 4 * 1024 * 1024;
const LARGEST_DATAGRAM = 65_507; // that UDP over IPv4 carries: a bulk registration comes whole, whatever is in it

export type Heard = (bytes: Buffer, from: Endpoint, socket: DatagramSocket) => void;

export class DatagramSockets {
  readonly #network: DatagramNetwork;
  readonly #heard: Heard;
  readonly #sockets: OwnAddresses<DatagramSocket>;
  #port = 0;

  constructor(network: DatagramNetwork, clock: Clock, heard: Heard) {
    this.#network = network;
    this.#heard = heard;
    this.#sockets = new OwnAddresses({
      addresses: () => network.localAddresses(),
      clock,
      open: (address) => this.#listen(address),
      close: (socket) => socket.close(),
    });
  }

  get all(): readonly DatagramSocket[] {
    return this.#sockets.all;
  }

  /** Rejects with a `NodeJS.ErrnoException` where an address or the port cannot be had; close it then. */
  open(address: string, port: number): Promise<void> {
    this.#port = port;
    return this.#sockets.open(address);
  }

  /** The socket to speak to `peer` from: of the address `own`, where there is one, else one that is likely to reach it. */
  towards(peer: Endpoint, own: string | undefined): DatagramSocket | undefined {
    const named = own === undefined ? undefined : this.#sockets.at(own);
    return named ?? this.all.find(({ local }) => isLoopback(local.address) === isLoopback(peer.address)) ?? this.all[0];
  }

  close(): Promise<void> {
    return this.#sockets.close();
  }

  async #listen(address: string): Promise<DatagramSocket> {
    const options = { address, port: this.#port, receiveBuffer: RECEIVE_BUFFER, largest: LARGEST_DATAGRAM };
    const socket: DatagramSocket = await this.#network.open(options, (bytes, from) => this.#heard(bytes, from, socket));
    this.#port = socket.local.port; // port 0: the same free port on every address
    return socket;
  }
}

const isLoopback = (address: string): boolean => address.startsWith('127.');
