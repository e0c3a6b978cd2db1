// 127.0.0.0/8 is this machine's own as a whole, and no list of addresses holds it. On 0.0.0.0 one socket hears what comes
// for an address that has none of its own; the address that was asked stands in the request, and gets a socket then.

import type { DatagramNetwork, DatagramSocket, Endpoint } from '../../net/ports.js';
import { isUnicast } from '../message/via.js';
import type { OnDatagram } from './udp-sockets.js';

/** Loopback addresses that are asked beside 127.0.0.1; who asks yet another is answered all the same, from 127.0.0.1. */
const MOST = 32;
const ANY = '0.0.0.0';
const LONGEST_LINE = 512;
const LOOPBACK_REQUEST = /^[A-Z]+ sips?:(?:[^@\s]*@)?(127(?:\.\d{1,3}){3})[:;? ]/;

export const isLoopback = (address: string): boolean => address.startsWith('127.');

export class LoopbackSockets {
  readonly #network: DatagramNetwork;
  readonly #onDatagram: OnDatagram;
  readonly #hasSocket: (address: string) => boolean;
  /** By address; `undefined` while, or where, it cannot be had. */
  readonly #opened = new Map<string, DatagramSocket | undefined>();
  #rest: DatagramSocket | undefined;

  /** `hasOwn`: whether another socket hears what comes for an address. */
  constructor(network: DatagramNetwork, onDatagram: OnDatagram, hasSocket: (address: string) => boolean) {
    this.#network = network;
    this.#onDatagram = onDatagram;
    this.#hasSocket = hasSocket;
  }

  /** `port` is no other process's. Rejects with a `NodeJS.ErrnoException` where it cannot be had. */
  async open(port: number): Promise<void> {
    const rest: DatagramSocket = await this.#network.open({ address: ANY, port, shared: true }, (bytes, from) =>
      this.#receive(rest, bytes, from),
    );
    this.#rest = rest;
  }

  async close(): Promise<void> {
    const all = [this.#rest, ...this.#opened.values()];
    this.#rest = undefined;
    this.#opened.clear();
    await Promise.all(all.map((socket) => socket?.close()));
  }

  #receive(rest: DatagramSocket, bytes: Buffer, from: Endpoint): void {
    // Whoever can ask a loopback address is on this machine; what else is heard here was sent to everybody.
    if (!isLoopback(from.address)) return;
    const target = LOOPBACK_REQUEST.exec(bytes.toString('latin1', 0, LONGEST_LINE))?.[1];
    if (target === undefined || !isUnicast(target) || this.#hasSocket(target)) this.#onDatagram(bytes, from, rest);
    else if (this.#opened.has(target) || this.#opened.size >= MOST)
      this.#onDatagram(bytes, from, this.#opened.get(target) ?? rest);
    else
      void this.#openFor(target, rest.local.port).then((socket) => {
        if (this.#rest !== undefined) this.#onDatagram(bytes, from, socket ?? this.#rest);
      });
  }

  /** From now on what comes for that address is heard by its own socket. */
  async #openFor(address: string, port: number): Promise<DatagramSocket | undefined> {
    this.#opened.set(address, undefined);
    try {
      const socket: DatagramSocket = await this.#network.open({ address, port, shared: true }, (bytes, from) =>
        this.#onDatagram(bytes, from, socket),
      );
      if (this.#rest === undefined) await socket.close();
      else this.#opened.set(address, socket);
      return socket;
    } catch {
      return undefined; // 127.0.0.1 answers for it
    }
  }
}
