import dgram from 'node:dgram';
import { describe, expect, it } from 'vitest';
import type { DatagramSocket, Endpoint } from '../../src/net/ports.js';
import { nodeDatagrams } from '../../src/net/sockets/node-datagrams.js';
import { systemClock } from '../../src/net/system-clock.js';
import { UdpSockets } from '../../src/sip/transport/udp-sockets.js';
import { ManualClock } from '../support/manual-clock.js';
import { MemoryDatagrams } from '../support/memory-datagrams.js';

const PHONE = { address: '10.0.0.7', port: 5060 };

const opened = async (addresses: string[], address = '0.0.0.0') => {
  const network = new MemoryDatagrams();
  network.addresses = addresses;
  const clock = new ManualClock();
  const sockets = new UdpSockets(network, clock, (bytes, from, socket) => socket.send(bytes, 0, bytes.length, from));
  await sockets.open(address, 5060);
  const heardBy: string[] = [];
  const phone = await network.open(PHONE, (_bytes, from) => heardBy.push(`${from.address}:${from.port}`));
  const ask = (to: string): string | undefined => {
    phone.send(Buffer.from('x'), 0, 1, { address: to, port: 5060 });
    return heardBy.pop();
  };
  /** Addresses are looked at, and sockets opened, in turns of their own. */
  const look = async (): Promise<void> => {
    clock.advance(5_000);
    for (let count = 0; count < 10; count += 1) await Promise.resolve();
  };
  return { network, clock, sockets, ask, look };
};

const at = (socket: DatagramSocket | undefined): string | undefined => socket?.local.address;

describe('the sockets of a service on every address', () => {
  it('answer from the address that was asked', async () => {
    const { ask, sockets } = await opened(['127.0.0.1', '10.0.0.1', '192.168.1.1']);
    expect(sockets.all.map(({ local }) => local)).toEqual([
      { address: '127.0.0.1', port: 5060 },
      { address: '10.0.0.1', port: 5060 },
      { address: '192.168.1.1', port: 5060 },
    ]);
    for (const address of ['10.0.0.1', '192.168.1.1', '127.0.0.1']) expect(ask(address)).toBe(`${address}:5060`);
    await sockets.close();
  });

  it('follow the addresses of the machine', async () => {
    const { network, ask, sockets, look, clock } = await opened(['127.0.0.1', '10.0.0.1']);
    network.addresses = ['127.0.0.1', '10.0.0.2'];
    await look();
    expect([ask('10.0.0.1'), ask('10.0.0.2')]).toEqual([undefined, '10.0.0.2:5060']);
    network.addresses = ['127.0.0.1'];
    await look();
    expect(ask('10.0.0.2')).toBeUndefined();
    await sockets.close();
    expect([network.openSockets, clock.armed]).toEqual([1, 0]);
  });

  it('speak to another node from the one that it knows, else from one that reaches it', async () => {
    const { sockets } = await opened(['127.0.0.1', '10.0.0.1', '192.168.1.1']);
    const peer = { address: '192.168.1.2', port: 5060 };
    expect(at(sockets.towards(peer, '192.168.1.1'))).toBe('192.168.1.1');
    expect(at(sockets.towards(peer, '203.0.113.5'))).toBe('10.0.0.1');
    expect(at(sockets.towards({ address: '127.0.0.1', port: 5062 }, undefined))).toBe('127.0.0.1');
    await sockets.close();
    expect(sockets.towards(peer, undefined)).toBeUndefined();
  });

  it('are one where an address is given, which nobody looks after', async () => {
    const { sockets, clock, ask } = await opened(['127.0.0.1', '10.0.0.1'], '10.0.0.1');
    expect([ask('10.0.0.1'), ask('127.0.0.1'), clock.armed]).toEqual(['10.0.0.1:5060', undefined, 0]);
    await sockets.close();
  });
});

describe('every loopback address', () => {
  const asks = (asked: string, uri = `sip:${asked}`): Buffer =>
    Buffer.from(`OPTIONS ${uri} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bK1\r\n\r\n`);

  const opened = async () => {
    const heardAt: string[] = [];
    const sockets = new UdpSockets(nodeDatagrams, systemClock, (bytes, from, socket) => {
      heardAt.push(socket.local.address);
      socket.send(bytes, 0, bytes.length, from);
    });
    await sockets.open('0.0.0.0', 0);
    const { port } = sockets.all[0]?.local ?? { port: 0 };
    return { sockets, heardAt, port };
  };

  /** What answers a datagram to `to`: its address. A client that is connected hears nobody else. */
  const answererOf = async (to: Endpoint, bytes: Buffer, connected = true): Promise<string> => {
    const client = dgram.createSocket('udp4');
    if (connected) await new Promise<void>((resolve) => client.connect(to.port, to.address, resolve));
    const answered = new Promise<string>((resolve) =>
      client.once('message', (_bytes, { address }) => resolve(address)),
    );
    if (connected) client.send(bytes);
    else client.send(bytes, to.port, to.address);
    const address = await answered;
    client.close();
    return address;
  };

  it('is heard on 0.0.0.0, and answers come from the one that was asked', async () => {
    const { sockets, heardAt, port } = await opened();
    for (const address of ['127.0.0.1', '127.0.0.2', '127.0.0.2', '127.9.8.7'])
      expect(await answererOf({ address, port }, asks(address))).toBe(address);
    expect(heardAt).toEqual(['127.0.0.1', '127.0.0.2', '127.0.0.2', '127.9.8.7']);
    await sockets.close();
  });

  it('is answered for by 127.0.0.1 where the request does not say which was asked', async () => {
    const { sockets, port } = await opened();
    for (const uri of ['sip:lab.test', 'sip:127.0.0.1', 'sip:127.0.0.999'])
      expect(await answererOf({ address: '127.0.0.3', port }, asks('', uri), false)).toBe('127.0.0.1');
    await sockets.close();
  });

  it('is heard in a bounded number of sockets of its own', async () => {
    const { sockets, port } = await opened();
    const wildcard = { address: '127.1.0.1', port };
    for (let last = 1; last <= 40; last += 1) await answererOf(wildcard, asks('', `sip:127.2.0.${last}`), false);
    const own = await Promise.all(
      Array.from({ length: 40 }, (_, last) => {
        const address = `127.2.0.${last + 1}`;
        return answererOf({ address, port }, asks(address), false);
      }),
    );
    expect(own.filter((address) => address !== '127.0.0.1')).toHaveLength(32);
    await sockets.close();
  });

  it('leaves no way for two services to have one port', async () => {
    const { sockets, port } = await opened();
    for (const address of ['0.0.0.0', '127.0.0.1']) {
      const second = new UdpSockets(nodeDatagrams, systemClock, () => {});
      await expect(second.open(address, port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
      await second.close();
    }
    await sockets.close();
  });
});
