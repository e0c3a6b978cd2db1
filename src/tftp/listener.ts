import type { DatagramSocket, Endpoint } from '../net/ports.js';
import type { ReadRequest } from './read-request.js';

/** Transfer ports per address. With more, a port is more rarely shared; with fewer, packets come in larger batches. */
export const TRANSFER_PORTS = 4;
/** How many ended transfers are remembered, so that their late packets are recognised. */
const REMEMBERED = 4096;

/** A client's transfer: one that runs, or what is remembered of one that has ended. */
export interface ClientEntry {
  readonly client: Endpoint;
  readonly port: DatagramSocket;
  /** The port of the client's previous transfer, for late packets of that one. */
  readonly formerPort: DatagramSocket | undefined;
  /** Set while the transfer runs. */
  running: ReadRequest | undefined;
}

/**
 * One local address that is served: its request socket, the few ports that transfers use, and the clients.
 *
 * Transfers share the ports, since the pair of ports identifies a transfer (RFC 1350 §4). Ports are opened once, so
 * that a transfer costs no descriptor and many packets are received in one call (`src/README.md` decision 11).
 */
export class TftpListener {
  readonly address: string;
  readonly #sockets: readonly DatagramSocket[];
  readonly #ports: readonly DatagramSocket[];
  /** By the client's address, then its port: the running transfer, or the last one. */
  readonly #clients = new Map<string, Map<number, ClientEntry>>();
  /** The transfers that ended last, in a ring. */
  readonly #ended: (ClientEntry | undefined)[] = [];
  #endedCount = 0;
  #lastPort = 0;

  constructor(requestSocket: DatagramSocket, ports: readonly DatagramSocket[]) {
    this.address = requestSocket.local.address;
    this.#ports = ports;
    this.#sockets = [requestSocket, ...ports];
  }

  get sockets(): number {
    return this.#sockets.length;
  }

  /** The client's transfer that runs, or that ended not long ago. */
  find({ address, port }: Endpoint): ClientEntry | undefined {
    return this.#clients.get(address)?.get(port);
  }

  /** A port other than the one that the client's previous transfer used. */
  portFor(former: ClientEntry | undefined): DatagramSocket {
    const port = this.#nextPort();
    return port === former?.port ? this.#nextPort() : port;
  }

  add(request: ReadRequest, former: ClientEntry | undefined): void {
    const { client } = request;
    const entry = { client, port: request.port, formerPort: former?.port, running: request };
    const ofAddress = this.#clients.get(client.address);
    if (ofAddress === undefined) this.#clients.set(client.address, new Map([[client.port, entry]]));
    else ofAddress.set(client.port, entry);
  }

  /** The transfer has ended. It is remembered until many others have ended. */
  markEnded(request: ReadRequest): void {
    const entry = this.find(request.client);
    if (entry?.running !== request) return;
    entry.running = undefined;
    const place = this.#endedCount++ % REMEMBERED;
    const oldest = this.#ended[place];
    this.#ended[place] = entry;
    if (oldest !== undefined) this.#forget(oldest);
  }

  runningRequests(): ReadRequest[] {
    return [...this.#clients.values()].flatMap((ports) =>
      [...ports.values()].flatMap(({ running: request }) => request ?? []),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.#sockets.map((socket) => socket.close()));
  }

  #nextPort(): DatagramSocket {
    this.#lastPort = (this.#lastPort + 1) % this.#ports.length;
    return this.#ports[this.#lastPort] as DatagramSocket;
  }

  #forget(entry: ClientEntry): void {
    const { address, port } = entry.client;
    const ofAddress = this.#clients.get(address);
    if (ofAddress?.get(port) !== entry) return; // another transfer of that client took its place
    ofAddress.delete(port);
    if (ofAddress.size === 0) this.#clients.delete(address);
  }
}
