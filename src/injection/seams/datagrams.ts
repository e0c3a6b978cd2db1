// Faults of datagrams. Without rules a datagram passes the functions that it passed before.

import { type Ipv4Address, parseIpv4Address } from '../../core/identifiers.js';
import { ipv4Number } from '../../dhcp/ipv4.js';
import type {
  DatagramHandler,
  DatagramNetwork,
  DatagramSocket,
  Endpoint,
  InterfaceHandler,
  InterfaceNetwork,
  InterfaceSocket,
} from '../../net/ports.js';
import type { Injector } from '../injector.js';
import { dhcpWire } from '../protocols/dhcp.js';
import type { WirePlace } from '../settings.js';
import { WireChannel } from '../wire-channel.js';
import type { WireProtocol } from '../wire-protocol.js';
import { PortSet, type ReplaceablePort } from './port-set.js';
import { replaceMethods } from './replace-methods.js';

const channels = (injector: Injector, place: WirePlace, protocol: WireProtocol) => {
  const common = { injector, place, protocol, isStream: false } as const;
  return {
    sent: new WireChannel({ ...common, direction: 'sent' }),
    received: new WireChannel({ ...common, direction: 'received' }),
  };
};

class DatagramPort implements ReplaceablePort {
  /** What is called for each datagram. */
  receive: DatagramHandler;
  readonly #socket: () => DatagramSocket;
  readonly #channels: ReturnType<typeof channels>;
  #restore: () => void = () => {};

  constructor(onDatagram: DatagramHandler, socket: () => DatagramSocket, made: ReturnType<typeof channels>) {
    this.receive = onDatagram;
    this.#socket = socket;
    this.#channels = made;
  }

  install(): void {
    const socket = this.#socket();
    const { receive } = this;
    const { send } = socket;
    const { sent, received } = this.#channels;
    const sendOn = (bytes: Buffer, to: Endpoint): void => send.call(socket, bytes, 0, bytes.length, to);
    const restoreSocket = replaceMethods(socket, {
      send: (bytes, offset, length, to) => {
        // The owner may use its buffer again as soon as this returns.
        const copy = Buffer.from(bytes.subarray(offset, offset + length));
        sent.pass(copy, to, { deliver: (octets) => sendOn(octets, to), reply: () => {} });
      },
    });
    this.receive = (bytes, from) =>
      received.pass(bytes, from, {
        deliver: (octets) => receive(octets, from),
        reply: (octets) => sendOn(octets, from),
      });
    this.#restore = () => {
      restoreSocket();
      this.receive = receive;
    };
  }

  uninstall(): void {
    this.#restore();
    this.#channels.sent.flush();
    this.#channels.received.flush();
  }

  forget(): void {
    this.#restore();
    this.#channels.sent.drop();
    this.#channels.received.drop();
  }
}

/** The same network, whose sockets make the faults of a place. */
export const injectedDatagrams = (
  network: DatagramNetwork,
  injector: Injector,
  place: WirePlace,
  protocol: WireProtocol,
): DatagramNetwork => {
  const ports = new PortSet<DatagramPort>(injector, place);
  return {
    localAddresses: () => network.localAddresses(),
    open: async (options, onDatagram) => {
      const port: DatagramPort = new DatagramPort(onDatagram, () => socket, channels(injector, place, protocol));
      const socket = await network.open(options, (bytes, from) => port.receive(bytes, from));
      ports.add(port);
      const { close } = socket;
      socket.close = () => {
        ports.delete(port);
        return close.call(socket);
      };
      return socket;
    },
  };
};

class InterfacePort implements ReplaceablePort {
  readonly #socket: InterfaceSocket;
  readonly #handler: InterfaceHandler;
  readonly #channels: ReturnType<typeof channels>;
  #restore: () => void = () => {};

  constructor(socket: InterfaceSocket, handler: InterfaceHandler, made: ReturnType<typeof channels>) {
    this.#socket = socket;
    this.#handler = handler;
    this.#channels = made;
  }

  install(): void {
    const [socket, handler] = [this.#socket, this.#handler];
    const { send } = socket;
    const { onReceived } = handler;
    const { sent, received } = this.#channels;
    const restoreSocket = replaceMethods(socket, {
      send: (bytes, from, to) =>
        sent.pass(Buffer.from(bytes), to, {
          deliver: (octets) => send.call(socket, octets, from, to),
          reply: () => {},
        }),
    });
    const takes: InterfaceHandler['onReceived'] = (bytes, from, to) => {
      const local = to ?? socket.addresses[0] ?? '0.0.0.0';
      let isNow = true;
      received.pass(
        bytes,
        from,
        {
          deliver: (octets) => {
            onReceived.call(handler, octets, from, to);
            if (!isNow) handler.onDrained();
          },
          reply: (octets) => send.call(socket, octets, local, destinationOf(octets, from, socket)),
        },
        [local, ...socket.addresses].map((one) => ipv4Number((parseIpv4Address(one) ?? '0.0.0.0') as Ipv4Address)),
      );
      isNow = false;
    };
    const restoreHandler = replaceMethods(handler, { onReceived: takes });
    this.#restore = () => {
      restoreSocket();
      restoreHandler();
    };
  }

  uninstall(): void {
    this.#restore();
    this.#channels.sent.flush();
    this.#channels.received.flush();
  }

  forget(): void {
    this.#restore();
    this.#channels.sent.drop();
    this.#channels.received.drop();
  }
}

const GIADDR_AT = 24;
const CLIENT_PORT = 68;

/** Where a NAK goes: to the relay, else to everybody; on loopback to its client (RFC 2131 §4.1). */
const destinationOf = (bytes: Buffer, from: Endpoint, { loopback, port }: InterfaceSocket): Endpoint => {
  const giaddr = [...bytes.subarray(GIADDR_AT, GIADDR_AT + 4)].join('.');
  if (giaddr !== '0.0.0.0') return { address: giaddr, port };
  return loopback ? from : { address: '255.255.255.255', port: from.port === 0 ? CLIENT_PORT : from.port };
};

/** The same network, whose sockets make the faults of DHCP. */
export const injectedInterfaces = (network: InterfaceNetwork, injector: Injector): InterfaceNetwork => {
  const ports = new PortSet<InterfacePort>(injector, 'dhcp');
  return {
    ...(network.identityOf === undefined ? {} : { identityOf: (name: string) => network.identityOf?.(name) }),
    open: async (options, handler) => {
      const socket = await network.open(options, handler);
      const port = new InterfacePort(socket, handler, channels(injector, 'dhcp', dhcpWire));
      ports.add(port);
      const { close } = socket;
      socket.close = () => {
        ports.delete(port);
        return close.call(socket);
      };
      return socket;
    },
  };
};
