import { randomBytes } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import net from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BindError } from '../../src/core/errors.js';
import { milliseconds } from '../../src/core/time.js';
import { MAX_PENDING } from '../../src/http/bounded-server.js';
import { openFileServer } from '../../src/http/file-server.js';
import { systemClock } from '../../src/net/system-clock.js';
import { exchange, type RunningFileServer, serve } from './file-server-harness.js';

let served: RunningFileServer;
const CONFIG = Buffer.from('<device/>'.repeat(800));
const LOAD = randomBytes(5_000_000);

beforeEach(async () => {
  served = await serve();
  served.source.files.set('SEP005056A1033D.cnf.xml', CONFIG);
  served.source.files.set('big.sbn', LOAD);
  served.source.files.set('empty.xml', Buffer.alloc(0));
  served.source.slow.add('big.sbn');
});
afterEach(async () => {
  await served.server.close();
  expect(served.source.open_).toBe(0);
});

const fetched = async (name: string, init: RequestInit = {}) => {
  const response = await fetch(`${served.url}/${name}`, init);
  return { response, bytes: Buffer.from(await response.arrayBuffer()) };
};

/** Facts come when the answer has left, which may be a turn after the client has it. */
const told = async (count: number) => {
  while (served.probe.of('http.file').length < count) await turn();
  return served.probe.of('http.file');
};

describe('a file over HTTP', () => {
  it.each(['SEP005056A1033D.cnf.xml', 'big.sbn', 'empty.xml'])('%s arrives as it is', async (name) => {
    const { response, bytes } = await fetched(name);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    expect(bytes.equals(served.source.files.get(name) as Buffer)).toBe(true);
    const [fact] = await told(1);
    expect(fact).toMatchObject({ method: 'GET', file: name, status: 200, outcome: 'served', octets: bytes.length });
    expect(fact).toMatchObject({ device: 'ipctest2', context: { connection: 1, sequence: 1, address: '127.0.0.1' } });
  });

  it('is told of when it is asked for, before it is looked for, and once more when it has left', async () => {
    await fetched('no%20such.xml');
    await told(1);
    expect(served.probe.types()).toEqual(['http.request', 'http.file']);
    const [asked] = served.probe.of('http.request');
    expect(asked).toMatchObject({ method: 'GET', file: 'no such.xml', context: { sequence: 1 } });
    expect(served.probe.of('http.file')[0]?.context).toEqual(asked?.context);
  });

  it('is published by its canonical name where it is missing, beside the name that the client sent', async () => {
    served.source.canonicalNames.set('ctlfile.TLV', 'CTLFile.tlv');
    await fetched('ctlfile.TLV');
    expect((await told(1))[0]).toMatchObject({ file: 'CTLFile.tlv', asked: 'ctlfile.TLV', status: 404 });
  });

  it('is described by HEAD, with no octet of it', async () => {
    const text = await exchange(served.port, 'HEAD /big.sbn HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(text).toContain('Content-Length: 5000000\r\n');
    expect(text.split('\r\n\r\n')[1]).toBe('');
    expect((await told(1))[0]).toMatchObject({ method: 'HEAD', octets: 0, outcome: 'served' });
  });

  it('is given in part, and the part is named', async () => {
    const { response, bytes } = await fetched('big.sbn', { headers: { Range: 'bytes=100000-299999' } });
    expect(response.status).toBe(206);
    expect(response.headers.get('content-range')).toBe('bytes 100000-299999/5000000');
    expect(bytes.equals(LOAD.subarray(100_000, 300_000))).toBe(true);
  });

  it('is given whole where a part is asked for on a condition that cannot be judged', async () => {
    const { response, bytes } = await fetched('empty.xml', { headers: { Range: 'bytes=0-1', 'If-Range': '"x"' } });
    expect([response.status, bytes.length]).toEqual([200, 0]);
  });

  it('is refused 416 where it has no such octets', async () => {
    const { response } = await fetched('big.sbn', { headers: { Range: 'bytes=5000000-' } });
    expect(response.status).toBe(416);
    expect(response.headers.get('content-range')).toBe('bytes */5000000');
  });

  it('is refused 404 where it is missing, and a trust list is told as harmless', async () => {
    expect((await fetched('no.xml')).response.status).toBe(404);
    expect((await fetched('CTLFile.tlv')).response.status).toBe(404);
    const facts = await told(2);
    expect(facts.map(({ outcome, harmless }) => [outcome, harmless])).toEqual([
      ['refused', false],
      ['refused', true],
    ]);
  });

  it('is decoded once on its way to the source', async () => {
    await fetched('..%252f%2e%2e%2Fetc/passwd');
    expect(served.source.requested).toEqual(['..%2f../etc/passwd']);
  });

  it.each([
    ['POST', 'Content-Length: 3\r\n', 'abc'],
    ['PUT', 'Transfer-Encoding: chunked\r\n', '3\r\nabc\r\n0\r\n\r\n'],
    ['DELETE', '', ''],
    ['OPTIONS', '', ''],
  ])('is not for %s', async (method, headers, body) => {
    const text = await exchange(served.port, `${method} /x HTTP/1.1\r\nHost: x\r\n${headers}\r\n${body}`, {
      end: true,
    });
    expect(text).toMatch(/^HTTP\/1\.1 405 Method Not Allowed\r\nAllow: GET, HEAD\r\n/);
    expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  it('is answered 500 where it cannot be opened', async () => {
    expect((await fetched('broken.xml')).response.status).toBe(500);
  });

  it('breaks off where it cannot be read to its end, since its length is promised', async () => {
    served.source.failsAfter = 1_000_000;
    await expect(fetched('big.sbn')).rejects.toThrow();
    expect((await told(1))[0]).toMatchObject({ outcome: 'failed', status: 200 });
  });

  it('comes as many times over one connection as may be pipelined', async () => {
    const request = 'GET /SEP005056A1033D.cnf.xml HTTP/1.1\r\nHost: x\r\n\r\n';
    const last = 'GET /empty.xml HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    const text = await exchange(served.port, request.repeat(MAX_PENDING - 1) + last);
    expect(text.split(CONFIG.toString())).toHaveLength(MAX_PENDING);
    expect(new Set((await told(MAX_PENDING)).map(({ context }) => context.connection)).size).toBe(1);
  });

  it('comes to a client without a Host header, and to one of HTTP/1.0', async () => {
    const plain = await exchange(served.port, 'GET /empty.xml HTTP/1.0\r\n\r\n');
    expect(plain).toMatch(/^HTTP\/1\.1 200 OK/);
    const hostless = await exchange(served.port, 'GET /empty.xml HTTP/1.1\r\nConnection: close\r\n\r\n');
    expect(hostless).toMatch(/^HTTP\/1\.1 200 OK/);
  });

  it('waits for a slow reader without being read ahead of it', async () => {
    const socket = net.connect(served.port, '127.0.0.1');
    socket.pause();
    const huge = Buffer.alloc(64_000_000, 1);
    let read = 0;
    const open = served.source.open.bind(served.source);
    served.source.files.set('huge.bin', huge);
    served.source.open = (name: string) => {
      const answer = open(name);
      if (answer instanceof Promise || !answer.found) return answer;
      const { content } = answer;
      return {
        ...answer,
        content: {
          ...content,
          read: (offset, length) => {
            read += length;
            return content.read(offset, length);
          },
        },
      };
    };
    socket.write('GET /huge.bin HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    await once(socket, 'connect');
    while (read === 0) await turn();
    for (let before = 0; before !== read; ) {
      before = read;
      for (let count = 0; count < 200; count += 1) await turn();
    }
    expect(read).toBeLessThan(16_000_000); // what the kernel's buffers take
    let received = 0;
    socket.on('data', (bytes: Buffer) => {
      received += bytes.length;
    });
    socket.resume();
    await once(socket, 'close');
    expect(received).toBeGreaterThan(huge.length);
  });

  it('is closed when its reader goes away', async () => {
    const request = get(`${served.url}/big.sbn`, (response) => {
      response.once('data', () => request.destroy());
    });
    request.on('error', () => {});
    expect((await told(1))[0]).toMatchObject({ outcome: 'failed' });
    expect(served.source.open_).toBe(0);
  });
});

describe('what is no HTTP', () => {
  it.each([
    ['garbage', Buffer.from('16030100fa010000f6', 'hex'), 400],
    ['a TFTP request', Buffer.from('\0\u0001ring.xml\0octet\0'), 400],
    ['two lengths', Buffer.from('GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'), 400],
    [
      'a length and chunks',
      Buffer.from('GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n'),
      400,
    ],
    ['a header without end', Buffer.from(`GET / HTTP/1.1\r\nX: ${'y'.repeat(20_000)}`), 431],
    ['half a request', Buffer.from('GET /ri'), 400],
  ])('%s is answered, told with its bytes, and hurts nobody', async (_, bytes, status) => {
    const text = await exchange(served.port, bytes, { end: true });
    expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    const [fact] = served.probe.of('http.malformed');
    expect(fact).toMatchObject({ service: 'HTTP', status, address: '127.0.0.1' });
    expect(fact?.bytes.length).toBeLessThanOrEqual(128);
    expect((await fetched('empty.xml')).response.status).toBe(200);
  });

  it('is told without its password, which may have blanks', async () => {
    const asked =
      'GET /phone/authenticate?password=my s3cret&UserID=u HTTP/1.1\r\nAuthorization: Basic czNjcmV0\r\n\r\n';
    await exchange(served.port, asked, { end: true });
    const said = Buffer.from(served.probe.of('http.malformed')[0]?.bytes ?? '', 'hex').toString();
    expect(said).toBe('GET /phone/authenticate?password=xxx HTTP/1.1\r\nAuthorization: xxx'.slice(0, 64));
  });

  it('is told without its password where it is a request for a file of a broken name', async () => {
    await exchange(served.port, 'GET /a%zz?password=s3cret HTTP/1.1\r\nHost: x\r\n\r\n', { end: true });
    expect(served.probe.of('http.request')).toMatchObject([{ file: 'a%zz' }]);
    expect(served.probe.of('http.file')).toMatchObject([{ file: 'a%zz', status: 400 }]);
  });

  it('is called by its name where it is TLS', async () => {
    await exchange(served.port, Buffer.from('16030101fc010001f80303', 'hex'), { end: true });
    expect(served.probe.of('http.malformed')[0]?.reason).toBe('this is TLS, not HTTP');
  });

  it('does not break into the answer before it', async () => {
    const text = await exchange(served.port, 'GET /big.sbn HTTP/1.1\r\nHost: x\r\n\r\nrubbish\r\n\r\n');
    expect(text.match(/HTTP\/1\.1/g) ?? []).toHaveLength(text === '' ? 0 : 1);
  });
});

describe('the bounds of the file server', () => {
  it('drop a peer that does not finish its headers', async () => {
    const slow = await serve({ headersWithin: milliseconds(100), requestWithin: milliseconds(100) });
    const text = await exchange(slow.port, 'GET /x HTTP/1.1\r\nX-Slow: ');
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
    await slow.server.close();
  });

  it('drop a peer that says nothing, after an answer and without one', async () => {
    const slow = await serve({
      headersWithin: milliseconds(100),
      requestWithin: milliseconds(100),
      keptAlive: milliseconds(50),
      idle: milliseconds(150),
    });
    await exchange(slow.port, '');
    await exchange(slow.port, 'GET /x HTTP/1.1\r\nHost: x\r\n\r\n');
    while (slow.server.connections > 0) await turn();
    await slow.server.close();
  });

  it('drop a reader that takes nothing', async () => {
    const slow = await serve({ idle: milliseconds(100) });
    slow.source.files.set('big.sbn', Buffer.alloc(64_000_000));
    const socket = net.connect(slow.port, '127.0.0.1');
    socket.pause();
    socket.on('error', () => {});
    socket.write('GET /big.sbn HTTP/1.1\r\nHost: x\r\n\r\n');
    while (slow.probe.of('http.file').length === 0) await turn();
    expect(slow.probe.of('http.file')[0]).toMatchObject({ outcome: 'failed' });
    expect(slow.source.open_).toBe(0);
    socket.destroy();
    await slow.server.close();
  });

  it('refuse connections over the limit of one source, and no other source notices', async () => {
    const small = await serve({ connectionsPerSource: 3 });
    small.source.files.set('ring.xml', CONFIG);
    const held = [1, 2, 3].map(() => net.connect({ host: '127.0.0.1', port: small.port, localAddress: '127.0.0.2' }));
    await Promise.all(held.map((socket) => once(socket, 'connect')));
    while (small.server.connections < 3) await turn();
    for (let count = 0; count < 50; count += 1)
      expect(await exchange(small.port, 'GET /ring.xml HTTP/1.1\r\n\r\n', { localAddress: '127.0.0.2' })).toBe('');
    const other = await exchange(small.port, 'GET /ring.xml HTTP/1.0\r\n\r\n');
    expect(other).toContain(CONFIG.toString());
    for (const socket of held) socket.destroy();
    await small.server.close();
    const facts = small.probe.of('http.throttled');
    expect(facts.reduce((sum, { count }) => sum + count, 0)).toBe(50);
    expect(facts[0]).toMatchObject({ service: 'HTTP', address: '127.0.0.2', limit: '3 connections per source' });
  });

  it('refuse connections over the limit of all', async () => {
    const small = await serve({ connections: 2 });
    const held = [2, 3].map((last) =>
      net.connect({ host: '127.0.0.1', port: small.port, localAddress: `127.0.0.${last}` }),
    );
    await Promise.all(held.map((socket) => once(socket, 'connect')));
    while (small.server.connections < 2) await turn();
    expect(await exchange(small.port, 'GET / HTTP/1.1\r\n\r\n')).toBe('');
    for (const socket of held) socket.destroy();
    await small.server.close();
    expect(small.probe.of('http.throttled')).toMatchObject([{ address: undefined, limit: '2 connections' }]);
  });

  it('answer 503 where too much is being served, with when to come again', async () => {
    const small = await serve({ serving: 1 });
    small.source.files.set('big.sbn', Buffer.alloc(64_000_000));
    const socket = net.connect(small.port, '127.0.0.1');
    socket.pause();
    socket.on('error', () => {});
    socket.write('GET /big.sbn HTTP/1.1\r\nHost: x\r\n\r\n');
    while (small.source.open_ === 0) await turn();
    const text = await exchange(small.port, 'GET /x HTTP/1.0\r\n\r\n');
    expect(text).toMatch(/^HTTP\/1\.1 503 .*\r\nRetry-After: 1\r\n/);
    socket.destroy();
    await small.server.close();
  });
});

describe('requests that nobody waits for the answers of', () => {
  const GET_CONFIG = 'GET /SEP005056A1033D.cnf.xml HTTP/1.1\r\n\r\n';

  it('cost a connection what it has in hand, and nothing is made of those behind', async () => {
    expect(await exchange(served.port, GET_CONFIG.repeat(1_500))).toBe('');
    await served.server.close();
    expect(served.source.requested).toEqual([]);
    expect(served.probe.of('http.throttled')).toMatchObject([
      { service: 'HTTP', address: '127.0.0.1', limit: `${MAX_PENDING} requests in hand on a connection`, count: 1 },
    ]);
  });

  it('are not even read beyond those, though node has them all in one piece', async () => {
    const made: unknown[] = [];
    const count = ({ request }: { readonly request?: unknown }) => made.push(request);
    const created = 'http.server.request.start';
    subscribe(created, count as never);
    await exchange(served.port, GET_CONFIG.repeat(1_500));
    unsubscribe(created, count as never);
    expect(made.length).toBeLessThanOrEqual(MAX_PENDING + 1);
  });

  it('cost their source the rest of that second, and no other source', async () => {
    const from = (localAddress: string, text: string) => exchange(served.port, text, { localAddress });
    expect(await from('127.0.0.2', GET_CONFIG.repeat(100))).toBe('');
    expect(await from('127.0.0.2', 'GET /empty.xml HTTP/1.0\r\n\r\n')).toBe('');
    expect(await from('127.0.0.3', 'GET /empty.xml HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /);
    while (served.probe.of('http.throttled').length === 0) await turn();
    expect(await from('127.0.0.2', 'GET /empty.xml HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /);
    expect(served.probe.of('http.throttled')).toMatchObject([{ address: '127.0.0.2', count: 2 }]);
  });

  it('are answered one after the other: one file is open for a reader that takes nothing', async () => {
    served.source.files.set('big.sbn', Buffer.alloc(64_000_000));
    const socket = net.connect(served.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.pause();
    socket.write('GET /big.sbn HTTP/1.1\r\n\r\n'.repeat(MAX_PENDING));
    while (served.source.open_ === 0) await turn();
    for (let turns = 0; turns < 50; turns += 1) await turn();
    expect(served.source.open_).toBe(1);
    socket.destroy();
    while (served.source.open_ > 0) await turn();
  });

  it('leave no place taken when their connection goes', async () => {
    const small = await serve({ serving: 2 });
    small.source.files.set('big.sbn', Buffer.alloc(64_000_000));
    small.source.files.set('ring.xml', CONFIG);
    for (let round = 0; round < 4; round += 1) {
      const socket = net.connect(small.port, '127.0.0.1');
      socket.pause();
      socket.write('GET /big.sbn HTTP/1.1\r\n\r\n'.repeat(4));
      while (small.source.open_ === 0) await turn();
      socket.destroy();
      while (small.source.open_ > 0 || small.server.connections > 0) await turn();
    }
    expect(await exchange(small.port, 'GET /ring.xml HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /);
    await small.server.close();
  });

  it('are answered 429 beyond so many of one source in a second, and other sources are served', async () => {
    const small = await serve({ requestsPerSecond: 3 });
    small.source.files.set('ring.xml', CONFIG);
    const ring = 'GET /ring.xml HTTP/1.1\r\n\r\n';
    const texts = [];
    for (let count = 0; count < 10; count += 1)
      texts.push(await exchange(small.port, 'GET /ring.xml HTTP/1.0\r\n\r\n', { localAddress: '127.0.0.2' }));
    expect(texts.filter((text) => text.startsWith('HTTP/1.1 200 ')).length).toBeGreaterThanOrEqual(3);
    const refused = await exchange(small.port, ring.repeat(MAX_PENDING), { localAddress: '127.0.0.2' });
    expect(refused).toMatch(/^HTTP\/1\.1 429 .*\r\n(?:.+\r\n)*Retry-After: 1\r\n(?:.+\r\n)*Connection: close\r\n/m);
    expect(await exchange(small.port, 'GET /ring.xml HTTP/1.0\r\n\r\n')).toContain(CONFIG.toString());
    await small.server.close();
    const told = small.probe.of('http.throttled').filter(({ limit }) => limit === '3 requests per second');
    expect(told[0]).toMatchObject({ service: 'HTTP', address: '127.0.0.2' });
  });

  it('are left out of the traces beyond so many in a second, and counted', async () => {
    const small = await serve({}, { tracedPerSecond: 2 });
    const asked = 12;
    for (let count = 0; count < asked; count += 1) await exchange(small.port, 'GET /no HTTP/1.0\r\n\r\n');
    await small.server.close();
    const facts = small.probe.of('http.request');
    expect(facts).toHaveLength(asked);
    expect(facts.filter(({ context }) => context.untraced !== true).length).toBeLessThan(asked);
  });
});

describe('the life of the file server', () => {
  it('says which port cannot be had, and what helps', async () => {
    const source = served.source;
    const options = {
      address: '127.0.0.1',
      port: served.port,
      source,
      clock: systemClock,
      bus: served.probe.bus,
    };
    await expect(openFileServer(options)).rejects.toThrow(BindError);
    await expect(openFileServer(options)).rejects.toThrow(/HTTP on 127\.0\.0\.1:\d+: the port is in use/);
  });

  it('ends what is open when it closes', async () => {
    const one = await serve();
    const agent = new Agent({ keepAlive: true });
    const request = get(`http://127.0.0.1:${one.port}/x`, { agent });
    const [response] = await once(request, 'response');
    response.resume();
    await one.server.close();
    expect(one.server.connections).toBe(0);
    agent.destroy();
  });
});
