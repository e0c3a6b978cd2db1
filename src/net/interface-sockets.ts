// Datagrams of one interface and of no other. On Linux by sockets bound to the interface, made through `koffi` or handed
// down by a launcher; on the loopback interface by plain sockets, which nobody outside reaches. Where neither can be had
// this refuses, and says what helps: a server that answers on the wrong network does harm there.

import dgram from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { BindError } from '../core/errors.js';
import type { DatagramBatch } from './datagram-batch.js';
import { inheritedSockets } from './inherited.js';
import type { Endpoint, InterfaceHandler, InterfaceNetwork, InterfaceOptions, InterfaceSocket } from './ports.js';
import { findSocketMaker, type SocketMaker } from './socket-options.js';

const BROADCAST_ADDRESS = '255.255.255.255';

type LookupDone = (error: Error | null, address: string, family: number) => void;
const asIs = (address: string, _options: unknown, done: LookupDone): void => done(null, address, 4);

/** A socket under the interface, and which of our addresses it hears; `undefined`: broadcasts, or any. */
interface Ear {
  readonly socket: dgram.Socket;
  readonly address: string | undefined;
  /** Reads and writes many at once; absent where the machine cannot. */
  readonly batch?: DatagramBatch | undefined;
}

/** Arenas full of datagrams before other work has its turn. */
const MAX_ROUNDS = 4;

class NodeInterfaceSocket implements InterfaceSocket {
  readonly interface: string;
  readonly addresses: readonly string[];
  readonly loopback: boolean;
  readonly port: number;
  readonly #ears: readonly Ear[];
  readonly #handler: InterfaceHandler;
  /** By the address that is sent from. */
  readonly #mouths = new Map<string, Ear>();
  #drainsLater = false;
  /** Within a batch: what is sent leaves at its end. */
  #inBatch = false;
  #closed = false;

  constructor(
    name: string,
    addresses: readonly string[],
    loopback: boolean,
    ears: readonly Ear[],
    handler: InterfaceHandler,
  ) {
    this.interface = name;
    this.addresses = addresses;
    this.loopback = loopback;
    this.#ears = ears;
    this.#handler = handler;
    this.port = (ears[0] as Ear).socket.address().port;
    for (const ear of ears) {
      if (ear.address !== undefined) this.#mouths.set(ear.address, ear);
      ear.socket.on('error', () => {}); // an ICMP answer to an earlier send: of one peer, and no reason to end
      ear.socket.on('message', (bytes, from) => {
        handler.received(bytes, from, ear.address);
        if (ear.batch === undefined) this.#drainLater();
        else this.#drain(ear, ear.batch);
      });
    }
  }

  send(bytes: Buffer, from: string, to: Endpoint): void {
    if (this.#closed || to.port === 0) return; // port 0 cannot be answered, and node throws on it
    const mouth = this.#mouths.get(from) ?? (this.#ears[0] as Ear);
    if (mouth.batch === undefined) {
      mouth.socket.send(bytes, 0, bytes.length, to.port, to.address);
      return;
    }
    mouth.batch.queue(bytes, to);
    if (!this.#inBatch) mouth.batch.flush();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all(
      this.#ears.map(
        ({ socket, batch }) =>
          new Promise<void>((resolve) =>
            socket.close(() => {
              batch?.close();
              resolve();
            }),
          ),
      ),
    );
  }

  /** Reads what waits behind the first datagram, and lets the answers leave together. */
  #drain(ear: Ear, batch: DatagramBatch): void {
    let more = true;
    for (let round = 0; more && round < MAX_ROUNDS && !this.#closed; round += 1)
      more = batch.receive((bytes, from) => this.#handler.received(bytes, from, ear.address));
    if (this.#closed) return;
    this.#inBatch = true;
    this.#handler.drained();
    this.#inBatch = false;
    for (const { batch: outgoing } of this.#ears) outgoing?.flush();
  }

  #drainLater(): void {
    if (this.#drainsLater) return;
    this.#drainsLater = true;
    setImmediate(() => {
      this.#drainsLater = false;
      if (!this.#closed) this.#handler.drained();
    });
  }
}

/** What this machine has to make such sockets with. */
export interface InterfaceMeans {
  readonly maker: SocketMaker | undefined;
  readonly inherited: ReadonlyMap<string, number>;
  interfaces(): NodeJS.Dict<
    readonly { readonly family: string; readonly address: string; readonly internal: boolean }[]
  >;
}

export const interfaceNetwork = (means: InterfaceMeans): InterfaceNetwork => ({
  open: async (options, handler) => {
    const listener = `DHCP on ${options.interface} port ${options.port}`;
    const own = means.interfaces()[options.interface]?.filter(({ family }) => family === 'IPv4') ?? [];
    const addresses = own.map(({ address }) => address);
    if (addresses.length === 0) throw new BindError(listener, missing(options.interface, means));
    const loopback = own.every(({ internal }) => internal);
    const ears = await openEars(options, addresses, loopback, means, listener);
    return new NodeInterfaceSocket(options.interface, addresses, loopback, ears, handler);
  },
});

const openEars = async (
  options: InterfaceOptions,
  addresses: readonly string[],
  loopback: boolean,
  { maker, inherited }: InterfaceMeans,
  listener: string,
): Promise<readonly Ear[]> => {
  const { interface: name, port, receiveBuffer } = options;
  const ears: Ear[] = [];
  try {
    const handedDown = inherited.get(name);
    if (handedDown !== undefined) ears.push({ socket: await adopted(handedDown), address: undefined });
    else if (loopback) ears.push(await plain(addresses[0] as string, port, receiveBuffer));
    else if (maker === undefined) throw uncertain(name);
    else
      for (const address of [...addresses, BROADCAST_ADDRESS]) {
        const file = maker.bound({ interface: name, address, port, receiveBuffer });
        const socket = await adopted(file);
        const heard = address === BROADCAST_ADDRESS ? undefined : address;
        ears.push({ socket, address: heard, batch: maker.batch(file) });
      }
    for (const { socket } of ears) if (!loopback) socket.setBroadcast(true);
    return ears;
  } catch (error) {
    for (const { socket } of ears) socket.close();
    throw new BindError(listener, error as NodeJS.ErrnoException);
  }
};

const newSocket = (receiveBuffer?: number): dgram.Socket =>
  dgram.createSocket({
    type: 'udp4',
    lookup: asIs as never,
    ...(receiveBuffer === undefined ? {} : { recvBufferSize: receiveBuffer }),
  });

const listening = (socket: dgram.Socket, bind: (done: () => void) => void): Promise<dgram.Socket> =>
  new Promise((resolve, reject) => {
    socket.once('error', reject);
    bind(() => {
      socket.off('error', reject);
      resolve(socket);
    });
  });

const adopted = (fd: number): Promise<dgram.Socket> => {
  const socket = newSocket();
  return listening(socket, (done) => socket.bind({ fd, exclusive: true }, done));
};

const plain = async (address: string, port: number, receiveBuffer: number): Promise<Ear> => {
  const socket = newSocket(receiveBuffer);
  return { socket: await listening(socket, (done) => socket.bind({ address, port, exclusive: true }, done)), address };
};

const missing = (name: string, { interfaces }: InterfaceMeans): Error =>
  new Error(
    `this machine has no interface ${name} with an IPv4 address; it has ${Object.keys(interfaces()).join(', ')}. Set \`dhcp.interface\` to one of them, or give ${name} an address`,
  );

const uncertain = (name: string): Error =>
  new Error(
    `cannot make sure that only ${name} is answered. On Linux, install the optional package koffi (npm install koffi@3.3.4), or start labcm from a systemd socket unit with BindToDevice=${name} and FileDescriptorName=${name}; elsewhere only the loopback interface can be served`,
  );

/** This machine's own. */
export const nodeInterfaces = (): InterfaceNetwork =>
  interfaceNetwork({
    maker: findSocketMaker(),
    inherited: inheritedSockets(process.env, process.pid),
    interfaces: networkInterfaces,
  });
