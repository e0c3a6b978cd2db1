// Networks whose sockets have a tap. While there is none, a datagram costs one comparison more, and a message of a stream
// one for each piece that is read or written.

import type {
  DatagramNetwork,
  DatagramSocket,
  DatagramTap,
  Endpoint,
  InterfaceNetwork,
  StreamNetwork,
  StreamTap,
  TapPoint,
} from '../ports.js';

class TappedSocket implements DatagramSocket {
  readonly local: Endpoint;
  readonly #socket: DatagramSocket;
  readonly #taps: TapPoint<DatagramTap>;

  constructor(socket: DatagramSocket, taps: TapPoint<DatagramTap>) {
    this.local = socket.local;
    this.#socket = socket;
    this.#taps = taps;
  }

  send(bytes: Buffer, offset: number, length: number, to: Endpoint): void {
    this.#taps.tap?.onSent(bytes, offset, length, to, this.local);
    this.#socket.send(bytes, offset, length, to);
  }

  close(): Promise<void> {
    return this.#socket.close();
  }
}

const NOT_BOUND: Endpoint = { address: '0.0.0.0', port: 0 };

/** The same network; its sockets tell the tap of their datagrams. */
export const tappedDatagrams = (network: DatagramNetwork, taps: TapPoint<DatagramTap>): DatagramNetwork => ({
  open: async (options, onDatagram) => {
    let local = NOT_BOUND;
    const socket = await network.open(options, (bytes, from) => {
      taps.tap?.onReceived(bytes, from, local);
      onDatagram(bytes, from);
    });
    local = socket.local;
    return new TappedSocket(socket, taps);
  },
  localAddresses: () => network.localAddresses(),
});

/** The same network; its links tell the tap. `taps` is asked for each listener and connection, with whether it has TLS. */
export const tappedStreams = (
  network: StreamNetwork,
  taps: (secure: boolean) => TapPoint<StreamTap>,
): StreamNetwork => ({
  listen: (options, accept) => network.listen({ ...options, taps: taps(options.tls !== undefined) }, accept),
  connect: (to, options, accept) => network.connect(to, { ...options, taps: taps(options.tls !== undefined) }, accept),
});

const BROADCAST_ADDRESS = '255.255.255.255';

/** The same network; its sockets tell the tap of their datagrams. */
export const tappedInterfaces = (network: InterfaceNetwork, taps: TapPoint<DatagramTap>): InterfaceNetwork => ({
  ...(network.identityOf === undefined ? {} : { identityOf: (name: string) => network.identityOf?.(name) }),
  open: async (options, handler) => {
    let port = options.port;
    const socket = await network.open(options, {
      onReceived: (bytes, from, to) => {
        taps.tap?.onReceived(bytes, from, { address: to ?? BROADCAST_ADDRESS, port });
        handler.onReceived(bytes, from, to);
      },
      onDrained: () => handler.onDrained(),
    });
    port = socket.port;
    return {
      interface: socket.interface,
      addresses: socket.addresses,
      loopback: socket.loopback,
      port: socket.port,
      send: (bytes, from, to) => {
        taps.tap?.onSent(bytes, 0, bytes.length, to, { address: from, port });
        socket.send(bytes, from, to);
      },
      close: () => socket.close(),
    };
  },
});
