// One of our addresses: the socket that is asked, the few ports that transfers use, and who is served there. Ports are
// shared, since the pair of ports is what identifies a transfer (RFC 1350 §4): opened once, no transfer costs a
// descriptor, and many packets come in at one call.

import type { DatagramSocket, Endpoint } from '../net/ports.js';
import type { ReadRequest } from './read-request.js';

/** Ports of each address. More would be one to a transfer for longer; fewer make larger batches. */
export const TRANSFER_PORTS = 4;
/** Transfers that have ended and whose late packets are still known as such. */
const REMEMBERED = 4096;

/** All that is remembered of a transfer once it has ended. */
export interface ClientEntry {
  readonly client: Endpoint;
  readonly port: DatagramSocket;
  /** Of the client's transfer before, for its late packets. */
  readonly formerPort: DatagramSocket | undefined;
  /** While it runs. */
  serving: ReadRequest | undefined;
}

export class TftpListener {
  readonly address: string;
  readonly #sockets: readonly DatagramSocket[];
  readonly #ports: readonly DatagramSocket[];
  /** By the client's address, then port: the transfer that runs, or the one that ended last. */
  readonly #clients = new Map<string, Map<number, ClientEntry>>();
  /** The last that ended, in a ring. */
  readonly #ended: (ClientEntry | undefined)[] = [];
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
  find({ address, port }: Endpoint): ClientEntry | undefined {
    return this.#clients.get(address)?.get(port);
  }

  /** A port that is not the one that this client's transfer before has used. */
  portFor(earlier: ClientEntry | undefined): DatagramSocket {
    const port = this.#nextPort();
    return port === earlier?.port ? this.#nextPort() : port;
  }

  begin(serving: ReadRequest, earlier: ClientEntry | undefined): void {
    const { client } = serving;
    const visit = { client, port: serving.port, formerPort: earlier?.port, serving };
    const ofAddress = this.#clients.get(client.address);
    if (ofAddress === undefined) this.#clients.set(client.address, new Map([[client.port, visit]]));
    else ofAddress.set(client.port, visit);
  }

  /** Keeps it in mind until many others have ended. */
  end(serving: ReadRequest): void {
    const visit = this.find(serving.client);
    if (visit?.serving !== serving) return;
    visit.serving = undefined;
    const place = this.#endings++ % REMEMBERED;
    const oldest = this.#ended[place];
    this.#ended[place] = visit;
    if (oldest !== undefined) this.#forget(oldest);
  }

  running(): ReadRequest[] {
    return [...this.#clients.values()].flatMap((ports) => [...ports.values()].flatMap(({ serving }) => serving ?? []));
  }

  async close(): Promise<void> {
    await Promise.all(this.#sockets.map((socket) => socket.close()));
  }

  #nextPort(): DatagramSocket {
    this.#turn = (this.#turn + 1) % this.#ports.length;
    return this.#ports[this.#turn] as DatagramSocket;
  }

  #forget(visit: ClientEntry): void {
    const { address, port } = visit.client;
    const ofAddress = this.#clients.get(address);
    if (ofAddress?.get(port) !== visit) return; // another transfer of that client took its place
    ofAddress.delete(port);
    if (ofAddress.size === 0) this.#clients.delete(address);
  }
}
