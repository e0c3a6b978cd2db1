// Real sockets over node:dgram. The lookup that node makes for every destination is answered at once, since all our
// destinations are addresses: it is the largest single cost of a send.

import { randomInt } from 'node:crypto';
import dgram from 'node:dgram';
import { networkInterfaces } from 'node:os';
import type { DatagramHandler, DatagramNetwork, DatagramOptions, DatagramSocket, Endpoint, Random } from './ports.js';

type LookupDone = (error: Error | null, address: string, family: number) => void;

const asIs = (address: string, _options: unknown, done: LookupDone): void => done(null, address, 4);

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
    this.#socket.send(bytes, offset, length, to.port, to.address);
  }

  close(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#closed = true;
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }
}

export const nodeDatagrams: DatagramNetwork = {
  open: ({ address, port, receiveBuffer }: DatagramOptions, onDatagram: DatagramHandler): Promise<DatagramSocket> =>
    new Promise((resolve, reject) => {
      const socket = dgram.createSocket({
        type: 'udp4',
        lookup: asIs as never,
        ...(receiveBuffer === undefined ? {} : { recvBufferSize: receiveBuffer }),
      });
      socket.once('error', reject);
      socket.bind({ address, port, exclusive: true }, () => {
        socket.off('error', reject);
        // An ICMP answer to an earlier send surfaces here; it is of one peer and must not end the socket.
        socket.on('error', () => {});
        socket.on('message', onDatagram);
        resolve(new NodeDatagramSocket(socket));
      });
    }),

  localAddresses: () =>
    Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ family }) => family === 'IPv4')
      .map(({ address }) => address),
};

export const nodeRandom: Random = { below: (limit) => randomInt(limit) };
