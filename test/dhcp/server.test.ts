// The server with real sockets on the loopback interface, as the quick start runs it: no privileges, any port.

import dgram from 'node:dgram';
import { afterEach, describe, expect, it } from 'vitest';
import type { Instant } from '../../src/core/time.js';
import type { DeviceEvent } from '../../src/devices/events.js';
import { DeviceDatabase } from '../../src/devices/index.js';
import type { DhcpEvent } from '../../src/dhcp/events.js';
import { DhcpServer } from '../../src/dhcp/server.js';
import type { DhcpSettings } from '../../src/dhcp/settings.js';
import type { InterfaceHandler, InterfaceNetwork } from '../../src/net/ports.js';
import { nodeInterfaces } from '../../src/net/sockets/interface-sockets.js';
import { EventRecorder } from '../support/event-recorder.js';
import { ManualClock } from '../support/manual-clock.js';
import { MUTATED, MUTATIONS } from '../support/mutations.js';
import { mutated, seededRandom } from '../support/random.js';
import {
  aPool,
  aSubnet,
  ipText,
  LAPTOP,
  macNumber,
  message,
  option,
  PHONE,
  REFERENCE,
  type ReadReply,
  readReply,
  SERVER,
} from './harness.js';
import { MemoryLeaseFile } from './memory-lease-file.js';

const LOOPBACK: DhcpSettings = {
  ...REFERENCE,
  interfaces: ['lo'],
  port: 0,
  subnets: [aSubnet('127.0.0.0', 8, { ...aPool('127.1.0.1', '127.1.3.254'), option150: [ipText('127.0.0.1')] })],
};

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const serve = async (settings: DhcpSettings, network: InterfaceNetwork, file = new MemoryLeaseFile()) => {
  const probe = new EventRecorder<DhcpEvent | DeviceEvent>();
  const clock = new ManualClock();
  const devices = new DeviceDatabase(probe.bus);
  const server = new DhcpServer({ settings, network, file, devices, bus: probe.bus, clock });
  await server.open();
  closers.push(() => server.close());
  return { server, probe, clock, file, port: server.servedInterfaces[0]?.port ?? 0 };
};

/** A phone on loopback. */
class Phone {
  readonly #socket = dgram.createSocket('udp4');
  readonly #waiting = new Map<number, (reply: ReadReply) => void>();
  readonly #port: number;
  #xid = 0x1000;

  constructor(port: number) {
    this.#port = port;
    this.#socket.on('message', (bytes, from) => {
      const reply = readReply({ bytes, to: from });
      this.#waiting.get(reply.xid)?.(reply);
    });
    closers.push(() => new Promise((resolve) => this.#socket.close(() => resolve())));
  }

  send(bytes: Buffer): Promise<void> {
    return new Promise((resolve) => this.#socket.send(bytes, this.#port, '127.0.0.1', () => resolve()));
  }

  /** Sends and waits for the answer of the same transaction, asking again where one is lost. */
  async ask(type: 'DISCOVER' | 'REQUEST', wishes: Parameters<typeof message>[1] = {}): Promise<ReadReply> {
    const xid = this.#xid++;
    const answer = new Promise<ReadReply>((resolve) => this.#waiting.set(xid, resolve));
    const again = setInterval(() => void this.send(message(type, { xid, ...wishes })), 1000);
    await this.send(message(type, { xid, ...wishes }));
    const reply = await answer;
    clearInterval(again);
    this.#waiting.delete(xid);
    return reply;
  }
}

describe('the server on loopback', () => {
  it('leases an address without privileges, and answers to where the phone asks from', async () => {
    const { server, port, file } = await serve(LOOPBACK, nodeInterfaces());
    const phone = new Phone(port);
    const offer = await phone.ask('DISCOVER');
    expect([offer.yiaddr, offer.option(54), offer.option(150)]).toEqual(['127.1.0.1', '7f000001', '7f000001']);
    const ack = await phone.ask('REQUEST', { requested: offer.yiaddr, server: '127.0.0.1' });
    expect(ack.type).toBe('ACK');
    expect(file.content.toString()).toContain(`"address":"127.1.0.1","state":"bound","mac":"${PHONE}"`);
    const [lease] = server.leases();
    expect(lease).toMatchObject({ address: '127.1.0.1', state: 'bound', mac: PHONE, subnet: '127.0.0.0/8' });
    expect(server.leaseAt('127.1.0.1')?.mac).toBe(PHONE);
    expect(server.leaseAt('127.1.0.2')).toBeUndefined();
    expect(server.occupancy()).toEqual([{ subnet: '127.0.0.0/8', size: 1022, bound: 1, offered: 0 }]);
    expect(server.pools()).toEqual([
      {
        subnet: '127.0.0.0/8',
        ranges: ['127.1.0.1-127.1.3.254'],
        ...{ size: 1022, leased: 1, offered: 0, declined: 0, free: 1021, reserved: { size: 0, leased: 0 } },
      },
    ]);
    const nak = await phone.ask('REQUEST', { requested: '10.0.0.1' });
    expect(nak.type).toBe('NAK');
  });

  it(`stands ${MUTATED} mutated messages, answers phones among them, and loses no lease`, async () => {
    const { server, probe, port } = await serve(LOOPBACK, nodeInterfaces());
    const phone = new Phone(port);
    const offer = await phone.ask('DISCOVER');
    await phone.ask('REQUEST', { requested: offer.yiaddr, server: '127.0.0.1' });
    probe.clear();
    const random = seededRandom(2131);
    const more = [option(82, option(1, 'port')), option(57, [2, 64])];
    const seeds = [
      message('DISCOVER', { mac: macNumber(1), more }),
      message('DISCOVER', { mac: macNumber(2), giaddr: '127.0.0.9', clientId: '0102' }),
      message('REQUEST', { mac: macNumber(3), requested: '127.1.0.9', server: '127.0.0.1' }),
      message('REQUEST', { mac: macNumber(4), requested: '127.1.0.9' }),
      message('REQUEST', { mac: macNumber(5), ciaddr: '127.1.0.9' }),
      message('DECLINE', { mac: macNumber(6), requested: '127.1.0.9', server: '127.0.0.1' }),
      message('RELEASE', { mac: macNumber(7), ciaddr: '127.1.0.9', server: '127.0.0.1' }),
      message('INFORM', { mac: macNumber(8), ciaddr: '127.1.0.9', sname: Buffer.alloc(64, 12), more: [option(52, 2)] }),
    ];
    const BATCH = 125;
    for (let sent = 0; sent < MUTATIONS; sent += BATCH) {
      for (let count = 0; count < BATCH; count += 1)
        void phone.send(mutated(seeds[random.below(seeds.length)]!, random));
      const again = await phone.ask('REQUEST', { requested: offer.yiaddr });
      expect([again.type, again.yiaddr]).toEqual(['ACK', offer.yiaddr]);
      if (sent % 25_000 === 0) probe.clear();
    }
    const heard = [...server.counts.values()].reduce((total, { count }) => total + count, 0);
    expect(heard).toBeGreaterThan(0.99 * MUTATIONS);
    expect([...server.counts.values()].filter(({ decision }) => decision === 'malformed').length).toBeGreaterThan(3);
    expect(server.leaseAt(offer.yiaddr)?.mac).toBe(PHONE);
  }, 240_000);

  it('says what is in the way of opening', async () => {
    const { port } = await serve(LOOPBACK, nodeInterfaces());
    await expect(serve({ ...LOOPBACK, port }, nodeInterfaces())).rejects.toThrow(
      `DHCP on lo port ${port}: the port is in use by another program`,
    );
    await expect(serve({ ...LOOPBACK, interfaces: ['none0'] }, nodeInterfaces())).rejects.toThrow(
      /^DHCP on none0 port 0: this machine has no interface none0 with an IPv4 address; it has .*\blo\b/,
    );
  });
});

/** A wire in memory: what is sent is kept, what comes in is the test's. */
class MemoryWire implements InterfaceNetwork {
  readonly sent: ReadReply[] = [];
  readonly froms: string[] = [];
  closed = 0;
  handler: InterfaceHandler | undefined;

  async open({ interface: name, port }: { interface: string; port: number }, handler: InterfaceHandler) {
    this.handler = handler;
    return {
      interface: name,
      addresses: [SERVER],
      loopback: false,
      port,
      send: (bytes: Buffer, from: string, to: { address: string; port: number }) => {
        this.sent.push(readReply({ bytes, to }));
        this.froms.push(from);
      },
      close: async () => {
        this.closed += 1;
      },
    };
  }

  hear(bytes: Buffer, from = '0.0.0.0', to?: string): void {
    this.handler?.onReceived(bytes, { address: from, port: 68 }, to);
  }

  /** What left since the last time. */
  take(): string[] {
    return this.sent.splice(0).map(({ type, yiaddr }) => `${type} ${yiaddr}`);
  }
}

describe('the server', () => {
  const request = (mac: string, requested: string) => message('REQUEST', { mac, requested, server: SERVER });

  it('writes the leases of a turn in one go before any of their ACKs leaves', async () => {
    const wire = new MemoryWire();
    const { file } = await serve(REFERENCE, wire);
    wire.hear(message('DISCOVER'));
    wire.hear(message('DISCOVER', { mac: LAPTOP }));
    wire.handler?.onDrained();
    expect(wire.take()).toEqual(['OFFER 10.10.210.200', 'OFFER 10.10.210.201']);
    expect(file.appends).toBe(0);
    wire.hear(request(PHONE, '10.10.210.200'));
    wire.hear(request(LAPTOP, '10.10.210.201'));
    expect(wire.take()).toEqual([]);
    wire.handler?.onDrained();
    expect(file.appends).toBe(1);
    expect(wire.take()).toEqual(['ACK 10.10.210.200', 'ACK 10.10.210.201']);
    expect(wire.froms).toEqual([SERVER, SERVER, SERVER, SERVER]);
  });

  it('acknowledges nothing that it cannot write down, says so, and comes back by itself', async () => {
    const wire = new MemoryWire();
    const { file, probe, clock, server } = await serve(REFERENCE, wire);
    file.failure = new Error('ENOSPC: no space left on device');
    wire.hear(message('DISCOVER'));
    wire.hear(message('DISCOVER', { mac: LAPTOP }));
    wire.hear(request(PHONE, '10.10.210.200'));
    wire.handler?.onDrained();
    expect(wire.take()).toEqual(['OFFER 10.10.210.200', 'OFFER 10.10.210.201']);
    expect(probe.of('lease.file-failed')).toMatchObject([{ detail: 'ENOSPC: no space left on device' }]);
    expect(server.counts.get('silent not-saved')?.count).toBe(1);
    file.failure = undefined;
    clock.advance(1000);
    await new Promise((resolve) => setImmediate(resolve));
    expect(probe.of('lease.file-recovered')).toHaveLength(1);
    wire.hear(request(PHONE, '10.10.210.200'));
    wire.handler?.onDrained();
    expect(wire.take()).toEqual(['ACK 10.10.210.200']);
  });

  it('knows its leases again after a restart, and tells the device database of them', async () => {
    const file = new MemoryLeaseFile();
    const before = new MemoryWire();
    await serve(REFERENCE, before, file);
    before.hear(message('DISCOVER'));
    before.hear(request(PHONE, '10.10.210.200'));
    before.handler?.onDrained();
    await closers.pop()?.();
    expect(file.syncs).toBeGreaterThan(0);
    const after = new MemoryWire();
    const { probe } = await serve(REFERENCE, after, file);
    expect(probe.of('lease.file-read')).toMatchObject([{ detail: '1 leases in 1 lines, 0 of them damaged' }]);
    after.hear(message('REQUEST', { requested: '10.10.210.200' }));
    after.handler?.onDrained();
    expect(after.take()).toEqual(['ACK 10.10.210.200']);
  });

  it('says which leases it drops, for want of a subnet', async () => {
    const file = new MemoryLeaseFile();
    const before = new MemoryWire();
    await serve(REFERENCE, before, file);
    before.hear(message('DISCOVER'));
    before.hear(request(PHONE, '10.10.210.200'));
    before.handler?.onDrained();
    await closers.pop()?.();
    const { probe } = await serve({ ...REFERENCE, subnets: REFERENCE.subnets.slice(1) }, new MemoryWire(), file);
    expect(probe.of('lease.file-read')).toMatchObject([
      { detail: '0 leases in 1 lines, 0 of them damaged; dropped 1 of no configured subnet, such as 10.10.210.200' },
    ]);
  });

  it('lets another server win where its offers are to wait', async () => {
    const wire = new MemoryWire();
    const { clock, probe } = await serve({ ...REFERENCE, offerDelay: 500 as never }, wire);
    wire.hear(message('DISCOVER'));
    wire.handler?.onDrained();
    clock.advance(499);
    expect(wire.take()).toEqual([]);
    clock.advance(1);
    expect(wire.take()).toEqual(['OFFER 10.10.210.200']);
    expect(probe.of('dhcp.sent')).toMatchObject([{ kind: 'OFFER', at: clock.now() as Instant }]); // not when it was asked
  });

  it('tells of a lease that runs out though nobody says a word', async () => {
    const wire = new MemoryWire();
    const { clock, probe } = await serve(REFERENCE, wire);
    wire.hear(message('DISCOVER'));
    wire.hear(request(PHONE, '10.10.210.200'));
    wire.handler?.onDrained();
    clock.advance(8 * 86_400_000);
    expect(probe.of('lease.expired')).toMatchObject([{ address: '10.10.210.200', at: clock.now() as Instant }]);
  });

  it('takes other settings while it runs, and keeps its interfaces', async () => {
    const wire = new MemoryWire();
    const { server } = await serve(REFERENCE, wire);
    server.configure({ ...REFERENCE, interfaces: ['other'], port: 1, answer: 'known' });
    wire.hear(message('DISCOVER'));
    wire.handler?.onDrained();
    expect(wire.take()).toEqual([]);
    expect(server.servedInterfaces.map(({ name, port }) => `${name} ${port}`)).toEqual(['eth1 67']);
  });

  it('opens all of its interfaces or none', async () => {
    const wire = new MemoryWire();
    const half: InterfaceNetwork = {
      open: (options, handler) =>
        options.interface === 'eth2' ? Promise.reject(new Error('no eth2')) : wire.open(options, handler),
    };
    await expect(serve({ ...REFERENCE, interfaces: ['eth1', 'eth2'] }, half)).rejects.toThrow('no eth2');
    expect(wire.closed).toBe(1);
  });
});
