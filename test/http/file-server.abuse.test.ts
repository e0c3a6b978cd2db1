import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { Agent, get } from 'node:http';
import net from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MUTATED, MUTATIONS } from '../support/mutations.js';
import { mutated, seededRandom } from '../support/random.js';
import { type RunningFileServer, serve } from './file-server-harness.js';

const HEALTHY_CLIENTS = 100;
const ATTACKS_PER_FETCH = 16;

const CORPUS = [
  'GET /SEP005056A1033D.cnf.xml HTTP/1.1\r\nHost: 10.10.210.10:6970\r\nUser-Agent: Cisco-CP8841/12.5\r\nConnection: keep-alive\r\n\r\n',
  'GET /English_United_States%2Fipc-sip.jar HTTP/1.1\r\nHost: cm1\r\nRange: bytes=100-199\r\nAccept: */*\r\n\r\n',
  'HEAD /big.sbn HTTP/1.1\r\nHost: cm1\r\nRange: bytes=-5\r\nIf-Range: "x"\r\n\r\n',
  'POST /big.sbn HTTP/1.1\r\nHost: cm1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  'PUT /CTLFile.tlv HTTP/1.1\r\nHost: cm1\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello',
  'GET http://cm1:6970/..%2f..%2fetc%2fpasswd HTTP/1.0\r\n\r\n',
  'CONNECT cm1:443 HTTP/1.1\r\nHost: cm1:443\r\n\r\n',
  'GET /ws HTTP/1.1\r\nHost: cm1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AAAA\r\n\r\n',
].map((text) => Buffer.from(text, 'latin1'));

const FILES = new Map([
  ['SEP005056A1033D.cnf.xml', randomBytes(7_000)],
  ['English_United_States/ipc-sip.jar', randomBytes(40_000)],
  ['big.sbn', randomBytes(300_000)],
]);

let served: RunningFileServer;
beforeAll(async () => {
  served = await serve();
  for (const [name, bytes] of FILES) served.source.files.set(name, bytes);
  served.source.slow.add('big.sbn');
});
afterAll(() => served.server.close());

const descriptors = (): number => readdirSync('/proc/self/fd').length;

const nothingOpen = async (): Promise<void> => {
  while (served.server.connections > 0) await new Promise((resolve) => setImmediate(resolve));
};

let delivered = 0;

/** Sends octets from an address of their own and waits for an answer's first octets or the end, then resets. */
const attack = (bytes: Buffer, localAddress: string): Promise<void> =>
  new Promise((resolve) => {
    const socket = net.connect({ host: '127.0.0.1', port: served.port, localAddress });
    socket.on('error', () => {});
    socket.once('connect', () => {
      delivered += 1;
    });
    socket.once('data', () => socket.resetAndDestroy());
    socket.once('close', () => resolve());
    socket.end(bytes);
  });

/** Fetches a file over the client's own connection, and says whether it is the file. */
const fetchedRight = (agent: Agent, name: string): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const request = get({ agent, host: '127.0.0.1', port: served.port, path: `/${name}` }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (bytes: Buffer) => pieces.push(bytes));
      response.on('error', reject);
      response.on('end', () => resolve(FILES.get(name)?.equals(Buffer.concat(pieces)) ?? false));
    });
    request.on('error', reject);
  });

describe('nonsense over HTTP', () => {
  it(`of ${MUTATED} mutated requests costs its senders alone: ${HEALTHY_CLIENTS} healthy clients' files stay as they are`, async () => {
    const before = descriptors();
    const random = seededRandom(6970);
    const names = [...FILES.keys()];
    let wrong = 0;
    // Each healthy client goes on fetching between the attacks of its own attacker, all of them side by side.
    const pair = async (_: unknown, client: number): Promise<void> => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      for (let count = 0; count < MUTATIONS / HEALTHY_CLIENTS; count += 1) {
        await attack(mutated(CORPUS[random.below(CORPUS.length)] as Buffer, random), `127.0.1.${client + 1}`);
        if (count % ATTACKS_PER_FETCH > 0) continue;
        if (!(await fetchedRight(agent, names[(client + count) % names.length] as string))) wrong += 1;
      }
      agent.destroy();
    };
    await Promise.all(Array.from({ length: HEALTHY_CLIENTS }, pair));
    expect(wrong).toBe(0);
    expect(delivered).toBe(MUTATIONS);
    await nothingOpen();
    expect(served.source.open_).toBe(0);
    expect(descriptors()).toBeLessThanOrEqual(before);
    expect(served.probe.of('http.malformed').length).toBeGreaterThan(MUTATIONS / 50);
  }, 600_000);

  it('of connections that stop in the middle of their headers holds up nobody else', async () => {
    const before = descriptors();
    const slow = Array.from({ length: 256 }, () => {
      const socket = net.connect({ host: '127.0.0.1', port: served.port, localAddress: '127.0.0.3' });
      socket.on('error', () => {});
      socket.write('GET /SEP005056A1033D.cnf.xml HTTP/1.1\r\nX-Slow: ');
      return socket;
    });
    while (served.server.connections < slow.length) await new Promise((resolve) => setImmediate(resolve));
    const agent = new Agent({ keepAlive: true });
    const fetches = Array.from({ length: 200 }, () => fetchedRight(agent, 'big.sbn'));
    expect((await Promise.all(fetches)).every((right) => right)).toBe(true);
    agent.destroy();
    for (const socket of slow) socket.resetAndDestroy();
    await nothingOpen();
    expect(descriptors()).toBeLessThanOrEqual(before);
  });

  it('of clients that ask for much and read nothing costs a piece each, not the file', async () => {
    const large = randomBytes(16 * 1_048_576);
    served.source.files.set('large.sbn', large);
    const before = process.memoryUsage();
    const lazy = await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const socket = net.connect({ host: '127.0.0.1', port: served.port, localAddress: `127.0.4.${index + 1}` });
        socket.on('error', () => {});
        await new Promise((resolve) => socket.once('connect', resolve));
        socket.pause();
        socket.write('GET /large.sbn HTTP/1.1\r\nHost: cm1\r\n\r\n');
        return socket;
      }),
    );
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let fetch = 0; fetch < 20; fetch += 1) expect(await fetchedRight(agent, 'SEP005056A1033D.cnf.xml')).toBe(true);
    agent.destroy();
    const after = process.memoryUsage();
    // Two hundred files of 16 MiB would be 3,200.
    const grown = after.arrayBuffers + after.heapUsed - before.arrayBuffers - before.heapUsed;
    expect(grown / 1_048_576).toBeLessThan(100);
    for (const socket of lazy) socket.destroy();
    await nothingOpen();
    served.source.files.delete('large.sbn');
  });

  it('of a flood of connections is bounded, and leaves nothing behind', async () => {
    const before = descriptors();
    await Promise.all(Array.from({ length: 2_000 }, () => attack(CORPUS[0] as Buffer, '127.0.0.2')));
    const agent = new Agent();
    expect(await fetchedRight(agent, 'SEP005056A1033D.cnf.xml')).toBe(true);
    agent.destroy();
    await nothingOpen();
    expect(descriptors()).toBeLessThanOrEqual(before);
    expect(served.source.open_).toBe(0);
  });
});
