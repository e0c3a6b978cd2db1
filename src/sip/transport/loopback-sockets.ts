import type { DatagramNetwork, DatagramSocket, Endpoint } from '../../net/ports.js';
import { isUnicast } from '../message/via.js';
import type { OnDatagram } from './udp-sockets.js';

/** Loopback addresses with a socket beside 127.0.0.1. Requests to more of them are answered from 127.0.0.1. */
const MOST = 32;
const ANY = '0.0.0.0';
const LONGEST_LINE = 512;
const LOOPBACK_REQUEST = /^[A-Z]+ sips?:(?:[^@\s]*@)?(127(?:\.\d{1,3}){3})[:;? ]/;

/** Whether it is an address of 127.0.0.0/8. */
export const isLoopback = (address: string): boolean => address.startsWith('127.');

/**
 * The sockets for the loopback addresses of this machine. All of 127.0.0.0/8 is local, but no list of addresses has it.
 * So one socket on 0.0.0.0 receives what is for an address without a socket. The Request-URI names that address, which
 * then gets a socket, so that the response comes from it.
 */
export class LoopbackSockets {
  readonly #network: DatagramNetwork;
  readonly #onDatagram: OnDatagram;
  readonly #hasSocket: (address: string) => boolean;
  /** By address; `undefined` while it is opened, and if it cannot be had. */
  readonly #opened = new Map<string, DatagramSocket | undefined>();
  #rest: DatagramSocket | undefined;

  /** `hasSocket`: whether another socket receives what is for an address. */
  constructor(network: DatagramNetwork, onDatagram: OnDatagram, hasSocket: (address: string) => boolean) {
    this.#network = network;
    this.#onDatagram = onDatagram;
    this.#hasSocket = hasSocket;
  }

  /** No other process has `port`. Rejects with a `NodeJS.ErrnoException` if it cannot be had. */
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
    // Only this machine can send to a loopback address. What comes from elsewhere was a broadcast.
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

  /** Opens a socket for that address. `undefined`: it cannot be had. */
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
