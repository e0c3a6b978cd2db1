// Wrap the networks given to simulated phones and remember every open socket, so that `lab.stop()` can close them all,
// whatever a phone is doing at that moment.

import type {
  DatagramHandler,
  DatagramNetwork,
  DatagramOptions,
  DatagramSocket,
  Endpoint,
  StreamConnectOptions,
  StreamHandler,
  StreamLink,
  StreamListenOptions,
  StreamNetwork,
  StreamServer,
} from '../net/ports.js';

/** A datagram network that closes all its sockets at once. */
export class TrackedDatagrams implements DatagramNetwork {
  readonly #network: DatagramNetwork;
  readonly #open = new Set<DatagramSocket>();
  #closed = false;

  constructor(network: DatagramNetwork) {
    this.#network = network;
  }

  async open(options: DatagramOptions, onDatagram: DatagramHandler): Promise<DatagramSocket> {
    const socket = await this.#network.open(options, onDatagram);
    const tracked: DatagramSocket = {
      local: socket.local,
      send: (bytes, offset, length, to) => socket.send(bytes, offset, length, to),
      close: () => {
        this.#open.delete(tracked);
        return socket.close();
      },
    };
    this.#open.add(tracked);
    if (this.#closed) await tracked.close();
    return tracked;
  }

  localAddresses(): readonly string[] {
    return this.#network.localAddresses();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#open].map((socket) => socket.close()));
  }
}

/** A stream network that destroys all its outgoing connections at once. */
export class TrackedStreams implements StreamNetwork {
  readonly #network: StreamNetwork;
  readonly #open = new Set<StreamLink>();
  #closed = false;

  constructor(network: StreamNetwork) {
    this.#network = network;
  }

  listen(options: StreamListenOptions, accept: (link: StreamLink) => StreamHandler): Promise<StreamServer> {
    return this.#network.listen(options, accept);
  }

  connect(
    to: Endpoint,
    options: StreamConnectOptions,
    accept: (link: StreamLink) => StreamHandler,
  ): Promise<StreamLink> {
    return this.#network.connect(to, options, (link) => {
      this.#open.add(link);
      if (this.#closed) link.destroy();
      const handler = accept(link);
      return {
        received: (bytes) => handler.received(bytes),
        drained: () => handler.drained?.(),
        closed: (cause) => {
          this.#open.delete(link);
          handler.closed(cause);
        },
      };
    });
  }

  close(): void {
    this.#closed = true;
    for (const link of [...this.#open]) link.destroy();
  }
}
