// Both kinds of phone from power-on to registered, over real sockets on free ports of loopback: DHCP, TFTP, SCCP, SIP.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventBus } from '../../src/core/event-bus.js';
import { seconds } from '../../src/core/time.js';
import { nodeDatagrams, nodeRandom } from '../../src/net/sockets/node-datagrams.js';
import { nodeStreams } from '../../src/net/sockets/node-streams.js';
import { systemClock } from '../../src/net/system-clock.js';
import {
  bootPhone,
  DEMO_PHONES,
  NotRegistered,
  PhoneEnvironment,
  type PhoneOptions,
  type PhonePorts,
  type PhoneStep,
  runDemo,
} from '../../src/phone/index.js';
import { SEED_PHONES, TestDaemon } from '../support/daemon.js';
import { loopbackServices } from '../support/loopback-services.js';

const SERVICES = loopbackServices();

const MORE_PHONES = `${SEED_PHONES}
  - { name: SEP0011223344AA, model: 8851, protocol: SIP, lines: [{ dn: "6001" }, { dn: "6002" }] }
  - { name: Lobby, model: CIPC, protocol: SCCP, lines: [{ dn: "6004" }] }
  - { name: SEP0011223344AB, model: 7960, protocol: SIP, lines: [{ dn: "6003" }] }
`;

const networks = { clock: systemClock, datagrams: nodeDatagrams, streams: nodeStreams, random: nodeRandom };

describe('against a daemon on free ports', () => {
  let daemon: TestDaemon;
  const steps: PhoneStep[] = [];
  let world: PhoneEnvironment;

  beforeEach(async () => {
    daemon = new TestDaemon();
    daemon.configure(MORE_PHONES, SERVICES);
    await daemon.start();
    const bus = new EventBus<PhoneStep>((error) => {
      throw error;
    });
    steps.length = 0;
    bus.subscribe((step) => steps.push(step));
    world = new PhoneEnvironment({ ...networks, bus });
  });

  afterEach(async () => {
    await world.close();
    await daemon.remove();
  });

  const ports = (): Partial<PhonePorts> => ({
    dhcp: daemon.endpoint('DHCP').port,
    tftp: daemon.endpoint('TFTP').port,
    http: daemon.endpoint('HTTP').port,
    sccp: daemon.endpoint('SCCP').port,
    sip: daemon.endpoint('SIP', 'tcp').port,
  });
  const state = (name: string): string | undefined => daemon.daemon.database.byName(name)?.state;

  it.each([
    ['the SCCP phone of the seed', DEMO_PHONES[0] as PhoneOptions],
    ['the SIP phone of the seed', DEMO_PHONES[1] as PhoneOptions],
    ['an 8851, which asks by HTTP first', { name: 'SEP0011223344AA', model: '8851', protocol: 'SIP' }],
  ] as const)('%s goes from DISCOVER to registered, and leaves', async (_who, wish) => {
    const phone = await bootPhone(world, { ...wish, boot: 'full', ports: ports() }, { within: seconds(20) });
    expect(state(wish.name)).toBe('registered');
    expect(steps.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['phone.address-bound', 'phone.file-refused', 'phone.configured', 'phone.registered']),
    );
    await phone.stop();
    expect(state(wish.name)).toBe('unregistered');
  });

  it('the lease of a phone whose hardware address nobody wrote down is known once it asks for its file, and counted', async () => {
    const first = '127.0.1.100';
    const wish: PhoneOptions = { name: 'Lobby', mac: '0200000000AA', model: 'CIPC', protocol: 'SCCP', boot: 'full' };
    const options = { ...wish, localAddress: first, ports: ports() };
    const phone = await bootPhone(world, options, { within: seconds(20) });
    const { lease, registration, files } = daemon.daemon.database.byName('Lobby') ?? {};
    expect([lease?.address, lease?.mac, registration?.address]).toEqual([first, '0200000000AA', first]);
    expect(files?.map(({ file }) => file)).toContain('Lobby.cnf.xml');
    const { leases } = (await (await fetch(daemon.url('/api/leases'))).json()) as { leases: readonly unknown[] };
    expect(leases).toMatchObject([{ address: first, mac: '0200000000AA', device: 'Lobby' }]);
    const metrics = await (await fetch(daemon.url('/metrics'))).text();
    expect(metrics).toContain('labcm_dhcp_messages_total{decision="ACK",reason="selected"} 1\n');
    expect(metrics).toContain('labcm_dhcp_addresses{subnet="127.0.0.0/8",state="bound"} 1\n');
    await phone.stop();
  });

  it('a 7960 registers over UDP', async () => {
    const sip = daemon.endpoint('SIP', 'udp').port;
    const wish: PhoneOptions = {
      name: 'SEP0011223344AB',
      model: '7960',
      protocol: 'SIP',
      boot: 'register',
      lines: ['6003'],
    };
    const phone = await bootPhone(world, { ...wish, ports: { ...ports(), sip } }, { within: seconds(20) });
    expect(daemon.daemon.database.byName('SEP0011223344AB')?.registration?.transport).toBe('udp');
    await phone.stop();
    expect(state('SEP0011223344AB')).toBe('unregistered');
  });

  it('a phone that is refused says why', async () => {
    const refused = bootPhone(
      world,
      { name: 'ipctest2', mac: '005056A1033D', model: '7962', protocol: 'SCCP', ports: ports() },
      { within: seconds(20) },
    );
    await expect(refused).rejects.toThrow('ipctest2 was refused: Error Mismatch');
    await expect(refused).rejects.toBeInstanceOf(NotRegistered);
  });

  it('the newcomer sees both phones come up, in words', async () => {
    const lines: string[] = [];
    const demo = await runDemo({
      networks,
      server: '127.0.0.1',
      ports: ports(),
      boot: 'full',
      print: (line) => lines.push(line),
    });
    expect(demo.failures).toEqual([]);
    expect(lines.join('\n')).toMatch(/ipctest2 .*Configuring IP: bound to 127\.0\.1\.\d+/);
    expect(lines.join('\n')).toContain('Screen: Your current options');
    expect(lines.join('\n')).toMatch(/SEP005056A1033D .*Registered with CM1, 5005/);
    lines.length = 0;
    expect(await demo.callEachOther()).toEqual([]);
    const of = (name: string): string => lines.filter((line) => line.startsWith(name)).join('\n');
    expect(of('ipctest2')).toMatch(
      /dialling 5005.*5005 rings.*connected with 5005.*sends G722 to.*[1-9]\d* packets sent, [1-9]\d* received.*ended by this phone.*5005 calls.*connected with 5005.*ended by the other side/s,
    );
    expect(of('SEP005056A1033D')).toMatch(
      /5002 calls.*connected with 5002.*[1-9]\d* received.*ended by the other side.*dialling 5002.*5002 rings.*connected with 5002.*ended by this phone/s,
    );
    await demo.stop();
    expect([state('ipctest2'), state('SEP005056A1033D')]).toEqual(['unregistered', 'unregistered']);
  });
});
