import type {
  DatagramHandler,
  DatagramNetwork,
  DatagramOptions,
  DatagramSocket,
  Endpoint,
  StreamConnectOptions,
  StreamHandler,
  StreamLink,
  StreamNetwork,
} from '../../net/ports.js';

/**
 * Tracks the sockets of simulated phones, so that `close` can close those that are open or opening. After it no timer
 * fires any more that would end a phone's wait for an answer.
 */
export class OpenSockets {
  /** One for each link that is not open yet. */
  readonly #opening = new Set<AbortController>();
  #closed = false;
  readonly #links = new Set<StreamLink>();
  readonly #sockets = new Set<DatagramSocket>();

  /** The same network, with its sockets tracked. */
  datagrams(network: DatagramNetwork): DatagramNetwork {
    return {
      open: async (options: DatagramOptions, onDatagram: DatagramHandler) => {
        const socket = new TrackedSocket(await network.open(options, onDatagram), this.#sockets);
        if (this.#closed) await socket.close();
        return socket;
      },
      localAddresses: () => network.localAddresses(),
    };
  }

  /** The same network, with the links that it opens tracked. */
  streams(network: StreamNetwork): StreamNetwork {
    return {
      listen: (options, accept) => network.listen(options, accept),
      connect: (to, options, accept) => this.#connect(network, to, options, accept),
    };
  }

  async #connect(
    network: StreamNetwork,
    to: Endpoint,
    options: StreamConnectOptions,
    accept: (link: StreamLink) => StreamHandler,
  ): Promise<StreamLink> {
    const attempt = new AbortController();
    if (this.#closed) attempt.abort();
    this.#opening.add(attempt);
    try {
      return await network.connect(to, { ...options, signal: attempt.signal }, (link) =>
        this.#track(link, accept(link)),
      );
    } finally {
      this.#opening.delete(attempt);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const attempt of this.#opening) attempt.abort();
    for (const link of this.#links) link.destroy();
    await Promise.all([...this.#sockets].map((socket) => socket.close()));
  }

  #track(link: StreamLink, handler: StreamHandler): StreamHandler {
    this.#links.add(link);
    return {
      received: (bytes) => handler.received(bytes),
      drained: () => handler.drained?.(),
      closed: (cause) => {
        this.#links.delete(link);
        handler.closed(cause);
      },
    };
  }
}

class TrackedSocket implements DatagramSocket {
  readonly #socket: DatagramSocket;
  readonly #openSockets: Set<DatagramSocket>;

  constructor(socket: DatagramSocket, openSockets: Set<DatagramSocket>) {
    this.#socket = socket;
    this.#openSockets = openSockets.add(this);
  }

  get local(): Endpoint {
    return this.#socket.local;
  }

  send(bytes: Buffer, offset: number, length: number, to: Endpoint): void {
    this.#socket.send(bytes, offset, length, to);
  }

  close(): Promise<void> {
    this.#openSockets.delete(this);
    return this.#socket.close();
  }
}
