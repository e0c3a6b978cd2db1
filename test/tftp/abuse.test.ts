import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DatagramSocket } from '../../src/net/ports.js';
import { nodeDatagrams } from '../../src/net/sockets/node-datagrams.js';
import { DEFAULT_TFTP } from '../../src/tftp/settings.js';
import { MUTATED, MUTATIONS } from '../support/mutations.js';
import { mutated, seededRandom } from '../support/random.js';
import { ack, fetchFile, rrq } from '../support/tftp-client.js';
import { type RunningTftp, serve, someBytes } from './harness.js';

const descriptors = (): number => readdirSync('/proc/self/fd').length;

let served: RunningTftp;
let before: number;

beforeEach(async () => {
  before = descriptors();
  served = await serve({ limits: { ...DEFAULT_TFTP.limits, requestsPerSecond: 1_000_000, transfersPerSource: 200 } });
});
afterEach(async () => {
  await served.server.close();
  expect(served.files.held).toBe(0);
  await vi.waitFor(() => expect(descriptors()).toBeLessThanOrEqual(before));
});

/** A hundred phones, each with its own file, fetched over and over until the noise ends. */
const healthyPhones = (quiet: () => boolean): Promise<number>[] =>
  Array.from({ length: 100 }, async (_, index) => {
    const name = `SEP${String(index).padStart(12, '0')}.cnf.xml`;
    const bytes = someBytes(7000 + index, index + 1);
    served.files.add(name, bytes);
    let fetches = 0;
    do {
      // Phones have addresses of their own, and so their own share of every bound.
      const localAddress = `127.0.1.${index + 1}`;
      const fetched = await fetchFile(nodeDatagrams, served.endpoint, name, { localAddress });
      expect(fetched.bytes.equals(bytes)).toBe(true);
      fetches += 1;
    } while (!quiet());
    return fetches;
  });

describe('a hundred healthy phones notice nothing', () => {
  it(`of ${MUTATED} mutated datagrams to the service and to its transfers`, async () => {
    const random = seededRandom(1350);
    const corpus = [
      rrq('SEP000000000007.cnf.xml'),
      rrq('SEP000000000001.cnf.xml', { blksize: 1428, tsize: 0, timeout: 5, windowsize: 8 }),
      rrq('English_United_States/ipc-sccp.jar', {}, 'netascii'),
      Buffer.from('\0\x02file\0octet\0', 'latin1'),
      ack(1),
      Buffer.from([0, 3, 0, 1, 1, 2, 3]),
      Buffer.from('\0\x05\0\x01no\0', 'latin1'),
      Buffer.from('\0\x06blksize\x001428\0', 'latin1'),
    ];
    const sockets: DatagramSocket[] = [];
    let reply = served.endpoint;
    for (let index = 0; index < 8; index += 1)
      sockets.push(
        await nodeDatagrams.open({ address: '127.0.0.1', port: 0 }, (_bytes, from) => {
          reply = from;
        }),
      );
    let done = false;
    const phones = healthyPhones(() => done);
    for (let count = 0; count < MUTATIONS; count += 1) {
      const bytes = mutated(corpus[count % corpus.length] ?? Buffer.alloc(0), random);
      // Every third goes to wherever the last answer came from: to the transfer, often of another.
      sockets[count % 8]?.send(bytes, 0, bytes.length, count % 3 === 0 ? reply : served.endpoint);
      if (count % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    done = true;
    const fetches = await Promise.all(phones);
    expect(fetches).toHaveLength(100);
    await Promise.all(sockets.map((socket) => socket.close()));
    expect(served.probe.of('tftp.malformed').length).toBeGreaterThan(0);
  });

  it('of a flood from one source, which costs that source alone', async () => {
    await served.server.close();
    served = await serve();
    let answers = 0;
    const flood = await nodeDatagrams.open({ address: '127.0.0.1', port: 0 }, () => {
      answers += 1;
    });
    const request = rrq('nothing');
    let done = false;
    const phones = healthyPhones(() => done);
    const started = Date.now();
    for (let count = 0; count < 20_000; count += 1) {
      flood.send(request, 0, request.length, served.endpoint);
      if (count % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    done = true;
    await Promise.all(phones);
    const second = Math.ceil((Date.now() - started) / 1000) + 1;
    expect(answers).toBeLessThanOrEqual(second * 1000);
    expect(answers).toBeGreaterThan(0);
    await flood.close();
  });

  it('of requests for the largest windows of the largest blocks, which cost no more than a bounded memory', async () => {
    served.files.add('large', someBytes(8 * 1_048_576));
    const before = process.memoryUsage();
    const greedy: DatagramSocket[] = [];
    for (let count = 0; count < 400; count += 1) {
      const socket = await nodeDatagrams.open({ address: `127.0.3.${count % 250}`, port: 0 }, (_bytes, from) => {
        const first = ack(0);
        socket.send(first, 0, first.length, from);
      });
      const request = rrq('large', { blksize: 65_464, windowsize: 64 });
      socket.send(request, 0, request.length, served.endpoint);
      greedy.push(socket);
    }
    await vi.waitFor(() => expect(served.server.transfers).toBe(400));
    await Promise.all(healthyPhones(() => true));
    const after = process.memoryUsage();
    // Four hundred windows of a mebibyte each, were they kept, would be four hundred.
    expect((after.arrayBuffers + after.heapUsed - before.arrayBuffers - before.heapUsed) / 1_048_576).toBeLessThan(150);
    await Promise.all(greedy.map((socket) => socket.close()));
  });

  it('of requests that nobody follows up, which end and leave no descriptor', async () => {
    await served.server.close();
    served = await serve();
    served.files.add('f', someBytes(100_000));
    const vanishing: DatagramSocket[] = [];
    for (let count = 0; count < 300; count += 1) {
      const socket = await nodeDatagrams.open({ address: `127.0.2.${count % 250}`, port: 0 }, () => {});
      const request = rrq('f', { windowsize: 64, blksize: 1428 });
      socket.send(request, 0, request.length, served.endpoint);
      vanishing.push(socket);
    }
    await vi.waitFor(() => expect(served.server.transfers).toBe(300));
    await Promise.all(vanishing.map((socket) => socket.close()));
    await Promise.all(healthyPhones(() => true));
    await vi.waitFor(() => expect(served.server.transfers).toBe(300));
  });
});
