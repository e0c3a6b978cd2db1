// One of our addresses: the socket that is asked, the few ports that transfers use, and who is served there. Ports are
// shared, since the pair of ports is what identifies a transfer (RFC 1350 §4): opened once, no transfer costs a
// descriptor, and many packets come in at one call.

import type { DatagramSocket, Endpoint } from '../net/ports.js';
import type { Serving } from './serving.js';

/** Ports of each address. More would be one to a transfer for longer; fewer make larger batches. */
export const TRANSFER_PORTS = 4;
/** Transfers that have ended and whose late packets are still known as such. */
const REMEMBERED = 4096;

export class Doorway {
  readonly address: string;
  readonly #sockets: readonly DatagramSocket[];
  readonly #ports: readonly DatagramSocket[];
  /** By the client's address, then port: the transfer that runs, or the one that ended last. */
  readonly #clients = new Map<string, Map<number, Serving>>();
  /** The last that ended, in a ring. */
  readonly #ended: (Serving | undefined)[] = [];
  #endings = 0;
  #turn = 0;

  constructor(listener: DatagramSocket, ports: readonly DatagramSocket[]) {
    this.address = listener.local.address;
    this.#ports = ports;
    this.#sockets = [listener, ...ports];
  }

  get sockets(): number {
    return this.#sockets.length;
  }

  /** The transfer of a client that runs, or that ended not long ago. */
  find({ address, port }: Endpoint): Serving | undefined {
    return this.#clients.get(address)?.get(port);
  }

  /** A port that is not the one that this client's transfer before has used. */
  portFor(earlier: Serving | undefined): DatagramSocket {
    const port = this.#nextPort();
    return port === earlier?.port ? this.#nextPort() : port;
  }

  begin(serving: Serving): void {
    const { address, port } = serving.client;
    const ofAddress = this.#clients.get(address);
    if (ofAddress === undefined) this.#clients.set(address, new Map([[port, serving]]));
    else ofAddress.set(port, serving);
  }

  /** Keeps it in mind until many others have ended. */
  end(serving: Serving): void {
    const place = this.#endings++ % REMEMBERED;
    const oldest = this.#ended[place];
    this.#ended[place] = serving;
    if (oldest !== undefined) this.#forget(oldest);
  }

  running(): Serving[] {
    return [...this.#clients.values()].flatMap((ports) => [...ports.values()]).filter(({ ended }) => !ended);
  }

  async close(): Promise<void> {
    await Promise.all(this.#sockets.map((socket) => socket.close()));
  }

  #nextPort(): DatagramSocket {
    this.#turn = (this.#turn + 1) % this.#ports.length;
    return this.#ports[this.#turn] as DatagramSocket;
  }

  #forget(serving: Serving): void {
    const { address, port } = serving.client;
    const ofAddress = this.#clients.get(address);
    if (ofAddress?.get(port) !== serving) return; // another transfer of that client took its place
    ofAddress.delete(port);
    if (ofAddress.size === 0) this.#clients.delete(address);
  }
}
