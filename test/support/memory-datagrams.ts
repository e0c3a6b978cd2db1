// A datagram network in memory: sockets by endpoint, delivery at once, with a hook that can lose or duplicate them.

import type {
  DatagramHandler,
  DatagramNetwork,
  DatagramOptions,
  DatagramSocket,
  Endpoint,
} from '../../src/net/ports.js';

/** Where a socket listens. */
const key = ({ address, port }: Endpoint): string => `${address}:${port}`;

export class MemoryDatagrams implements DatagramNetwork {
  readonly #sockets = new Map<string, DatagramHandler>();
  readonly #queue: (() => void)[] = [];
  #nextPort = 40_000;
  #delivering = false;
  addresses: string[] = ['127.0.0.1'];
  /** How many copies of a datagram arrive: 0 loses it. */
  copies: (from: Endpoint, to: Endpoint) => number = () => 1;

  get openSockets(): number {
    return this.#sockets.size;
  }

  localAddresses(): readonly string[] {
    return this.addresses;
  }

  async open({ address, port }: DatagramOptions, onDatagram: DatagramHandler): Promise<DatagramSocket> {
    const local = { address, port: port === 0 ? this.#nextPort++ : port };
    if (this.#sockets.has(key(local))) throw Object.assign(new Error('in use'), { code: 'EADDRINUSE' });
    this.#sockets.set(key(local), onDatagram);
    return {
      local,
      send: (bytes, offset, length, to) =>
        this.#deliver(local, to, Buffer.from(bytes.subarray(offset, offset + length))),
      close: async () => void this.#sockets.delete(key(local)),
    };
  }

  /** In order and not within each other, as a real socket would. */
  #deliver(from: Endpoint, to: Endpoint, bytes: Buffer): void {
    for (let copies = this.copies(from, to); copies > 0; copies -= 1)
      this.#queue.push(() => this.#sockets.get(key(to))?.(Buffer.from(bytes), from));
    if (this.#delivering) return;
    this.#delivering = true;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) next();
    this.#delivering = false;
  }
}
