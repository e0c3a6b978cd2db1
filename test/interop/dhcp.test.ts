// DHCP clients that others wrote, in network namespaces: they get, renew, rebind and release an address with option 150
// in hand; and the service keeps to its interface on a machine with two.

import { type ChildProcess, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seconds } from '../../src/core/time.js';
import type { DhcpEvent, DhcpReceived, DhcpSent } from '../../src/dhcp/events.js';
import type { DhcpSettings } from '../../src/dhcp/settings.js';
import { aPool, aSubnet, ipText, REFERENCE } from '../dhcp/harness.js';
import { DhcpProcess } from './support/dhcp-process.js';
import { Namespaces } from './support/namespaces.js';

const PHONE_CLASS = 'Cisco Systems, Inc. IP Phone CP-7960G';
const OPTION_150 = '0a4d00010a4d0002';

/** Short enough that a test sees a lease renewed and rebound. */
const subnetOf = (third: number, leaseTime: number) =>
  aSubnet(`10.${third}.0.0`, 24, {
    ...aPool(`10.${third}.0.100`, `10.${third}.0.199`),
    routers: [ipText(`10.${third}.0.1`)],
    option150: [ipText('10.77.0.1'), ipText('10.77.0.2')],
    domain: 'lab.example',
    leaseTime: seconds(leaseTime),
    maxLeaseTime: seconds(leaseTime),
  });

const settingsFor = (name: string, third: number, leaseTime = 16): DhcpSettings => ({
  ...REFERENCE,
  interfaces: [name],
  subnets: [subnetOf(third, leaseTime)],
});

const spaces = new Namespaces();
const folders: string[] = [];
const daemons: DhcpProcess[] = [];
const aFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'labcm-dhcp-'));
  folders.push(folder);
  return folder;
};

/** Waits for what others do. */
const until = async (holds: () => boolean): Promise<void> => {
  for (let waited = 0; !holds(); waited += 100) {
    if (waited > 60_000) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

/** The service on one interface of a namespace, and what it told. */
class Service {
  readonly folder = aFolder();
  readonly #daemon: DhcpProcess;

  constructor(namespace: string, settings: DhcpSettings) {
    this.#daemon = new DhcpProcess({ folder: this.folder, settings, namespace, events: true });
    daemons.push(this.#daemon);
  }

  async ready(): Promise<this> {
    await this.#daemon.ready();
    return this;
  }

  facts(): readonly DhcpEvent[] {
    const path = join(this.folder, 'events.jsonl');
    if (!existsSync(path)) return [];
    return readFileSync(path, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as DhcpEvent);
  }

  /** `SELECTING ACK`, `RENEWING ACK`, `RELEASE noted`… of one client, in order, without repetition. */
  story(mac: string): readonly string[] {
    const words = this.facts()
      .filter((fact): fact is DhcpReceived => fact.type === 'dhcp.received' && fact.mac === mac)
      .map(({ kind, state, decision }) => `${state ?? kind} ${decision}`);
    return words.filter((word, index) => word !== words[index - 1]);
  }

  /** Waits until the story of a client has such a word. */
  async tells(mac: string, word: string): Promise<void> {
    await until(() => this.story(mac).includes(word)).catch(() => {
      throw new Error(`no ${word} in ${this.story(mac).join(', ')}`);
    });
  }
}

afterAll(async () => {
  for (const daemon of daemons) await daemon.kill('SIGKILL');
  await spaces.close();
  for (const folder of folders) rmSync(folder, { recursive: true });
});

const end = async (child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
};

describe('a client on the wire', () => {
  const server = spaces.make('s');
  let count = 0;

  /** A client of its own on a wire of its own, with a service for it alone. */
  const aClient = async (tool: string) => {
    count += 1;
    const third = 76 + count;
    const namespace = spaces.make(tool);
    const mac = `02:00:00:00:77:0${count}`;
    const wire = `w${count}`;
    spaces.wire(
      { namespace: server, interface: wire, address: `10.${third}.0.1/24`, mac: `02:00:00:00:78:0${count}` },
      { namespace, interface: 'eth0', mac },
    );
    const service = await new Service(server, settingsFor(wire, third)).ready();
    return { namespace, mac: mac.replaceAll(':', '').toUpperCase(), third, service, folder: service.folder };
  };

  /** From now on unicasts to the server go astray, so that the client must rebind by broadcast. */
  const hideServer = (namespace: string, third: number): void =>
    void spaces.ip(
      namespace,
      'neigh',
      'replace',
      `10.${third}.0.1`,
      'lladdr',
      '02:00:00:00:99:99',
      'dev',
      'eth0',
      'nud',
      'permanent',
    );

  /** A script that a client runs at each step: gives the address to the interface and notes what it was told. */
  const aScript = (folder: string, body: string): { script: string; told: () => string } => {
    const script = join(folder, 'script');
    const told = join(folder, 'told');
    writeFileSync(script, `#!/bin/sh\nenv >> ${told}\necho "-- $reason$1" >> ${told}\n${body}\n`);
    chmodSync(script, 0o755);
    return { script, told: () => (existsSync(told) ? readFileSync(told, 'utf8') : '') };
  };

  /** For how many milliseconds more the last lease of a file of dhclient's is in force. */
  const inForce = (leases: string): number => {
    const written = existsSync(leases) ? readFileSync(leases, 'utf8') : '';
    const [, date = '', time = ''] = [...written.matchAll(/expire \d ([\d/]+) ([\d:]+);/g)].at(-1) ?? [];
    return date === '' ? 0 : Date.parse(`${date.replaceAll('/', '-')}T${time}Z`) - Date.now();
  };

  it('udhcpc gets, renews, rebinds and releases, with option 150 in hand', async () => {
    const { namespace, mac, third, service, folder } = await aClient('udhcpc');
    const { script, told } = aScript(
      folder,
      `case "$1" in
deconfig) ip addr flush dev $interface; ip link set $interface up;;
bound|renew) ip addr replace $ip/24 dev $interface;;
esac`,
    );
    const client = spaces.start(
      namespace,
      'udhcpc',
      '-f',
      '-i',
      'eth0',
      '-s',
      script,
      '-V',
      PHONE_CLASS,
      '-O',
      '150',
      '-R',
    );
    await service.tells(mac, 'SELECTING ACK');
    await until(() => told().includes('-- bound'));
    client.kill('SIGUSR1');
    await service.tells(mac, 'RENEWING ACK');
    hideServer(namespace, third);
    await service.tells(mac, 'REBINDING ACK');
    spaces.ip(namespace, 'neigh', 'del', `10.${third}.0.1`, 'dev', 'eth0');
    client.kill('SIGUSR2');
    await service.tells(mac, 'RELEASE noted');
    await end(client);
    expect(told()).toContain(`ip=10.${third}.0.100`);
    expect(told()).toContain(`opt150=${OPTION_150}`);
    expect(told()).toContain(`serverid=10.${third}.0.1`);
    expect(told()).toContain('lease=16');
    expect(told()).toContain('siaddr=10.77.0.1');
    expect(service.story(mac)).toEqual([
      'DISCOVER OFFER',
      'SELECTING ACK',
      'RENEWING ACK',
      'REBINDING ACK',
      'RELEASE noted',
    ]);
  });

  it('dhclient gets, renews, rebinds, reboots and releases, with option 150 in hand', async () => {
    const { namespace, mac, third, service, folder } = await aClient('dhclient');
    const { script, told } = aScript(
      folder,
      `case "$reason" in
PREINIT) ip link set $interface up;;
BOUND|RENEW|REBIND|REBOOT) ip addr replace $new_ip_address/24 dev $interface;;
EXPIRE|RELEASE|STOP) ip addr flush dev $interface;;
esac
exit 0`,
    );
    const configuration = join(folder, 'dhclient.conf');
    writeFileSync(
      configuration,
      `option tftp150 code 150 = array of ip-address;
send vendor-class-identifier "${PHONE_CLASS}";
request subnet-mask, routers, domain-name, tftp150, tftp-server-name;
initial-interval 1;
backoff-cutoff 2;
`,
    );
    const files = [
      '-cf',
      configuration,
      '-lf',
      join(folder, 'dhclient.leases'),
      '-pf',
      join(folder, 'pid'),
      '-sf',
      script,
    ];
    const client = spaces.start(namespace, 'dhclient', '-4', '-d', ...files, 'eth0');
    await service.tells(mac, 'SELECTING ACK');
    await service.tells(mac, 'RENEWING ACK');
    await until(() => told().includes('-- RENEW'));
    hideServer(namespace, third);
    const renewed = told().split('-- RENEW').length;
    await service.tells(mac, 'REBINDING ACK');
    // It has taken the answer. Its script hears RENEW for both.
    await until(() => told().split('-- RENEW').length > renewed);
    spaces.ip(namespace, 'neigh', 'del', `10.${third}.0.1`, 'dev', 'eth0');
    // It writes a lease down at most every 15 s: what it remembers after the kill has to be in force still.
    await until(() => inForce(join(folder, 'dhclient.leases')) > 8_000);
    await end(client, 'SIGKILL'); // without a RELEASE: as a phone that loses its power
    const again = spaces.start(namespace, 'dhclient', '-4', '-d', ...files, 'eth0');
    await service.tells(mac, 'INIT-REBOOT ACK');
    await end(again, 'SIGKILL');
    await spaces.run(namespace, 'dhclient', '-4', '-r', ...files, 'eth0');
    await service.tells(mac, 'RELEASE noted');
    expect(told()).toContain(`new_ip_address=10.${third}.0.100`);
    expect(told()).toContain('new_tftp150=10.77.0.1 10.77.0.2');
    expect(told()).toContain('new_tftp_server_name=10.77.0.1');
    expect(told()).toContain(`new_routers=10.${third}.0.1`);
    expect(told()).toContain('-- REBOOT');
  });

  it('dhcpcd gets, renews, rebinds and releases, with option 150 in hand', async () => {
    const { namespace, mac, third, service, folder } = await aClient('dhcpcd');
    const { script, told } = aScript(folder, '');
    const configuration = join(folder, 'dhcpcd.conf');
    writeFileSync(
      configuration,
      `vendorclassid ${PHONE_CLASS}
option subnet_mask, routers, domain_name, tftp_server_name, tftp_servers
noarp
noipv4ll
noipv6rs
ipv4only
`,
    );
    const options = ['-f', configuration, '-c', script];
    const client = spaces.start(namespace, 'dhcpcd', '-B', ...options, 'eth0');
    await service.tells(mac, 'SELECTING ACK');
    await service.tells(mac, 'RENEWING ACK');
    hideServer(namespace, third);
    await service.tells(mac, 'REBINDING ACK');
    spaces.ip(namespace, 'neigh', 'del', `10.${third}.0.1`, 'dev', 'eth0');
    await spaces.run(namespace, 'dhcpcd', ...options, '-k', 'eth0');
    await service.tells(mac, 'RELEASE noted');
    await end(client, 'SIGKILL');
    expect(told()).toContain(`new_ip_address=10.${third}.0.100`);
    expect(told()).toContain('new_tftp_servers=10.77.0.1 10.77.0.2');
  });

  it('that is a laptop gets nothing from any of them, and the trace says why', async () => {
    const { namespace, mac, service } = await aClient('laptop');
    const { code } = await spaces.run(
      namespace,
      'udhcpc',
      '-f',
      '-n',
      '-q',
      '-t',
      '2',
      '-T',
      '1',
      '-i',
      'eth0',
      '-s',
      '/bin/true',
      '-V',
      'MSFT 5.0',
    );
    expect(code).not.toBe(0);
    expect(service.story(mac)).toEqual(['DISCOVER silent']);
    expect(service.facts()).toContainEqual(
      expect.objectContaining({ type: 'dhcp.stranger', mac, reason: 'not-allowed', vendorClass: 'MSFT 5.0' }),
    );
    expect(service.facts().some(({ type }) => type === 'dhcp.sent')).toBe(false);
  });
});

describe('a machine with two interfaces', () => {
  const server = spaces.make('two');
  const clients = [spaces.make('two-a'), spaces.make('two-b')] as const;
  const macs = ['020000000A01', '020000000A02'] as const;
  let service: Service;

  beforeAll(async () => {
    for (const [index, namespace] of clients.entries())
      spaces.wire(
        { namespace: server, interface: `eth${index + 1}`, address: `10.${90 + index}.0.1/24` },
        { namespace, interface: 'eth0', mac: `02:00:00:00:0a:0${index + 1}` },
      );
    // Subnets of both wires: it is the interface that keeps the second one out, not the lack of addresses.
    const settings = { ...settingsFor('eth1', 90), subnets: [subnetOf(90, 600), subnetOf(91, 600)] };
    service = await new Service(server, settings).ready();
  });

  const asks = (index: 0 | 1) =>
    spaces.run(
      clients[index],
      'udhcpc',
      '-f',
      '-n',
      '-q',
      '-t',
      '2',
      '-T',
      '1',
      '-i',
      'eth0',
      '-s',
      '/bin/true',
      '-V',
      PHONE_CLASS,
    );

  it('is answered on the configured one alone; of the other not a message is heard', async () => {
    expect((await asks(0)).code).toBe(0);
    expect((await asks(1)).code).not.toBe(0);
    expect(service.story(macs[0])).toEqual(['DISCOVER OFFER', 'SELECTING ACK']);
    expect(service.story(macs[1])).toEqual([]);
    // By unicast to the other interface's address neither, nor to this one's by way of the other wire.
    spaces.ip(clients[1], 'addr', 'add', '10.91.0.50/24', 'dev', 'eth0');
    spaces.ip(clients[1], 'route', 'add', '10.90.0.0/24', 'via', '10.91.0.1');
    for (const address of ['10.91.0.1', '10.90.0.1']) {
      const { code } = await spaces.run(
        clients[1],
        'perfdhcp',
        '-4',
        '-r',
        '20',
        '-n',
        '10',
        '-p',
        '2',
        '-l',
        'eth0',
        '-W',
        '1',
        address,
      );
      expect(code).not.toBe(0);
    }
    expect(service.facts().filter((fact) => fact.type === 'dhcp.received' && fact.interface !== 'eth1')).toEqual([]);
    expect(
      service
        .facts()
        .filter((fact): fact is DhcpReceived => fact.type === 'dhcp.received')
        .map(({ mac }) => mac)
        .every((mac) => mac === macs[0]),
    ).toBe(true);
  });

  it('has room for a second service on the other one, and each answers its own', async () => {
    const second = await new Service(server, settingsFor('eth2', 91, 600)).ready();
    expect((await asks(1)).code).toBe(0);
    expect((await asks(0)).code).toBe(0);
    expect(second.story(macs[1])).toEqual(['DISCOVER OFFER', 'SELECTING ACK']);
    expect(second.story(macs[0])).toEqual([]);
    expect(service.story(macs[1])).toEqual([]);
  });

  it('has no second service on the same one', async () => {
    await expect(new Service(server, settingsFor('eth1', 90)).ready()).rejects.toThrow(
      /^DHCP on eth1 port 67: the port is in use by another program/,
    );
  });
});

describe('a relay', () => {
  const server = spaces.make('rs');
  const relay = spaces.make('rr');

  it('as perfdhcp plays one gets every exchange answered, at giaddr port 67', async () => {
    spaces.wire(
      { namespace: server, interface: 'eth1', address: '10.95.0.1/24' },
      { namespace: relay, interface: 'eth0', address: '10.95.0.2/24' },
    );
    const limits = { newClients: 1e6, newClientsPerLink: 1e6, openOffers: 1 };
    const settings = { ...settingsFor('eth1', 95, 600), answer: 'all' as const, limits };
    settings.subnets = [{ ...subnetOf(95, 600), ...aPool('10.95.0.10', '10.95.0.250') }] as never;
    const service = await new Service(server, settings).ready();
    const { code, output } = await spaces.run(
      relay,
      'perfdhcp',
      '-4',
      '-r',
      '50',
      '-R',
      '200',
      '-n',
      '200',
      '-l',
      'eth0',
      '-W',
      '500000',
      '10.95.0.1',
    );
    expect(output).toMatch(/DISCOVER-OFFER[\s\S]*drops: 0[\s\S]*REQUEST-ACK[\s\S]*drops: 0/);
    expect(output).toMatch(/non unique addresses: 0/);
    expect(code).toBe(0);
    const sent = service.facts().filter((fact): fact is DhcpSent => fact.type === 'dhcp.sent');
    expect(sent.length).toBeGreaterThanOrEqual(400);
    expect(new Set(sent.map(({ to, port }) => `${to}:${port}`))).toEqual(new Set(['10.95.0.2:67']));
  });
});

describe('sockets handed down by a launcher', () => {
  it('serve the interface that their unit bound them to, without the native calls', async () => {
    const server = spaces.make('us');
    const client = spaces.make('uc');
    spaces.wire(
      { namespace: server, interface: 'eth1', address: '10.96.0.1/24' },
      { namespace: client, interface: 'eth0', mac: '02:00:00:00:0b:01' },
    );
    expect(spawnSync('python3', ['-c', 'pass']).status).toBe(0);
    const folder = aFolder();
    const launcher = join(folder, 'launcher.py');
    // What a socket unit with ListenDatagram=67, BindToDevice=eth1 and FileDescriptorName=eth1 does.
    writeFileSync(
      launcher,
      `import os, socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b'eth1')
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
s.bind(('0.0.0.0', 67))
os.dup2(s.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1', LISTEN_FDNAMES='eth1')
os.execvp(sys.argv[1], sys.argv[1:])
`,
    );
    const daemon = new DhcpProcess({
      folder,
      settings: settingsFor('eth1', 96, 600),
      namespace: server,
      launcher: ['python3', launcher],
    });
    daemons.push(daemon);
    await daemon.ready();
    const { code } = await spaces.run(
      client,
      'udhcpc',
      '-f',
      '-n',
      '-q',
      '-i',
      'eth0',
      '-s',
      '/bin/true',
      '-V',
      PHONE_CLASS,
    );
    expect(code).toBe(0);
  });
});
