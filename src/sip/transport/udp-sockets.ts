import { PerLocalAddress } from '../../core/per-local-address.js';
import type { Clock } from '../../core/time.js';
import type { DatagramNetwork, DatagramSocket, Endpoint } from '../../net/ports.js';
import { isLoopback, LoopbackSockets } from './loopback-sockets.js';

const ANY = '0.0.0.0';
const RECEIVE_BUFFER = 4 * 1024 * 1024;
/** The most that UDP over IPv4 can carry: a bulk registration may be large. */
const LARGEST_DATAGRAM = 65_507;

/** Receives a datagram and the socket that it came to. */
export type OnDatagram = (bytes: Buffer, from: Endpoint, socket: DatagramSocket) => void;

/**
 * The UDP sockets of the service: one, or on 0.0.0.0 one for each address of this machine (`sip.md` §7) and those for
 * its other loopback addresses.
 */
export class UdpSockets {
  readonly #network: DatagramNetwork;
  readonly #onDatagram: OnDatagram;
  readonly #sockets: PerLocalAddress<DatagramSocket>;
  readonly #loopback: LoopbackSockets;
  #port = 0;
  #shared = false;

  /** `onLater`: called for an address that this machine got later; `error`: why it cannot be listened on. */
  constructor(
    network: DatagramNetwork,
    clock: Clock,
    onDatagram: OnDatagram,
    onLater?: (address: string, error: NodeJS.ErrnoException | undefined) => void,
  ) {
    this.#network = network;
    this.#onDatagram = onDatagram;
    this.#loopback = new LoopbackSockets(network, onDatagram, (address) => this.#sockets.get(address) !== undefined);
    this.#sockets = new PerLocalAddress({
      addresses: () => network.localAddresses(),
      clock,
      open: (address) => this.#listen(address),
      close: (socket) => socket.close(),
      onLater,
    });
  }

  get all(): readonly DatagramSocket[] {
    return this.#sockets.all;
  }

  /** Rejects with a `NodeJS.ErrnoException` if an address or the port cannot be had; close it then. */
  async open(address: string, port: number): Promise<void> {
    this.#port = port;
    this.#shared = address === ANY;
    if (this.#shared) await this.#claim();
    await this.#sockets.open(address);
    if (this.#shared) await this.#loopback.open(this.#port);
  }

  /**
   * The socket for requests to `peer`: that of `localAddress`, if there is one, otherwise one that can probably reach
   * it.
   */
  towards(peer: Endpoint, localAddress: string | undefined): DatagramSocket | undefined {
    const named = localAddress === undefined ? undefined : this.#sockets.get(localAddress);
    return named ?? this.all.find(({ local }) => isLoopback(local.address) === isLoopback(peer.address)) ?? this.all[0];
  }

  async close(): Promise<void> {
    await Promise.all([this.#sockets.close(), this.#loopback.close()]);
  }

  /**
   * Rejects if another process has the port on any address. Sockets that share a port would not notice (decision 23).
   */
  async #claim(): Promise<void> {
    const claim = await this.#network.open({ address: ANY, port: this.#port }, () => {});
    this.#port = claim.local.port;
    await claim.close();
  }

  async #listen(address: string): Promise<DatagramSocket> {
    const options = {
      address,
      port: this.#port,
      receiveBuffer: RECEIVE_BUFFER,
      largest: LARGEST_DATAGRAM,
      shared: this.#shared,
    };
    const socket: DatagramSocket = await this.#network.open(options, (bytes, from) =>
      this.#onDatagram(bytes, from, socket),
    );
    this.#port = socket.local.port; // port 0: the same free port on every address
    return socket;
  }
}
