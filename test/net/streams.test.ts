import { once } from 'node:events';
import net from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { OctetBudget } from '../../src/core/octet-budget.js';
import type { StreamEnd, StreamLink, StreamListenOptions, StreamServer } from '../../src/net/ports.js';
import { nodeStreams } from '../../src/net/sockets/node-streams.js';

const servers: StreamServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

interface Seen {
  readonly links: StreamLink[];
  readonly ends: StreamEnd[];
  readonly refused: string[];
  readonly overdrawn: string[];
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

type Bounds = Partial<Pick<StreamListenOptions, 'maxLinks' | 'maxLinksPerSource' | 'budget'>>;

const echo = async (bounds: Bounds = {}) => {
  const seen: Seen = { links: [], ends: [], refused: [], overdrawn: [] };
  const server = await nodeStreams.listen(
    {
      address: '127.0.0.1',
      port: 0,
      maxLinks: 100,
      maxLinksPerSource: 100,
      onRefused: (_remote, limit) => seen.refused.push(limit),
      ...bounds,
    },
    (link) => {
      seen.links.push(link);
      return {
        received: (bytes) => link.write(bytes),
        overdrawn: (kept) => {
          seen.overdrawn.push(`${seen.links.indexOf(link)} ${kept}`);
          link.destroy();
        },
        closed: (cause) => seen.ends.push(cause),
      };
    },
  );
  servers.push(server);
  return { server, seen, dial: () => net.connect(server.local.port, '127.0.0.1') };
};

/** A connection over which the link has spoken once. */
const joined = async (bounds: Bounds = {}) => {
  const { server, seen, dial } = await echo(bounds);
  const socket = dial();
  socket.write('x');
  await once(socket, 'data');
  const [link] = seen.links;
  if (link === undefined) throw new Error('no link');
  return { server, seen, socket, link, dial };
};

/** A link whose peer has stopped reading, with all that the kernel takes on its way. */
const blocked = async (bounds: Bounds = {}) => {
  const all = await joined(bounds);
  all.socket.on('error', () => {});
  all.socket.pause();
  const { link } = all;
  do {
    link.write(Buffer.alloc(64 * 1024));
    await new Promise((resolve) => setImmediate(resolve));
  } while (link.backlog === 0);
  return all;
};

describe('a stream listener', () => {
  it('carries octets both ways and tells the end once', async () => {
    const { dial, seen } = await echo();
    const socket = dial();
    socket.write('hello');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toBe('hello');
    expect(seen.links[0]?.remote.address).toBe('127.0.0.1');
    socket.end();
    await once(socket, 'close');
    expect(seen.ends).toEqual(['peer-closed']);
  });

  it('joins the writes of one turn into one segment', async () => {
    const { socket, link } = await joined();
    for (const word of ['one ', 'two ', 'three']) link.write(Buffer.from(word));
    const [segment] = (await once(socket, 'data')) as [Buffer];
    expect(segment.toString()).toBe('one two three');
    socket.destroy();
  });

  it('sends octets and text in the order in which they were written', async () => {
    const { socket, link } = await joined();
    link.write('caf\u00e9 ');
    link.write(Buffer.from('and '));
    link.write('');
    link.write('th\u00e9');
    expect(link.backlog).toBe(12);
    const [segment] = (await once(socket, 'data')) as [Buffer];
    expect(segment.toString('latin1')).toBe('caf\u00e9 and th\u00e9');
    socket.destroy();
  });

  it('answers what comes with the end of its peer', async () => {
    const { dial, seen } = await echo();
    const socket = dial();
    socket.end('goodbye');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toBe('goodbye');
    await once(socket, 'close');
    await vi.waitFor(() => expect(seen.ends).toEqual(['peer-closed']));
  });

  it('sends all that a peer has not read when it ends', async () => {
    const { seen, socket, link } = await joined();
    socket.pause();
    const octets = 16 * 1024 * 1024;
    link.write(Buffer.alloc(octets));
    expect(link.backlog).toBeGreaterThan(0);
    await new Promise<void>((resolve) => socket.end(resolve));
    expect(seen.ends).toEqual([]);
    // Once it has heard of the end it takes no more, and loses nothing that it took.
    let taken = octets;
    await vi.waitFor(() => {
      const { backlog } = link;
      link.write('!');
      taken += link.backlog - backlog;
      expect(link.backlog).toBe(backlog);
    });
    let arrived = 0;
    socket.on('data', (bytes: Buffer) => {
      arrived += bytes.length;
    });
    socket.resume();
    await once(socket, 'close');
    expect(arrived).toBe(taken);
    await vi.waitFor(() => expect(seen.ends).toEqual(['peer-closed']));
  });

  it('closes a link that is destroyed while it ends', async () => {
    const { server, seen, socket, link } = await joined();
    socket.on('error', () => {});
    link.end();
    link.destroy();
    await vi.waitFor(() => expect(seen.ends).toEqual(['closed-here']));
    expect(server.links).toBe(0);
    socket.destroy();
  });

  it('lets what was written arrive before it ends a link', async () => {
    const { socket, link } = await joined();
    link.write(Buffer.from('refused'));
    link.end();
    const [last] = (await once(socket, 'data')) as [Buffer];
    expect(last.toString()).toBe('refused');
    await once(socket, 'end');
    socket.destroy();
  });

  it('lets what was written arrive before it closes itself', async () => {
    const { server, socket, link } = await joined();
    link.write(Buffer.from('stopping'));
    const closed = server.close();
    const [last] = (await once(socket, 'data')) as [Buffer];
    expect(last.toString()).toBe('stopping');
    await closed;
  });

  it('does not wait for the end of a turn in which much is written, and counts none of it as backlog', async () => {
    const { socket, link } = await joined();
    let arrived = 0;
    socket.on('data', (bytes: Buffer) => {
      arrived += bytes.length;
    });
    for (let count = 0; count < 500; count += 1) link.write(Buffer.alloc(1024));
    expect(link.backlog).toBeLessThan(64 * 1024);
    await vi.waitFor(() => expect(arrived).toBe(500 * 1024));
    socket.destroy();
  });

  it('counts what has not left yet as backlog, and drops it with the link', async () => {
    const { socket, link } = await joined();
    link.write(Buffer.from('12345'));
    expect(link.backlog).toBe(5);
    link.destroy();
    const heard: Buffer[] = [];
    socket.on('data', (bytes: Buffer) => heard.push(bytes));
    socket.on('error', () => {});
    await new Promise((resolve) => socket.once('close', resolve));
    expect(heard).toEqual([]);
  });

  it('holds what a peer does not read in memory of its own, not the buffers that it is a view of', async () => {
    const { socket, link } = await blocked();
    collectGarbage();
    const before = process.memoryUsage().arrayBuffers;
    for (let count = 0; count < 400; count += 1) {
      link.write(Buffer.alloc(64 * 1024).subarray(0, 12));
      await new Promise((resolve) => setImmediate(resolve));
    }
    // What others of this process dropped meanwhile may go with a later collection.
    let kept = Number.POSITIVE_INFINITY;
    for (let turn = 0; turn < 20 && kept >= 2; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      collectGarbage();
      kept = (process.memoryUsage().arrayBuffers - before) / 1_048_576;
    }
    expect(kept).toBeLessThan(2);
    // What each weighs besides its octets counts, too.
    expect(link.backlog).toBeGreaterThan(400 * 500);
    link.destroy();
    socket.destroy();
  });

  it('ends the link that has kept longest where a source keeps more than its share', async () => {
    const budget = new OctetBudget({ perSource: 4_000, all: 1_000_000 });
    const { seen, socket, dial, link } = await joined({ budget });
    socket.on('error', () => {});
    const second = dial();
    second.on('error', () => {});
    second.write('x');
    await once(second, 'data');
    link.keeps(3_000);
    seen.links[1]?.keeps(900);
    expect(seen.overdrawn).toEqual([]);
    seen.links[1]?.keeps(1_100);
    expect(seen.overdrawn).toEqual(['0 unfinished']);
    expect(budget.octets).toBe(1_100);
    second.destroy();
    await vi.waitFor(() => expect(budget.octets).toBe(0));
  });

  it('ends a link that makes it hold too much unread, and leaves one alone that has read meanwhile', async () => {
    const budget = new OctetBudget({ perSource: 8 * 1_048_576, all: 1_000_000_000 });
    const { seen, socket, link, dial } = await blocked({ budget });
    socket.resume();
    await vi.waitFor(() => expect(link.backlog).toBe(0));
    const second = dial();
    second.on('error', () => {});
    second.write('x');
    await once(second, 'data');
    second.pause();
    const deaf = seen.links[1] as StreamLink;
    while (seen.overdrawn.length === 0) {
      deaf.write(Buffer.alloc(1_048_576));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(seen.overdrawn).toEqual(['1 unread']);
    expect(link.backlog).toBe(0);
    socket.destroy();
  });

  it.each([
    ['links', { maxLinks: 1 }],
    ['links-per-source', { maxLinksPerSource: 1 }],
  ])('closes one more than its bound on %s, and serves the first on', async (limit, bounds) => {
    const { server, dial, seen } = await echo(bounds);
    const first = dial();
    first.write('x');
    await once(first, 'data');
    const second = dial();
    second.on('error', () => {}); // `once` would take it for its own
    await new Promise((resolve) => second.on('close', resolve));
    expect(seen.refused).toEqual([limit]);
    first.write('y');
    const [answer] = (await once(first, 'data')) as [Buffer];
    expect(answer.toString()).toBe('y');
    first.destroy();
    await vi.waitFor(() => expect(server.links).toBe(0));
    const third = dial();
    third.write('z');
    await once(third, 'data');
    third.destroy();
  });

  it('says which port it got, and refuses one that is taken', async () => {
    const { server } = await echo();
    const taken = nodeStreams.listen(
      { address: '127.0.0.1', port: server.local.port, maxLinks: 1, maxLinksPerSource: 1 },
      () => ({ received: () => {}, closed: () => {} }),
    );
    await expect(taken).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('connects, too', async () => {
    const { server } = await echo();
    const heard = await new Promise<string>((resolve, reject) => {
      nodeStreams
        .connect(server.local, {}, (link) => {
          link.write(Buffer.from('hello'));
          return {
            received: (bytes) => {
              resolve(bytes.toString());
              link.destroy();
            },
            closed: () => {},
          };
        })
        .catch(reject);
    });
    expect(heard).toBe('hello');
  });
});
