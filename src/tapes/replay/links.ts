// The sockets of a replayed phone.

import type { Clock } from '../../core/time.js';
import type { DatagramNetwork, Endpoint, Random, StreamNetwork } from '../../net/ports.js';
import type { TapeProtocol } from '../tape.js';
import { MessageFramer } from './message-framer.js';

/** What a replay needs of the machine. */
export interface ReplayNetworks {
  readonly clock: Clock;
  readonly datagrams: DatagramNetwork;
  readonly streams: StreamNetwork;
  readonly random: Random;
}

/** Where a link goes, and who hears what comes. */
export interface LinkOptions {
  readonly protocol: TapeProtocol;
  readonly transport: 'udp' | 'tcp';
  readonly to: Endpoint;
  /** `undefined`: the kernel chooses. */
  readonly localAddress: string | undefined;
  readonly onMessage: (octets: Buffer, from: Endpoint) => void;
  readonly onClosed: () => void;
}

/** An open connection, or a UDP socket with one peer. */
export interface ReplayLink {
  readonly local: Endpoint;
  send(octets: Buffer, to?: Endpoint): void;
  close(): Promise<void>;
}

/** Opens a link. Rejects with a `NodeJS.ErrnoException` where that fails. */
export const openLink = (networks: ReplayNetworks, options: LinkOptions): Promise<ReplayLink> =>
  options.transport === 'tcp' ? openStream(networks, options) : openDatagrams(networks, options);

const openStream = async (
  { streams }: ReplayNetworks,
  { protocol, to, localAddress, onMessage, onClosed }: LinkOptions,
): Promise<ReplayLink> => {
  const framer = new MessageFramer(protocol);
  const link = await streams.connect(to, localAddress === undefined ? {} : { localAddress }, () => ({
    received: (bytes) => {
      for (const message of framer.push(bytes)) onMessage(message, to);
    },
    closed: onClosed,
  }));
  return { local: link.local, send: (octets) => link.write(octets), close: async () => link.end() };
};

const openDatagrams = async (
  { datagrams }: ReplayNetworks,
  { to, localAddress, onMessage }: LinkOptions,
): Promise<ReplayLink> => {
  const address = localAddress ?? (to.address.startsWith('127.') ? '127.0.0.1' : '0.0.0.0');
  const socket = await datagrams.open({ address, port: 0 }, (bytes, from) => onMessage(Buffer.from(bytes), from));
  // The wildcard is no address that a server could answer to.
  const reachable =
    socket.local.address === '0.0.0.0' ? datagrams.localAddresses().find((one) => !one.startsWith('127.')) : undefined;
  return {
    local: { address: reachable ?? socket.local.address, port: socket.local.port },
    send: (octets, target = to) => socket.send(octets, 0, octets.length, target),
    close: () => socket.close(),
  };
};
