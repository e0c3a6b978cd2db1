import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { milliseconds, seconds } from '../../src/core/time.js';
import { nodeDatagrams } from '../../src/net/sockets/node-datagrams.js';
import { seededRandom } from '../support/random.js';
import { fetchFile } from '../support/tftp-client.js';
import { type RunningTftp, serve, someBytes } from './harness.js';

let served: RunningTftp;

beforeEach(async () => {
  // Short waits, so that what is lost costs the test little.
  served = await serve({ timeout: milliseconds(40), maxTimeout: seconds(1), retries: 12 });
});
afterEach(() => served.server.close());

describe('a network that loses and doubles three packets in a hundred, each way', () => {
  it.each<[string, { readonly blksize?: number; readonly windowsize?: number }]>([
    ['one block at a time', {}],
    ['larger blocks', { blksize: 1428 }],
    ['windows of eight', { blksize: 1428, windowsize: 8 }],
  ])('delivers every file whole, by %s, with few packets too many', async (_how, options) => {
    const bytes = someBytes(102_400);
    served.files.add('f', bytes);
    const random = seededRandom(42);
    const fetched = await Promise.all(
      Array.from({ length: 20 }, () =>
        fetchFile(nodeDatagrams, served.endpoint, 'f', {
          options,
          trouble: { random, lost: 3, doubled: 3 },
          patience: 60,
        }),
      ),
    );
    for (const one of fetched) expect(one.bytes.equals(bytes)).toBe(true);
    const blocks = 20 * (Math.floor(102_400 / (options.blksize ?? 512)) + 1);
    const packets = fetched.reduce((sum, one) => sum + one.packets, 0);
    // Three in a hundred doubled, and what a lost packet makes come again: a block, or the rest of a window.
    expect(packets / blocks).toBeLessThan('windowsize' in options ? 1.6 : 1.2);
  });
});
