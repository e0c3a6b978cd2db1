// Connections on which nothing has come take no handshake from others at their address, and those on which something came do.

import net from 'node:net';
import tls from 'node:tls';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseWallTime, type WallTime } from '../../src/core/time.js';
import type { LinkLimit, StreamLink, StreamServer } from '../../src/net/ports.js';
import { nodeStreams } from '../../src/net/sockets/node-streams.js';
import { boundHandshakes } from '../../src/net/sockets/unproven-handshakes.js';
import { selfSignedIdentity } from '../../src/security/certificate.js';
import { ManualClock } from '../support/manual-clock.js';

const BURST = 3;
const identity = selfSignedIdentity({
  commonName: 'CM1',
  organization: 'Lab',
  alternatives: ['127.0.0.1'],
  notBefore: parseWallTime('2020-01-01T00:00:00Z') as WallTime,
  notAfter: parseWallTime('2046-01-01T00:00:00Z') as WallTime,
});

const servers: StreamServer[] = [];
const sockets: net.Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

/** No token comes back by itself: the clock stands. */
const listening = async (onLink: (link: StreamLink) => void = () => {}) => {
  const refused: LinkLimit[] = [];
  const streams = boundHandshakes(nodeStreams, new ManualClock(), { perSecond: 1, burst: BURST });
  const server = await streams.listen(
    {
      ...{ address: '127.0.0.1', port: 0, tls: identity, maxLinks: 100, maxLinksPerSource: 100 },
      onRefused: (_remote, limit) => void refused.push(limit),
    },
    (link) => {
      onLink(link);
      return { received: (bytes) => link.write(bytes), closed: () => {} };
    },
  );
  servers.push(server);
  const { port } = server.local;

  const bare = async (first?: Buffer): Promise<net.Socket> => {
    const links = server.links;
    const socket = net.connect(port, '127.0.0.1').on('error', () => {});
    sockets.push(socket);
    await vi.waitFor(() => expect(server.links).toBe(links + 1));
    if (first !== undefined) socket.write(first);
    return socket;
  };
  const gone = async (socket: net.Socket): Promise<void> => {
    const links = server.links;
    socket.destroy();
    await vi.waitFor(() => expect(server.links).toBe(links - 1));
  };
  const shakes = async (): Promise<boolean> => {
    const socket = tls.connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
    sockets.push(socket);
    return new Promise((resolve) => {
      socket.once('secureConnect', () => resolve(true));
      socket.on('error', () => resolve(false));
    });
  };
  return { server, bare, gone, shakes, refused };
};

describe('a connection on which nothing comes', () => {
  it('takes no handshake from its address when it has ended', async () => {
    const { bare, gone, shakes, refused } = await listening();
    for (let count = 0; count < 5 * BURST; count += 1) await gone(await bare());
    for (let count = 0; count < BURST; count += 1) expect(await shakes()).toBe(true);
    expect(refused).toEqual([]);
    expect(await shakes()).toBe(false);
    expect(refused).toEqual(['handshakes-per-source']);
  });

  it('makes room while it is open, the oldest first', async () => {
    const { bare, shakes, server, refused } = await listening();
    const held = [await bare(), await bare(), await bare()];
    expect(await shakes()).toBe(true);
    await vi.waitFor(() => expect(held.map(({ destroyed }) => destroyed)).toEqual([true, false, false]));
    expect(await shakes()).toBe(true);
    await vi.waitFor(() => expect(held.map(({ destroyed }) => destroyed)).toEqual([true, true, false]));
    expect(server.links).toBe(3);
    expect(refused).toEqual([]);
    expect(await shakes()).toBe(true);
    expect(await shakes()).toBe(false);
    expect(refused).toEqual(['handshakes-per-source']);
  });
});

describe('a connection on which something came', () => {
  it.each([
    ['and which stays', false],
    ['and which has ended', true],
  ])('%s takes a handshake, whole or not', async (_title, ends) => {
    const { bare, gone, shakes, refused } = await listening();
    for (let count = 0; count < BURST; count += 1) {
      // The beginning of a record: TLS waits for the rest.
      const socket = await bare(Buffer.from([22, 3, 1]));
      if (ends) {
        await new Promise<void>((resolve) => socket.end(resolve));
        await vi.waitFor(() => expect(socket.destroyed || socket.readableEnded).toBe(true));
        if (!socket.destroyed) await gone(socket);
      }
    }
    await vi.waitFor(async () => expect(await shakes()).toBe(false));
    expect(refused).toContain('handshakes-per-source');
  });

  it('takes none if its client proves itself, and gives back no more than it took', async () => {
    const { shakes, refused } = await listening((link) => {
      link.proved?.();
      link.proved?.();
    });
    for (let count = 0; count < 5 * BURST; count += 1) expect(await shakes()).toBe(true);
    expect(refused).toEqual([]);
  });
});
