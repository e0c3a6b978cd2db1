// The DISCOVER of `labcm doctor`: through the socket of the server, as a relay, and from port 68.

import { describe, expect, it } from 'vitest';
import { after, type Clock } from '../../src/core/time.js';
import type { DeviceEvent } from '../../src/devices/events.js';
import { DeviceDatabase } from '../../src/devices/index.js';
import { discoverAsClient, discoverMessage, RelayedDiscovery } from '../../src/dhcp/discovery.js';
import type { DhcpEvent } from '../../src/dhcp/events.js';
import { DhcpMessage, parseMessage } from '../../src/dhcp/packet.js';
import { DhcpServer } from '../../src/dhcp/server.js';
import type { Endpoint, InterfaceHandler, InterfaceNetwork, InterfaceSocket } from '../../src/net/ports.js';
import { EventRecorder } from '../support/event-recorder.js';
import { ManualClock } from '../support/manual-clock.js';
import { seededRandom } from '../support/random.js';
import { message as clientMessage, REFERENCE } from './harness.js';
import { MemoryLeaseFile } from './memory-lease-file.js';

const OWN = 0x0a0ad20a;

const parsed = (bytes: Buffer): DhcpMessage => {
  const message = parseMessage(bytes);
  if (!(message instanceof DhcpMessage)) throw new Error(message.malformed);
  return message;
};

/** The answer of a server to a DISCOVER, its options in hexadecimal behind the cookie. */
const offerTo = (discover: Buffer, options: string, type = '350102'): Buffer => {
  const offer = Buffer.concat([Buffer.from(discover.subarray(0, 240)), Buffer.from(`${type}${options}ff`, 'hex')]);
  offer[0] = 2;
  offer.writeUInt32BE(0x0a0ad237, 16);
  offer.writeUInt32BE(0x0a0ad202, 20);
  return offer;
};

interface Sent {
  readonly bytes: Buffer;
  readonly from: string;
  readonly to: Endpoint;
}

const aSocket = (sent: Sent[], loopback = false): InterfaceSocket => ({
  interface: 'eth1',
  addresses: ['10.10.210.10'],
  loopback,
  port: 67,
  send: (bytes, from, to) => sent.push({ bytes, from, to }),
  close: async () => {},
});

describe('the DISCOVER', () => {
  const { bytes, xid } = discoverMessage(seededRandom(7), OWN);
  const message = parsed(bytes);

  it('is that of a 7962 that does not exist, passed on by this machine', () => {
    expect(message.type).toBe('DISCOVER');
    expect(message.xid).toBe(xid);
    expect(message.hops).toBe(1);
    expect(message.giaddr).toBe(OWN);
    expect(message.text(60)).toBe('Cisco Systems, Inc. IP Phone CP-7962G');
    expect([...(message.options.get(55) ?? [])].sort((one, other) => one - other)).toEqual([1, 3, 6, 15, 35, 66, 150]);
    expect(message.hardwareAddress.slice(0, 2)).toBe('02'); // locally administered
    expect(message.options.has(50)).toBe(false);
  });

  it('is another phone each time, and without a relay a broadcast of its own', () => {
    const other = parsed(discoverMessage(seededRandom(8)).bytes);
    expect(other.hardwareAddress).not.toBe(message.hardwareAddress);
    expect([other.hops, other.giaddr, other.flags]).toEqual([0, 0, 0x8000]);
  });
});

describe('through the server', () => {
  const begin = () => {
    const clock = new ManualClock();
    const sent: Sent[] = [];
    const discovery = new RelayedDiscovery(clock, seededRandom(1));
    return { clock, sent, discovery, ask: () => discovery.ask(aSocket(sent), OWN, 67) };
  };

  it('is broadcast once, and five seconds of offers are told with all their options', async () => {
    const { clock, sent, discovery, ask } = begin();
    const ending = ask();
    const [one] = sent;
    expect(one?.to).toEqual({ address: '255.255.255.255', port: 67 });
    expect(one?.from).toBe('10.10.210.10');
    const bytes = one?.bytes ?? Buffer.alloc(0);
    expect(discovery.isOwn(parsed(bytes))).toBe(true);
    discovery.receive(parsed(offerTo(bytes, '36040a0ad202960431302e31')), '10.10.210.2');
    discovery.receive(parsed(offerTo(bytes, '', '350106')), '10.10.210.3'); // a NAK
    const foreign = offerTo(bytes, '');
    foreign.writeUInt32BE(1, 4);
    discovery.receive(parsed(foreign), '10.10.210.4');
    clock.advance(5000);
    expect(await ending).toEqual({
      kind: 'heard',
      interface: 'eth1',
      giaddr: '10.10.210.10',
      offers: [
        {
          server: '10.10.210.2',
          from: '10.10.210.2',
          yiaddr: '10.10.210.55',
          siaddr: '10.10.210.2',
          options: { 53: '02', 54: '0a0ad202', 150: '31302e31' },
        },
      ],
    });
    expect(discovery.isOwn(parsed(bytes))).toBe(false);
    expect(sent).toHaveLength(1); // and never a REQUEST
  });

  it('is sent once a minute at most', async () => {
    const { clock, sent, ask } = begin();
    const first = ask();
    clock.advance(5000);
    await first;
    clock.advance(13_000);
    expect(await ask()).toEqual({ kind: 'refused', why: 'one a minute at most; the next one in 42 s' });
    clock.advance(42_000);
    void ask();
    expect(sent).toHaveLength(2);
  });

  it('a flood of offers is bounded', async () => {
    const { clock, sent, discovery, ask } = begin();
    const ending = ask();
    for (let count = 0; count < 1000; count += 1)
      discovery.receive(parsed(offerTo(sent[0]?.bytes ?? Buffer.alloc(0), '')), `10.0.0.${count % 250}`);
    clock.advance(5000);
    const found = await ending;
    expect(found.kind === 'heard' && found.offers.length).toBe(16);
  });

  it('waits no longer when the server closes', async () => {
    const { clock, discovery, ask } = begin();
    const ending = ask();
    discovery.close();
    expect(await ending).toMatchObject({ kind: 'heard', offers: [] });
    expect(clock.armed).toBe(0);
  });
});

describe('from port 68', () => {
  const options = (clock: Clock, open: InterfaceNetwork['open']) => ({
    network: { open },
    clock,
    random: seededRandom(1),
    interface: 'eth1',
  });

  it('tells what comes for it', async () => {
    const clock = new ManualClock();
    const sent: Sent[] = [];
    let handler: InterfaceHandler | undefined;
    const ending = discoverAsClient(
      options(clock, async ({ port }, given) => {
        expect(port).toBe(68);
        handler = given;
        return aSocket(sent);
      }),
    );
    await Promise.resolve();
    await Promise.resolve();
    const bytes = sent[0]?.bytes ?? Buffer.alloc(0);
    handler?.onReceived(offerTo(bytes, ''), { address: '10.10.210.3', port: 67 }, undefined);
    handler?.onReceived(Buffer.from('nonsense'), { address: '10.10.210.3', port: 67 }, undefined);
    clock.advance(5000);
    expect(await ending).toMatchObject({ kind: 'heard', offers: [{ server: '10.10.210.3', yiaddr: '10.10.210.55' }] });
    expect(sent.map(({ to }) => to)).toEqual([{ address: '255.255.255.255', port: 67 }]);
  });

  it('that cannot be had is refused with the reason; loopback too', async () => {
    const clock = new ManualClock();
    const refused = await discoverAsClient(
      options(clock, async () => {
        throw new Error('ports below 1024 need privileges');
      }),
    );
    expect(refused).toEqual({ kind: 'refused', why: 'ports below 1024 need privileges' });
    const loopback = await discoverAsClient(options(clock, async () => aSocket([], true)));
    expect(loopback).toEqual({ kind: 'refused', why: 'eth1 is loopback, where nobody else is' });
    expect(after(clock.now(), 0 as never)).toBe(clock.now());
  });
});

describe('a server that asks', () => {
  const serve = async (loopback = false) => {
    const sent: Sent[] = [];
    const clock = new ManualClock();
    const probe = new EventRecorder<DhcpEvent | DeviceEvent>();
    let handler: InterfaceHandler | undefined;
    const network: InterfaceNetwork = {
      open: async (_, given) => {
        handler = given;
        return aSocket(sent, loopback);
      },
    };
    const server = new DhcpServer({
      settings: { ...REFERENCE, interfaces: ['eth1'], port: 67, answer: 'all' },
      network,
      file: new MemoryLeaseFile(),
      devices: new DeviceDatabase(probe.bus),
      bus: probe.bus,
      clock,
      random: seededRandom(3),
    });
    await server.open();
    const hear = (bytes: Buffer, from = '10.10.210.2'): void => {
      handler?.onReceived(bytes, { address: from, port: 67 }, undefined);
      handler?.onDrained();
    };
    return { server, sent, clock, probe, hear };
  };

  it('does not answer its own broadcast, and reports the offer as that of no phone', async () => {
    const { server, sent, clock, probe, hear } = await serve();
    const ending = server.discover('eth1');
    const [discover] = sent;
    const bytes = discover?.bytes ?? Buffer.alloc(0);
    hear(bytes, '10.10.210.10');
    expect(sent).toHaveLength(1);
    expect(server.occupancy().every(({ offered }) => offered === 0)).toBe(true);
    hear(offerTo(bytes, '36040a0ad202'));
    clock.advance(5000);
    expect(await ending).toMatchObject({ kind: 'heard', offers: [{ server: '10.10.210.2' }] });
    expect(probe.events.filter(({ type }) => type === 'dhcp.other-offer')).toMatchObject([
      { server: '10.10.210.2', mac: '', device: undefined },
    ]);
    expect(server.relays).toEqual([]);
    await server.close();
  });

  it('refuses an interface that it does not serve, and loopback', async () => {
    const { server } = await serve();
    expect(await server.discover('eth9')).toEqual({ kind: 'refused', why: 'DHCP is not served on eth9' });
    await server.close();
    const other = await serve(true);
    expect(await other.server.discover('eth1')).toMatchObject({ kind: 'refused' });
    expect(await other.server.discover(undefined)).toMatchObject({ kind: 'refused' });
    expect(other.sent).toEqual([]);
    await other.server.close();
  });

  it('remembers the relays that it heard', async () => {
    const { server, hear } = await serve();
    hear(clientMessage('DISCOVER', { giaddr: '10.20.0.1' }));
    hear(clientMessage('DISCOVER', { giaddr: '10.20.0.1' }));
    expect(server.relays).toEqual(['10.20.0.1']);
    await server.close();
  });
});
