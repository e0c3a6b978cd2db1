// `labcm doctor` on a wire with DHCP servers that others wrote, and beside a program that holds a port.

import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ProgramProcess, program } from '../support/program.js';
import { Namespaces } from './support/namespaces.js';

const SOON = 120_000;
const spaces = new Namespaces();
const folder = mkdtempSync(join(tmpdir(), 'labcm-doctor-'));
const lab = spaces.make('dl');
const other = spaces.make('do');
const under = ['ip', 'netns', 'exec', lab];
const config = join(folder, 'lab.yaml');

const LAB = `nodes: [{ name: CM1, address: 10.79.0.10 }]
dhcp:
  enabled: true
  interface: eth1
  subnets:
    - { subnet: 10.79.0.0/24, pools: [10.79.0.100-10.79.0.110], routers: [10.79.0.10], option150: [10.79.0.10] }
tftp: { root: ./files }
trace: { directory: ./logs, console: off }
state: { directory: ./state }
devices: [{ name: SEP001122334455, model: 7962, protocol: SCCP, lines: [{ dn: 5002 }] }]
`;

beforeAll(() => {
  mkdirSync(join(folder, 'files'));
  writeFileSync(config, LAB);
  spaces.wire(
    { namespace: lab, interface: 'eth1', address: '10.79.0.10/24' },
    { namespace: other, interface: 'eth0', address: '10.79.0.2/24' },
  );
});

const daemons: ProgramProcess[] = [];
const servers: ChildProcess[] = [];
afterEach(async () => {
  for (const daemon of daemons.splice(0)) await daemon.kill();
  for (const server of servers.splice(0)) {
    const ended = new Promise((done) => server.once('close', done));
    server.kill('SIGTERM');
    await ended;
  }
});
afterAll(async () => {
  await spaces.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Starts a server and resolves when it says that it is up. */
const serve = async (namespace: string, ready: RegExp, command: string, ...args: string[]): Promise<void> => {
  const child = spaces.start(namespace, command, ...args);
  servers.push(child);
  await new Promise<void>((up, reject) => {
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        if (ready.test(said)) up();
      });
    child.once('close', () => reject(new Error(`${command} ended: ${said}`)));
  });
};

const DHCPD = (option150: string): string => `option tftp-servers code 150 = ${option150};
default-lease-time 3600;
authoritative;
subnet 10.79.0.0 netmask 255.255.255.0 { range 10.79.0.50 10.79.0.59; option routers 10.79.0.10; option tftp-servers TFTP; }
`;

const dhcpd = async (kind: 'text' | 'array of ip-address'): Promise<void> => {
  const file = join(folder, 'dhcpd.conf');
  const leases = join(folder, 'dhcpd.leases');
  writeFileSync(file, DHCPD(kind).replace('TFTP', kind === 'text' ? '"10.79.0.10"' : '10.79.0.10'));
  writeFileSync(leases, '');
  const args = ['-4', '-f', '-d', '-cf', file, '-lf', leases, '-pf', join(folder, 'dhcpd.pid'), 'eth0'];
  await serve(other, /Server starting service|Listening on LPF/, 'dhcpd', ...args);
};

const dnsmasq = (...options: string[]): Promise<void> =>
  serve(
    other,
    /DHCP, IP range/,
    'dnsmasq',
    ...[
      '--keep-in-foreground',
      '--log-facility=-',
      '--conf-file=/dev/null',
      '--port=0',
      '--user=root',
      '--interface=eth0',
    ],
    ...['--dhcp-range=10.79.0.50,10.79.0.59,255.255.255.0,1h', '--dhcp-option=option:router,10.79.0.10'],
    ...[`--dhcp-leasefile=${join(folder, 'dnsmasq.leases')}`, `--pid-file=${join(folder, 'dnsmasq.pid')}`],
    ...options,
  );

const run = async (): Promise<void> => {
  const daemon = new ProgramProcess(['run', '-c', config], { under });
  daemons.push(daemon);
  await daemon.waitForText('ready');
};

interface FoundJson {
  readonly state: string;
  readonly code: string;
  readonly found: string;
  readonly fix: readonly string[];
}

/** What `--offer` finds that is not well. */
const offered = async (): Promise<readonly FoundJson[]> => {
  const { out, err } = await program(['doctor', '-c', config, '--only', 'other-servers', '--offer', '--json'], {
    under,
  });
  const lines = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as FoundJson & { readonly summary?: object });
  if (lines.at(-1)?.summary === undefined) throw new Error(`no summary: ${out}${err}`);
  return lines.slice(0, -1).filter(({ state }) => state !== 'well');
};

describe.each([
  ['through the daemon, as a relay', true],
  ['from port 68, without a daemon', false],
])('a DISCOVER %s', { timeout: SOON }, (_, withDaemon) => {
  const asked = async (): Promise<readonly FoundJson[]> => {
    if (withDaemon) await run();
    return offered();
  };

  it('finds the dhcpd that sends option 150 as text, of a length that is a multiple of four', async () => {
    await dhcpd('text');
    expect(await asked()).toEqual([
      expect.objectContaining({
        state: 'bad',
        code: 'dhcp.other-server-text-150',
        found: expect.stringContaining('10.79.0.2 sends option 150 as text ("10.79.0.10")'),
        fix: [expect.stringContaining('IP address, array'), expect.stringContaining('labcm snippet KIND')],
      }),
    ]);
  });

  it('finds the dnsmasq that sends no option 150', async () => {
    await dnsmasq();
    expect((await asked()).map(({ state, code }) => `${state} ${code}`)).toEqual(['bad dhcp.other-server-no-tftp']);
  });

  it('finds nothing wrong with servers that send phones here, but that they are there', async () => {
    await dnsmasq(
      '--dhcp-option-force=150,10.79.0.10',
      '--dhcp-option-force=option:tftp-server,10.79.0.10',
      '--dhcp-boot=,,10.79.0.10',
    );
    expect((await asked()).map(({ state, code }) => `${state} ${code}`)).toEqual(['warning dhcp.other-server']);
  });
});

describe('a daemon that has asked', { timeout: SOON }, () => {
  it('asks again after a minute alone, and holds no address of its own pool', async () => {
    await dhcpd('array of ip-address');
    await run();
    expect((await offered()).map(({ code }) => code)).toEqual(['dhcp.other-server']);
    expect(await offered()).toMatchObject([
      { state: 'skipped', code: 'dhcp.not-asked', found: expect.stringMatching(/one a minute at most/) },
    ]);
    expect((await program(['leases', '--json', '-c', config], { under })).out).not.toContain('10.79.0.1');
  });
});

describe('a port that another program holds', { timeout: SOON }, () => {
  it('is told with the name of the program and its process', async () => {
    await serve(
      lab,
      /TFTP root is/,
      'dnsmasq',
      ...['--keep-in-foreground', '--log-facility=-', '--conf-file=/dev/null', '--port=0', '--user=root'],
      ...['--enable-tftp', `--tftp-root=${folder}`, `--pid-file=${join(folder, 'tftp.pid')}`],
    );
    const { code, out } = await program(['doctor', '-c', config, '--only', 'ports'], { under });
    expect(out).toMatch(/^BAD {3}ports {6}TFTP: UDP 69 is held by dnsmasq \(process \d+\)\n {17}fix /);
    expect(code).toBe(1);
  });
});

describe('a firewall', { timeout: SOON }, () => {
  const found = async (): Promise<readonly string[]> => {
    const { out } = await program(['doctor', '-c', config, '--only', 'rules', '--json'], { under });
    return out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as FoundJson)
      .flatMap(({ state, code, found: text }) => (state === 'bad' ? [`${code} ${text}`] : []));
  };
  const ran = async (...words: string[]): Promise<void> => {
    const [command = '', ...args] = words;
    const { code, output } = await spaces.run(lab, command, ...args);
    if (code !== 0) throw new Error(`${words.join(' ')}: ${output}`);
  };

  it('of nft is read: the rule that shuts a port, and not those for one sender', async () => {
    expect(await found()).toEqual([]);
    await ran('nft', 'add table inet lab');
    await ran('nft', 'add chain inet lab incoming { type filter hook input priority 0; policy accept; }');
    await ran('nft', 'add rule inet lab incoming ip saddr 10.79.0.9 udp dport 67 drop');
    expect(await found()).toEqual([]);
    await ran('nft', 'add rule inet lab incoming udp dport { 69, 5060-5061 } drop');
    expect(await found()).toEqual([
      'firewall.port-dropped UDP 69 does not come in: nft chain inet lab incoming: udp 69,5060-5061 drop',
      'firewall.port-dropped UDP 5060 does not come in: nft chain inet lab incoming: udp 69,5060-5061 drop',
    ]);
    await ran('nft', 'delete table inet lab');
  });

  it('of iptables is read in its own words', async () => {
    await ran('iptables', '-A', 'INPUT', '-p', 'tcp', '-m', 'multiport', '--dports', '2000,2443', '-j', 'REJECT');
    expect(await found()).toEqual([
      expect.stringMatching(
        /^firewall\.port-dropped TCP 2000 does not come in: iptables: -A INPUT -p tcp -m multiport --dports 2000,2443 -j REJECT/,
      ),
    ]);
    await ran('iptables', '-F', 'INPUT');
  });
});
