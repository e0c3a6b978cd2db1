// Finds a port of loopback that is free for TCP and for UDP: the file of a SIP phone has one port number for both.

import type { Ipv4Address } from '../core/identifiers.js';
import type { Endpoint } from '../net/ports.js';
import { nodeDatagrams } from '../net/sockets/node-datagrams.js';
import { nodeStreams } from '../net/sockets/node-streams.js';

/** Where a lab listens. */
export const LOOPBACK = '127.0.0.1' as Ipv4Address;

const TRIES = 20;

/** Finds a port that is free now. Another program may take it before the caller does, who must then try again. */
export const freePort = async (): Promise<number> => {
  for (let tries = 1; ; tries += 1) {
    const server = await nodeStreams.listen(
      { address: LOOPBACK, port: 0, maxLinks: 1, maxLinksPerSource: 1 },
      (link) => {
        link.destroy();
        return { received: () => {}, closed: () => {} };
      },
    );
    const { port } = server.local;
    const free = await takesDatagrams({ address: LOOPBACK, port });
    await server.close();
    if (free || tries === TRIES) return port;
  }
};

const takesDatagrams = async (endpoint: Endpoint): Promise<boolean> => {
  try {
    const socket = await nodeDatagrams.open(endpoint, () => {});
    await socket.close();
    return true;
  } catch {
    return false;
  }
};
