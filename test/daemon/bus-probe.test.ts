// Whether a server of the bus greets: over real sockets, with servers that are silent, broken, or something else.

import net from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { busProbe } from '../../src/daemon/bus-probe.js';
import { freePort } from '../../src/lab/free-port.js';
import { nodeStreams } from '../../src/net/sockets/node-streams.js';
import { eventually } from '../support/daemon.js';
import { ManualClock } from '../support/manual-clock.js';

const GREETING = 'INFO {"server_id":"x","version":"2.9.10","headers":true} \r\n';

/** A server that does something with each connection. */
const server = async (serve: (socket: net.Socket) => void): Promise<{ port: number; open: Set<net.Socket> }> => {
  const open = new Set<net.Socket>();
  const listener = net.createServer((socket) => {
    open.add(socket);
    socket.on('error', () => {}).on('close', () => open.delete(socket));
    socket.resume();
    serve(socket);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    listener.close();
  });
  return { port: (listener.address() as net.AddressInfo).port, open };
};

describe('the probe of a server', () => {
  const clock = new ManualClock();
  const probe = busProbe(nodeStreams, clock);

  it.each<[string, (socket: net.Socket) => void]>([
    ['at once', (socket) => socket.write(GREETING)],
    [
      'octet by octet',
      (socket) => {
        socket.setNoDelay(true);
        const octets = [...GREETING];
        const next = (): void => {
          const octet = octets.shift();
          if (octet !== undefined) socket.write(octet, () => setImmediate(next));
        };
        next();
      },
    ],
  ])('knows one that greets %s, and leaves it', async (_, serve) => {
    const { port, open } = await server(serve);
    await probe('127.0.0.1', port);
    await eventually(() => expect([open.size, clock.armed]).toEqual([0, 0]));
  });

  it.each<[string, (socket: net.Socket) => void, RegExp]>([
    ['speaks another protocol', (socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n'), /no NATS server/],
    ['sends garbage', (socket) => socket.write(Buffer.alloc(100_000, 0xff)), /no NATS server/],
    ['has no version', (socket) => socket.write('INFO {"server_id":"x"}\r\n'), /no NATS server/],
    ['sends no JSON', (socket) => socket.write('INFO x\r\n'), /no NATS server/],
    ['closes', (socket) => socket.end(), /closed/],
    ['resets', (socket) => socket.resetAndDestroy(), /closed|ECONNRESET/],
    ['ends in its greeting', (socket) => socket.end('INF'), /closed/],
  ])('tells of one that %s', async (_, serve, reason) => {
    const { port, open } = await server(serve);
    await expect(probe('127.0.0.1', port)).rejects.toThrow(reason);
    await eventually(() => expect([open.size, clock.armed]).toEqual([0, 0]));
  });

  it('waits three seconds for one that says nothing, and leaves nothing open', async () => {
    const { port, open } = await server(() => {});
    const asked = probe('127.0.0.1', port);
    const refused = expect(asked).rejects.toThrow('no answer within 3 s');
    await eventually(() => expect(open.size).toBe(1));
    clock.advance(3_000);
    await refused;
    await eventually(() => expect(open.size).toBe(0));
  });

  it('tells of a port that nobody has', async () => {
    await expect(probe('127.0.0.1', await freePort())).rejects.toThrow('connection refused');
    expect(clock.armed).toBe(0);
  });
});
