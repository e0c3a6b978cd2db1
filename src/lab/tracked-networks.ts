// The networks of a lab's phones, held on a leash: whatever a phone was doing when the lab ended, what it had open is
// closed with it.

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

export class LeashedDatagrams implements DatagramNetwork {
  readonly #network: DatagramNetwork;
  readonly #open = new Set<DatagramSocket>();
  #over = false;

  constructor(network: DatagramNetwork) {
    this.#network = network;
  }

  async open(options: DatagramOptions, onDatagram: DatagramHandler): Promise<DatagramSocket> {
    const socket = await this.#network.open(options, onDatagram);
    const leashed: DatagramSocket = {
      local: socket.local,
      send: (bytes, offset, length, to) => socket.send(bytes, offset, length, to),
      close: () => {
        this.#open.delete(leashed);
        return socket.close();
      },
    };
    this.#open.add(leashed);
    if (this.#over) await leashed.close();
    return leashed;
  }

  localAddresses(): readonly string[] {
    return this.#network.localAddresses();
  }

  async close(): Promise<void> {
    this.#over = true;
    await Promise.all([...this.#open].map((socket) => socket.close()));
  }
}

export class LeashedStreams implements StreamNetwork {
  readonly #network: StreamNetwork;
  readonly #open = new Set<StreamLink>();
  #over = false;

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
      if (this.#over) link.destroy();
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
    this.#over = true;
    for (const link of [...this.#open]) link.destroy();
  }
}
