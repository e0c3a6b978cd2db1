// Sockets of transfers: a port of its own for each (RFC 1350 §4), bound to the address that was asked. They are opened
// once and lent; the one that rested longest is lent next, so that a late packet finds its port at rest.

import type { DatagramNetwork, DatagramSocket, Endpoint } from '../net/ports.js';

/** Who hears what arrives at a lent socket. */
export type Borrower = (bytes: Buffer, from: Endpoint) => void;

export class TransferSocket {
  readonly socket: DatagramSocket;
  borrower: Borrower | undefined;

  constructor(socket: DatagramSocket) {
    this.socket = socket;
  }
}

const AT_REST = 512; // kept open for the next transfers; more are closed when they come back

export class TransferSockets {
  readonly #network: DatagramNetwork;
  readonly #address: string;
  readonly #resting: TransferSocket[] = [];
  readonly #open = new Set<TransferSocket>();
  #closed = false;

  constructor(network: DatagramNetwork, address: string) {
    this.#network = network;
    this.#address = address;
  }

  get open(): number {
    return this.#open.size;
  }

  /** Opens `count` for the first transfers. */
  async warm(count: number): Promise<void> {
    const opened = await Promise.all(Array.from({ length: count }, () => this.#openOne()));
    this.#resting.push(...opened);
  }

  /** At once where one rests. Rejects when there is no descriptor or port left. */
  borrow(): TransferSocket | Promise<TransferSocket> {
    return this.#resting.shift() ?? this.#openOne();
  }

  /** For a single packet that needs no answer: any socket at rest, else none. */
  any(): DatagramSocket | undefined {
    return this.#resting.at(-1)?.socket;
  }

  giveBack(lent: TransferSocket): void {
    lent.borrower = undefined;
    if (!this.#closed && this.#resting.length < AT_REST) {
      this.#resting.push(lent);
      return;
    }
    this.#open.delete(lent);
    void lent.socket.close();
  }

  async close(): Promise<void> {
    this.#closed = true;
    const open = [...this.#open];
    this.#open.clear();
    this.#resting.length = 0;
    await Promise.all(open.map(({ socket }) => socket.close()));
  }

  async #openOne(): Promise<TransferSocket> {
    // What arrives while nobody has borrowed it is of a transfer that has ended, and is lost like at a closed port.
    const hear: Borrower = (bytes, from) => lent?.borrower?.(bytes, from);
    let lent: TransferSocket | undefined;
    lent = new TransferSocket(await this.#network.open({ address: this.#address, port: 0 }, hear));
    this.#open.add(lent);
    return lent;
  }
}
