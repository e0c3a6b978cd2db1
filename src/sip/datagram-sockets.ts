// The UDP sockets of the service: one, or on 0.0.0.0 one for each address of this machine, kept up to date, so that every
// answer comes from the address that was asked (`sip.md` §7).

import { type Alarm, after, type Clock, seconds } from '../core/time.js';
import type { DatagramNetwork, DatagramSocket, Endpoint } from '../net/ports.js';

const ANY = '0.0.0.0';
const LOOK_AT_ADDRESSES = seconds(5);
const RECEIVE_BUFFER = 4 * 1024 * 1024;
const LARGEST_DATAGRAM = 65_507; // that UDP over IPv4 carries: a bulk registration comes whole, whatever is in it

export type Heard = (bytes: Buffer, from: Endpoint, socket: DatagramSocket) => void;

export class DatagramSockets {
  readonly #network: DatagramNetwork;
  readonly #clock: Clock;
  readonly #heard: Heard;
  readonly #byAddress = new Map<string, DatagramSocket>();
  #port = 0;
  #look: Alarm | undefined;
  #following: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(network: DatagramNetwork, clock: Clock, heard: Heard) {
    this.#network = network;
    this.#clock = clock;
    this.#heard = heard;
  }

  get all(): readonly DatagramSocket[] {
    return [...this.#byAddress.values()];
  }

  /** Rejects with a `NodeJS.ErrnoException` where an address or the port cannot be had; close it then. */
  async open(address: string, port: number): Promise<void> {
    this.#port = port;
    this.#closed = false;
    for (const wanted of address === ANY ? this.#network.localAddresses() : [address]) await this.#listen(wanted);
    if (address === ANY) this.#lookLater();
  }

  /** The socket to speak to `peer` from: of the address `own`, where there is one, else one that is likely to reach it. */
  towards(peer: Endpoint, own: string | undefined): DatagramSocket | undefined {
    const named = own === undefined ? undefined : this.#byAddress.get(own);
    return named ?? this.all.find(({ local }) => isLoopback(local.address) === isLoopback(peer.address)) ?? this.all[0];
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#look?.cancel();
    await this.#leaveAll();
    await this.#following;
    await this.#leaveAll(); // what was opened meanwhile
  }

  async #leaveAll(): Promise<void> {
    const sockets = this.all;
    this.#byAddress.clear();
    await Promise.all(sockets.map((socket) => socket.close()));
  }

  async #listen(address: string): Promise<void> {
    const options = { address, port: this.#port, receiveBuffer: RECEIVE_BUFFER, largest: LARGEST_DATAGRAM };
    const socket: DatagramSocket = await this.#network.open(options, (bytes, from) => this.#heard(bytes, from, socket));
    this.#port = socket.local.port; // port 0: the same free port on every address
    this.#byAddress.set(address, socket);
  }

  #lookLater(): void {
    this.#look = this.#clock.wake(after(this.#clock.now(), LOOK_AT_ADDRESSES), () => {
      this.#following = this.#followAddresses();
    });
  }

  /** An address that came is listened on, one that went is left. */
  async #followAddresses(): Promise<void> {
    const now = new Set(this.#network.localAddresses());
    for (const [address, socket] of this.#byAddress)
      if (!now.has(address)) {
        this.#byAddress.delete(address);
        await socket.close();
      }
    for (const address of now)
      if (!this.#byAddress.has(address) && !this.#closed) await this.#listen(address).catch(() => {}); // tried again
    if (!this.#closed) this.#lookLater();
  }
}

const isLoopback = (address: string): boolean => address.startsWith('127.');
