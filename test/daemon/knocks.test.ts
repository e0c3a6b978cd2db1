import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { seconds } from '../../src/core/time.js';
import { type KnockPort, knockPorts } from '../../src/daemon/knock-ports.js';
import { KNOCK_BOUNDS, type KnockEnvironment, Knocks } from '../../src/daemon/knocks.js';
import type { ServiceListener } from '../../src/daemon/service.js';
import type { LabcmEvent } from '../../src/events.js';
import type { DatagramHandler } from '../../src/net/ports.js';
import { nodeDatagrams } from '../../src/net/sockets/node-datagrams.js';
import { nodeStreams } from '../../src/net/sockets/node-streams.js';
import { load } from '../config/harness.js';
import { EventRecorder } from '../support/event-recorder.js';
import { ManualClock } from '../support/manual-clock.js';

const HERE = '127.0.0.1';
const TCP: KnockPort = { service: 'SIP', transport: 'tcp', address: HERE, port: 0 };
const TLS: KnockPort = { service: 'SCCP', transport: 'tls', address: HERE, port: 0 };
const UDP: KnockPort = { service: 'SIP', transport: 'udp', address: HERE, port: 0 };

let clock: ManualClock;
let probe: EventRecorder<LabcmEvent>;
let knocks: Knocks;

const make = (networks: Partial<KnockEnvironment> = {}): Knocks =>
  new Knocks({ streams: nodeStreams, datagrams: nodeDatagrams, clock, bus: probe.bus, ...networks });

beforeEach(() => {
  clock = new ManualClock();
  probe = new EventRecorder();
  knocks = make();
});
afterEach(() => knocks.close());

const portOf = (transport: KnockPort['transport']): number =>
  knocks.ports.find((port) => port.transport === transport)?.port ?? 0;
const told = () => probe.of('net.knock').map(({ type: _, at: __, ...facts }) => facts);

/** How a connection to the port ends. */
const connection = async (port: number): Promise<string> => {
  const socket = net.connect(port, HERE);
  let end = 'closed';
  socket.on('error', (error: NodeJS.ErrnoException) => {
    end = error.code ?? error.message;
  });
  socket.resume();
  await new Promise((resolve) => socket.once('close', resolve));
  return end;
};

const datagram = async (port: number): Promise<void> => {
  const socket = createSocket('udp4');
  await new Promise((resolve) => socket.send('REGISTER', port, HERE, resolve));
  await vi.waitFor(() => expect(knocks.from(HERE)).not.toEqual([]));
  socket.close();
};

describe('a port that is listened on to tell who tries it', () => {
  it.each([TCP, TLS])('resets a connection and tells of it ($transport)', async (wanted) => {
    await knocks.apply([wanted]);
    const port = portOf(wanted.transport);
    await expect(connection(port)).resolves.toBe('ECONNRESET');
    const { service, transport } = wanted;
    expect(told()).toEqual([{ service, transport, address: HERE, port, unsaid: 0 }]);
    expect(knocks.from(HERE)).toEqual([{ at: clock.now(), service, transport, port }]);
  });

  it('tells of a datagram', async () => {
    await knocks.apply([UDP]);
    const port = portOf('udp');
    await datagram(port);
    expect(told()).toEqual([{ service: 'SIP', transport: 'udp', address: HERE, port, unsaid: 0 }]);
  });

  it('tells once a minute of an address, and keeps the last time', async () => {
    await knocks.apply([TCP, TLS]);
    for (let count = 0; count < 10; count += 1) {
      await connection(portOf('tcp'));
      clock.advance(seconds(6));
    }
    expect(told()).toHaveLength(1);
    await connection(portOf('tcp'));
    await connection(portOf('tls'));
    expect(told().map(({ transport }) => transport)).toEqual(['tcp', 'tcp', 'tls']);
    expect(knocks.from(HERE).map(({ transport, at }) => [transport, at])).toEqual([
      ['tcp', clock.now()],
      ['tls', clock.now()],
    ]);
  });

  it('is closed when it is wanted no more, and others stay', async () => {
    await knocks.apply([TCP, UDP]);
    const [tcp, udp] = [portOf('tcp'), portOf('udp')];
    await knocks.apply([UDP]);
    await expect(connection(tcp)).resolves.toBe('ECONNREFUSED');
    expect(knocks.ports).toEqual([{ ...UDP, port: udp }]);
    const taker = net.createServer().listen(tcp, HERE);
    await once(taker, 'listening');
    taker.close();
  });

  it('is left to who has it, without a word, and may be had later', async () => {
    const other = net.createServer().listen(0, HERE);
    await once(other, 'listening');
    const { port } = other.address() as net.AddressInfo;
    const wanted = [{ ...TCP, port }, UDP];
    await knocks.apply(wanted);
    expect(knocks.ports).toEqual([{ ...UDP, port: portOf('udp') }]);
    other.close();
    await once(other, 'close');
    await knocks.apply(wanted);
    expect(knocks.ports).toHaveLength(2);
    expect(probe.events).toEqual([]);
  });

  it.each(['EACCES', 'EADDRNOTAVAIL', 'EMFILE'])('that the system refuses is left out (%s)', async (code) => {
    const refuse = () => Promise.reject(Object.assign(new Error(code), { code }));
    knocks = make({ streams: { listen: refuse }, datagrams: { open: refuse } });
    await knocks.apply([TCP, UDP]);
    expect(knocks.ports).toEqual([]);
    expect(probe.events).toEqual([]);
  });

  it('is not opened by a reload that ends after the daemon', async () => {
    await Promise.all([knocks.apply([TCP]), knocks.close(), knocks.apply([TCP, UDP])]);
    expect(knocks.ports).toEqual([]);
  });
});

describe('many who try a port', () => {
  let deliver: DatagramHandler;

  beforeEach(async () => {
    knocks = make({
      datagrams: {
        open: async ({ address, port }, onDatagram) => {
          deliver = onDatagram;
          return { local: { address, port }, send: () => {}, close: async () => {} };
        },
      },
    });
    await knocks.apply([{ ...UDP, port: 5060 }]);
  });

  const address = (index: number) => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;

  it('are told ten a second, with the number of the others', () => {
    for (let index = 0; index < 100; index += 1) deliver(Buffer.of(), { address: address(index), port: 5060 });
    expect(told()).toHaveLength(KNOCK_BOUNDS.perSecond);
    clock.advance(seconds(1));
    deliver(Buffer.of(), { address: address(100), port: 5060 });
    deliver(Buffer.of(), { address: address(99), port: 5060 });
    expect(told().slice(-2)).toMatchObject([
      { address: address(100), unsaid: 90 },
      { address: address(99), unsaid: 0 },
    ]);
  });

  it('are remembered up to a bound, the last ones', () => {
    const count = 2 * KNOCK_BOUNDS.recent;
    for (let index = 0; index < count; index += 1) deliver(Buffer.of(), { address: address(index), port: 5060 });
    expect(knocks.remembered).toBe(KNOCK_BOUNDS.remembered);
    expect(knocks.from(address(0))).toEqual([]);
    expect(knocks.from(address(count - 1))).toHaveLength(1);
  });
});

const listener = (
  service: ServiceListener['service'],
  transport: ServiceListener['transport'],
  port: number,
  address = '0.0.0.0',
): ServiceListener => ({ service, transport, address, port });

const TFTP_69 = listener('TFTP', 'udp', 69);
const SCCP_2000 = listener('SCCP', 'tcp', 2000);
const SIP_5060 = [listener('SIP', 'udp', 5060), listener('SIP', 'tcp', 5060)];
const SIP_PHONE = 'devices: [{ name: P, model: 7841, protocol: SIP, lines: [1] }]';

describe('the ports that are listened on', () => {
  it.each<readonly [string, string, readonly ServiceListener[], readonly string[]]>([
    ['those of TLS, by default', '', [TFTP_69, SCCP_2000, ...SIP_5060], ['tls 2443', 'tls 5061']],
    [
      'none where all are served',
      '',
      [SCCP_2000, listener('SCCP', 'tls', 2443), ...SIP_5060, listener('SIP', 'tls', 5061)],
      [],
    ],
    [
      'one that is off',
      'sip: { tcp: off }',
      [SCCP_2000, listener('SIP', 'udp', 5060)],
      ['tls 2443', 'tcp 5060', 'tls 5061'],
    ],
    [
      'one that is elsewhere',
      'sccp: { port: 2001 }',
      [TFTP_69, listener('SCCP', 'tcp', 2001), ...SIP_5060],
      ['tcp 2000', 'tls 2443', 'tls 5061'],
    ],
    [
      'none of a protocol that is off and that no device has',
      'sip: { enabled: false }',
      [TFTP_69, SCCP_2000],
      ['tls 2443'],
    ],
    [
      'all of a protocol that is off and that a device has',
      `sip: { enabled: false }\n${SIP_PHONE}`,
      [SCCP_2000],
      ['tls 2443', 'udp 5060', 'tcp 5060', 'tls 5061'],
    ],
    ['none where the owner wants none', 'knocks: false', [TFTP_69, SCCP_2000], []],
    [
      'none where all is on loopback',
      '',
      [
        listener('TFTP', 'udp', 69, HERE),
        listener('SCCP', 'tcp', 2000, '127.10.0.1'),
        listener('DHCP', 'udp', 67, 'lo'),
      ],
      [],
    ],
    [
      'none of a service that is on loopback',
      `sccp: { listen: ${HERE} }`,
      [TFTP_69, listener('SCCP', 'tcp', 2001, HERE), ...SIP_5060],
      ['tls 5061'],
    ],
    [
      'none where no port is one that phones find',
      '',
      [listener('TFTP', 'udp', 40_069), listener('SCCP', 'tcp', 40_000)],
      [],
    ],
    [
      'some where phones find DHCP',
      '',
      [listener('DHCP', 'udp', 67, 'eth1'), listener('SCCP', 'tcp', 2001), ...SIP_5060],
      ['tcp 2000', 'tls 2443', 'tls 5061'],
    ],
  ])('are %s', async (_, yaml, listeners, wanted) => {
    const ports = knockPorts(await load(yaml), listeners);
    expect(ports.map(({ transport, port }) => `${transport} ${port}`)).toEqual(wanted);
  });

  it('never are 6970, where a phone must be refused quickly', async () => {
    const config = await load('http: { provisioning: { enabled: false } }');
    expect(knockPorts(config, [TFTP_69]).map(({ port }) => port)).not.toContain(6970);
  });

  it('have the address of their service', async () => {
    const config = await load('sip: { listen: 10.1.0.1 }\nsccp: { listen: 10.1.0.2 }');
    expect(knockPorts(config, [TFTP_69])).toMatchObject([
      { service: 'SCCP', address: '10.1.0.2' },
      { service: 'SCCP', address: '10.1.0.2' },
      { service: 'SIP', address: '10.1.0.1' },
      { service: 'SIP', address: '10.1.0.1' },
      { service: 'SIP', address: '10.1.0.1' },
    ]);
  });
});
