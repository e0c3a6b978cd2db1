// What taps are told by real sockets.

import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { parseWallTime, type WallTime } from '../../src/core/time.js';
import type { DatagramTap, StreamHandler, StreamLink, StreamTap, TappedEnd } from '../../src/net/ports.js';
import { nodeDatagrams } from '../../src/net/sockets/node-datagrams.js';
import { nodeStreams } from '../../src/net/sockets/node-streams.js';
import { tapConnection } from '../../src/net/sockets/socket-tap.js';
import { tappedDatagrams, tappedInterfaces, tappedStreams } from '../../src/net/sockets/tapped-networks.js';
import { selfSignedIdentity } from '../../src/security/certificate.js';
import { eventually } from '../support/daemon.js';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A place for a tap that writes down what it is told. */
const streamTaps = () => {
  const told: string[] = [];
  const tap: StreamTap = {
    onOpened: ({ cipher }) => told.push(`opened ${cipher?.split(',')[0] ?? 'clear'}`),
    onReceived: (_, bytes) => told.push(`< ${bytes.toString('latin1')}`),
    onSent: (_, octets) => told.push(`> ${typeof octets === 'string' ? octets : octets.toString('latin1')}`),
    onClosed: (_, end) => told.push(end),
  };
  return { told, point: { tap: tap as StreamTap | undefined }, tap };
};

const HOST = '127.0.0.1';
const identity = () =>
  selfSignedIdentity({
    ...{ commonName: 'CM1', organization: 'Lab', alternatives: [HOST] },
    notBefore: parseWallTime('2020-01-01T00:00:00Z') as WallTime,
    notAfter: parseWallTime('2046-01-01T00:00:00Z') as WallTime,
  });
const LIMITS = { address: HOST, port: 0, maxLinks: 10, maxLinksPerSource: 10 };

describe('the tap of streams', () => {
  /** A server that answers each piece with `to` and it, and the link of the last client. */
  const served = async (taps = streamTaps(), secure = false) => {
    let link: StreamLink | undefined;
    const network = tappedStreams(nodeStreams, () => taps.point);
    const tls = secure ? { tls: identity() } : {};
    const server = await network.listen({ ...LIMITS, ...tls }, (opened): StreamHandler => {
      link = opened;
      return { received: (bytes) => opened.write(Buffer.concat([Buffer.from('to '), bytes])), closed: () => {} };
    });
    closing.push(() => server.close());
    return { ...taps, server, link: () => link as StreamLink };
  };
  const client = async (port: number, secure = false): Promise<{ link: StreamLink; heard: string[] }> => {
    const heard: string[] = [];
    const link = await nodeStreams.connect({ address: HOST, port }, secure ? { tls: {} } : {}, () => ({
      received: (bytes) => heard.push(bytes.toString()),
      closed: () => heard.push('closed'),
    }));
    return { link, heard };
  };

  it.each([
    [false, 'clear'],
    [true, 'TLSv1.3'],
  ])('is told of everything in its order, in clear (TLS: %s)', async (secure, cipher) => {
    const { told, server } = await served(streamTaps(), secure);
    const { link, heard } = await client(server.local.port, secure);
    link.write('one');
    await eventually(() => expect(heard).toEqual(['to one']));
    link.write('two');
    await eventually(() => expect(heard).toEqual(['to one', 'to two']));
    link.end();
    await eventually(() =>
      expect(told).toEqual([`opened ${cipher}`, '< one', '> to one', '< two', '> to two', 'ended-by-peer']),
    );
  });

  it('is told of connections that are opened from here, too', async () => {
    const { server } = await served();
    const { told, point } = streamTaps();
    const network = tappedStreams(nodeStreams, () => point);
    const link = await network.connect({ address: HOST, port: server.local.port }, {}, () => ({
      received: () => link.end(),
      closed: () => {},
    }));
    link.write('one');
    await eventually(() => expect(told.slice(0, 3)).toEqual(['opened clear', '> one', '< to one']));
  });

  it('is told of several writes of one turn as of one', async () => {
    const { told, server, link } = await served();
    await client(server.local.port);
    await eventually(() => expect(told).toEqual(['opened clear']));
    link().write('a');
    link().write(Buffer.from('b'));
    link().write('c');
    await eventually(() => expect(told).toEqual(['opened clear', '> abc']));
  });

  it.each([
    ['ended-here', (here: StreamLink) => here.end()],
    ['reset-here', (here: StreamLink) => here.destroy()],
    ['reset-by-peer', (_: StreamLink, peer: StreamLink) => peer.destroy()],
    ['ended-by-peer', (_: StreamLink, peer: StreamLink) => peer.end()],
  ] as const)('is told how it ended: %s', async (end, act) => {
    const { told, server, link } = await served();
    const peer = await client(server.local.port);
    await eventually(() => expect(told).toHaveLength(1));
    act(link(), peer.link);
    await eventually(() => expect(told[1]).toBe(end satisfies TappedEnd));
    peer.link.end();
  });

  it('can come and go', async () => {
    const taps = streamTaps();
    taps.point.tap = undefined;
    const { told, server, tap } = await served(taps);
    const { link, heard } = await client(server.local.port);
    link.write('one');
    await eventually(() => expect(heard).toEqual(['to one']));
    taps.point.tap = tap;
    link.write('two');
    await eventually(() => expect(heard).toEqual(['to one', 'to two']));
    expect(told).toEqual(['< two', '> to two']);
  });
});

describe('the tap of a connection of node:http', () => {
  const served = async (on = true) => {
    const taps = streamTaps();
    if (!on) taps.point.tap = undefined;
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'Content-Length': 5 });
      response.end(Buffer.from('a file').subarray(1));
    });
    server.on('connection', (socket) => tapConnection(socket, taps.point));
    await new Promise<void>((done) => server.listen(0, HOST, done));
    closing.push(() => new Promise((done) => server.close(done)));
    return { ...taps, port: (server.address() as AddressInfo).port };
  };

  it('is told of requests and answers', async () => {
    const { told, port } = await served();
    const socket = connect(port, HOST);
    socket.write('GET /a HTTP/1.1\r\nHost: x\r\n\r\n');
    await eventually(() => expect(told.length).toBeGreaterThan(2));
    socket.end('GET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    await eventually(() => expect(told.at(-1)).toMatch(/^ended/));
    expect(told[0]).toBe('opened clear');
    expect(told.filter((one) => one.startsWith('< ')).join()).toContain('GET /b');
    const sent = told
      .filter((one) => one.startsWith('> '))
      .map((one) => one.slice(2))
      .join('');
    expect(sent.match(/HTTP\/1.1 200 OK[\s\S]+? file/g)).toHaveLength(2);
  });

  it('is not there where there is none', async () => {
    const { told, port } = await served(false);
    expect(await (await fetch(`http://${HOST}:${port}/`)).text()).toBe(' file');
    expect(told).toEqual([]);
  });
});

describe('the tap of datagrams', () => {
  const datagramTaps = () => {
    const told: string[] = [];
    const tap: DatagramTap = {
      onReceived: (bytes, from, local) => told.push(`< ${bytes} ${from.port} ${local.address}:${local.port}`),
      onSent: (bytes, offset, length, to, local) =>
        told.push(`> ${bytes.toString('latin1', offset, offset + length)} ${to.port} ${local.port}`),
    };
    return { told, point: { tap: tap as DatagramTap | undefined } };
  };

  it.each([undefined, 1500])('is told what is received and what is sent (largest: %s)', async (largest) => {
    const { told, point } = datagramTaps();
    const network = tappedDatagrams(nodeDatagrams, point);
    expect(network.localAddresses()).toEqual(nodeDatagrams.localAddresses());
    const options = { address: HOST, port: 0, ...(largest === undefined ? {} : { largest }) };
    const socket = await network.open(options, (bytes, from) =>
      socket.send(Buffer.from(`xx${bytes}`), 2, bytes.length, from),
    );
    closing.push(() => socket.close());
    const heard: string[] = [];
    const peer = await nodeDatagrams.open({ address: HOST, port: 0 }, (bytes) => heard.push(bytes.toString()));
    closing.push(() => peer.close());
    const { port } = socket.local;
    peer.send(Buffer.from('hello'), 0, 5, socket.local);
    await eventually(() => expect(heard).toEqual(['hello']));
    expect(told).toEqual([`< hello ${peer.local.port} ${HOST}:${port}`, `> hello ${peer.local.port} ${port}`]);
    point.tap = undefined;
    peer.send(Buffer.from('again'), 0, 5, socket.local);
    await eventually(() => expect(heard).toHaveLength(2));
    expect(told).toHaveLength(2);
  });

  it('of an interface is told of broadcasts as such', async () => {
    const { told, point } = datagramTaps();
    let hear: (to: string | undefined) => void = () => {};
    const network = tappedInterfaces(
      {
        open: async (_, handler) => {
          hear = (to) => handler.onReceived(Buffer.from('x'), { address: '0.0.0.0', port: 68 }, to);
          const about = { interface: 'eth1', addresses: ['10.0.0.1'], loopback: false, port: 67 };
          return { ...about, send: () => {}, close: async () => {} };
        },
      },
      point,
    );
    const socket = await network.open(
      { interface: 'eth1', port: 0, receiveBuffer: 1 },
      { onReceived: () => {}, onDrained: () => {} },
    );
    hear(undefined);
    hear('10.0.0.1');
    socket.send(Buffer.from('y'), '10.0.0.1', { address: '255.255.255.255', port: 68 });
    expect(told).toEqual(['< x 68 255.255.255.255:67', '< x 68 10.0.0.1:67', '> y 68 67']);
    expect([socket.interface, socket.addresses, socket.port, network.identityOf]).toEqual([
      'eth1',
      ['10.0.0.1'],
      67,
      undefined,
    ]);
  });
});
