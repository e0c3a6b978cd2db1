// The real UDP sockets and random numbers behind `net/ports.ts`.

import { randomInt } from 'node:crypto';
import type dgram from 'node:dgram';
import { networkInterfaces } from 'node:os';
import type { DatagramHandler, DatagramNetwork, DatagramOptions, DatagramSocket, Endpoint, Random } from '../ports.js';
import { BatchedSocket, SendBatch } from './batched-sockets.js';
import { findNativeSockets, type NativeSockets } from './native-sockets.js';
import { bindUdpSocket, closeUdpSocket, newUdpSocket } from './udp-socket.js';

class NodeDatagramSocket implements DatagramSocket {
  readonly local: Endpoint;
  readonly #socket: dgram.Socket;
  #closed = false;

  constructor(socket: dgram.Socket) {
    this.#socket = socket;
    const { address, port } = socket.address();
    this.local = { address, port };
  }

  send(bytes: Buffer, offset: number, length: number, to: Endpoint): void {
    if (this.#closed || to.port === 0) return; // port 0 cannot be answered, and node throws on it
    // Node makes a view of a part; the whole goes as it is.
    if (length === bytes.length) this.#socket.send(bytes, to.port, to.address);
    else this.#socket.send(bytes, offset, length, to.port, to.address);
  }

  close(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#closed = true;
    return closeUdpSocket(this.#socket);
  }
}

/** Opens batched sockets if the largest datagram is known and this machine supports them, else plain ones. */
class NodeDatagrams implements DatagramNetwork {
  readonly #turn = new SendBatch();
  /** `undefined`: not looked up yet. */
  #nativeSockets: NativeSockets | 'none' | undefined;

  async open(options: DatagramOptions, onDatagram: DatagramHandler): Promise<DatagramSocket> {
    const { address, port, receiveBuffer = USUAL_BUFFER, largest, shared = false, group } = options;
    if (group !== undefined) return openGroup(group, options, onDatagram);
    const maker = largest === undefined ? 'none' : this.#findNativeSockets();
    if (largest === undefined || maker === 'none') return openPlain(options, onDatagram);
    const fd = maker.openBound({ interface: undefined, address, port, receiveBuffer, shared });
    const socket = await bindUdpSocket(newUdpSocket(), { fd });
    const batch = maker.batch(fd, largest);
    return batch === undefined
      ? listening(socket, onDatagram)
      : new BatchedSocket(socket, batch, { largest, turn: this.#turn }, onDatagram);
  }

  localAddresses(): readonly string[] {
    return Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ family }) => family === 'IPv4')
      .map(({ address }) => address);
  }

  #findNativeSockets(): NativeSockets | 'none' {
    this.#nativeSockets ??= findNativeSockets() ?? 'none';
    return this.#nativeSockets;
  }
}

/** The UDP sockets of this machine. */
export const nodeDatagrams: DatagramNetwork = new NodeDatagrams();

const ANY_ADDRESS = '0.0.0.0';
const USUAL_BUFFER = 212_992; // octets, Linux's own default

const openPlain = async (
  { address, port, receiveBuffer, shared }: DatagramOptions,
  onDatagram: DatagramHandler,
): Promise<DatagramSocket> =>
  listening(await bindUdpSocket(newUdpSocket(receiveBuffer, shared), { address, port }), onDatagram);

const openGroup = async (
  group: string,
  { address, port, receiveBuffer }: DatagramOptions,
  onDatagram: DatagramHandler,
): Promise<DatagramSocket> => {
  // Bound to the group, it receives nothing that is sent to the port of another.
  const socket = await bindUdpSocket(newUdpSocket(receiveBuffer, true), { address: group, port });
  try {
    socket.addMembership(group, address === ANY_ADDRESS ? undefined : address);
  } catch (error) {
    await closeUdpSocket(socket);
    throw error;
  }
  return listening(socket, onDatagram);
};

const listening = (socket: dgram.Socket, onDatagram: DatagramHandler): DatagramSocket => {
  socket.on('message', onDatagram);
  return new NodeDatagramSocket(socket);
};

/** Random numbers of the system. */
export const nodeRandom: Random = { below: (limit) => randomInt(limit) };
