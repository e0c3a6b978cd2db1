// UDP sockets of one interface and of no other. On Linux they are bound to the interface, made through `koffi` or
// handed down by a launcher. On the loopback interface plain sockets are enough, since nobody outside can reach them.
// If neither is possible, opening fails and says what helps: a server that answers on the wrong network does harm
// there.

import { networkInterfaces } from 'node:os';
import { BindError } from '../../core/errors.js';
import type { Endpoint, InterfaceHandler, InterfaceNetwork, InterfaceOptions, InterfaceSocket } from '../ports.js';
import { adoptReceiver, openPlainReceiver, openReceiver, type UdpReceiver } from './interface-udp.js';
import { findNativeSockets, type NativeSockets } from './native-sockets.js';
import { inheritedSockets } from './socket-activation.js';

const BROADCAST_ADDRESS = '255.255.255.255';

class NodeInterfaceSocket implements InterfaceSocket {
  readonly interface: string;
  readonly addresses: readonly string[];
  readonly loopback: boolean;
  readonly port: number;
  readonly #receivers: readonly UdpReceiver[];
  /** The receivers by their address, which is the source address of what they send. */
  readonly #bySource = new Map<string, UdpReceiver>();
  /** Whether the handler is answering what was received: the answers are sent together. */
  #answering = false;
  #closed = false;

  constructor(
    { interface: name, addresses, loopback }: Pick<InterfaceSocket, 'interface' | 'addresses' | 'loopback'>,
    receivers: readonly UdpReceiver[],
    handler: InterfaceHandler,
  ) {
    this.interface = name;
    this.addresses = addresses;
    this.loopback = loopback;
    this.#receivers = receivers;
    this.port = (receivers[0] as UdpReceiver).port;
    for (const receiver of receivers) {
      if (receiver.address !== undefined) this.#bySource.set(receiver.address, receiver);
      receiver.listen({
        received: (bytes, from) => {
          if (!this.#closed) handler.onReceived(bytes, from, receiver.address);
        },
        drained: () => {
          if (this.#closed) return;
          this.#answering = true;
          handler.onDrained();
          this.#answering = false;
          if (!this.#closed) for (const sender of receivers) sender.flush();
        },
      });
    }
  }

  send(bytes: Buffer, from: string, to: Endpoint): void {
    if (this.#closed || to.port === 0) return; // port 0 cannot be answered, and node throws on it
    const sender = this.#bySource.get(from) ?? (this.#receivers[0] as UdpReceiver);
    sender.send(bytes, to);
    if (!this.#answering) sender.flush();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all(this.#receivers.map((receiver) => receiver.close()));
  }
}

/** What this machine offers to make such sockets. */
export interface InterfaceMeans {
  readonly maker: NativeSockets | undefined;
  readonly inherited: ReadonlyMap<string, number>;
  interfaces(): NodeJS.Dict<
    readonly { readonly family: string; readonly address: string; readonly internal: boolean }[]
  >;
}

const addressesOn = (name: string, { interfaces }: InterfaceMeans) =>
  interfaces()[name]?.filter(({ family }) => family === 'IPv4') ?? [];

/** An `InterfaceNetwork` on these means. */
export const interfaceNetwork = (means: InterfaceMeans): InterfaceNetwork => {
  /** Descriptors of a launcher that were used. They are closed with their socket and cannot be used again. */
  const used = new Set<string>();
  return {
    identityOf: (name) => {
      const present = addressesOn(name, means);
      // Without an index, an interface that is made anew at once with the same addresses looks the same.
      return present.length === 0
        ? undefined
        : [means.maker?.indexOf(name) ?? 0, ...present.map(({ address }) => address)].join(' ');
    },
    open: async (options, handler) => {
      const listener = `DHCP on ${options.interface} port ${options.port}`;
      const present = addressesOn(options.interface, means);
      const addresses = present.map(({ address }) => address);
      if (addresses.length === 0) throw new BindError(listener, missing(options.interface, means));
      const loopback = present.every(({ internal }) => internal);
      const place = { interface: options.interface, addresses, loopback };
      const receivers = await openReceivers(options, place, means, used).catch((error: NodeJS.ErrnoException) => {
        throw new BindError(listener, error);
      });
      return new NodeInterfaceSocket(place, receivers, handler);
    },
  };
};

const openReceivers = async (
  options: InterfaceOptions,
  { addresses, loopback }: Pick<InterfaceSocket, 'addresses' | 'loopback'>,
  { maker, inherited }: InterfaceMeans,
  used: Set<string>,
): Promise<readonly UdpReceiver[]> => {
  const { interface: name, port, receiveBuffer } = options;
  const receivers: UdpReceiver[] = [];
  try {
    const handedDown = inherited.get(name);
    if (handedDown !== undefined && used.has(name)) throw goneForGood(name);
    if (handedDown !== undefined) receivers.push(await adoptReceiver(handedDown));
    else if (loopback) receivers.push(await openPlainReceiver(addresses[0] as string, port, receiveBuffer));
    else if (maker === undefined) throw uncertain(name);
    else
      for (const address of [...addresses, BROADCAST_ADDRESS]) {
        const fd = maker.openBound({ interface: name, address, port, receiveBuffer });
        receivers.push(await openReceiver(fd, maker, address === BROADCAST_ADDRESS ? undefined : address));
      }
    if (handedDown !== undefined) used.add(name);
    return receivers;
  } catch (error) {
    for (const receiver of receivers) void receiver.close();
    throw error;
  }
};

const missing = (name: string, { interfaces }: InterfaceMeans): Error =>
  new Error(
    `this machine has no interface ${name} with an IPv4 address; it has ${Object.keys(interfaces()).join(', ')}. Set \`dhcp.interface\` to one of them, or give ${name} an address`,
  );

const goneForGood = (name: string): Error =>
  new Error(`the socket for ${name} that was handed down went with it; start labcm again from its socket unit`);

const uncertain = (name: string): Error =>
  new Error(`cannot make sure that only ${name} is answered. ${toServeAlone(name)}`);

const SYSTEMS: ReadonlyMap<string, string> = new Map([
  ['darwin', 'macOS'],
  ['win32', 'Windows'],
]);

/** What helps if an interface cannot be served alone. */
export const toServeAlone = (name: string, platform: string = process.platform): string =>
  platform === 'linux'
    ? onLinux(name)
    : `${SYSTEMS.get(platform) ?? platform} has no sockets of one interface, so DHCP is served on its loopback interface alone: for phones on a network run labcm on Linux, or leave \`dhcp.enabled\` false and have another DHCP server give them this machine's address in option 150; all other services work here`;

const onLinux = (name: string): string =>
  `On Linux, install the optional package koffi (npm install koffi@3.3.4), or start labcm from a systemd socket unit with BindToDevice=${name} and FileDescriptorName=${name}; elsewhere only the loopback interface can be served`;

/** Whether this machine can answer on that interface and on no other. */
export const servesAlone = (name: string): boolean => {
  const present = networkInterfaces()[name] ?? [];
  if (present.length > 0 && present.every(({ internal }) => internal)) return true;
  return findNativeSockets() !== undefined || inheritedSockets(process.env, process.pid).has(name);
};

/** The interfaces of this machine. */
export const nodeInterfaces = (): InterfaceNetwork =>
  interfaceNetwork({
    maker: findNativeSockets(),
    inherited: inheritedSockets(process.env, process.pid),
    interfaces: networkInterfaces,
  });
