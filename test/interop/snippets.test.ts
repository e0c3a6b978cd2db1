// What `labcm snippet` prints, given to the servers that it is for: each accepts the file, and started with it tells a 7962
// of the configured file servers, octet for octet.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labcm } from '../cli/harness.js';
import { readReply } from '../dhcp/harness.js';
import { Namespaces } from './support/namespaces.js';

const ASKER = fileURLToPath(new URL('support/dhcp-discover.ts', import.meta.url));
const PHONE = '02:00:00:00:96:01';
const RESERVED = '02:00:00:00:96:02';

const subnetOf = (
  more: string,
): string => `nodes: [{ name: CM1, address: 10.96.0.10 }, { name: CM2, address: 10.96.0.11 }]
self: CM1
dhcp:
  subnets:
    - subnet: 10.96.0.0/24
      pools: [10.96.0.100-10.96.0.199]
${more}
devices:
  - { name: "1st.reserved_ph", mac: "${RESERVED}", model: CIPC }
  - { name: option, mac: "02:00:00:00:96:03", model: CIPC }
`;

interface Expected {
  /** Options by code in hexadecimal; `undefined`: it may not be there. */
  readonly options: Readonly<Record<number, string | undefined>>;
  readonly siaddr: string;
}

const text = (value: string): string => Buffer.from(value, 'latin1').toString('hex');

/** Configurations, and what a phone has to be told with each. */
const CONFIGURATIONS: Readonly<Record<string, { readonly yaml: string; readonly expected: Expected }>> = {
  'two call managers and everything': {
    yaml: subnetOf(`      routers: [10.96.0.1]
      dns: [10.96.0.5, 10.96.0.6]
      domain: lab.example
      ntp: [10.96.0.7]
      leaseTime: 2h
      exclusions: [10.96.0.150]
      reservations:
        - { device: 1st.reserved_ph, address: 10.96.0.120 }
        - { device: option, address: 10.96.0.121 }
        - { mac: "02:00:00:00:96:04", address: 10.96.0.50 }
        - { clientId: "ff00aa", address: 10.96.0.51 }
        - { clientId: "ab", address: 10.96.0.52 }`),
    expected: {
      options: {
        1: 'ffffff00',
        3: '0a600001',
        6: '0a6000050a600006',
        15: text('lab.example'),
        51: '00001c20',
        66: text('10.96.0.10'),
        150: '0a60000a0a60000b',
      },
      siaddr: '10.96.0.10',
    },
  },
  'one file server and nothing else': {
    yaml: subnetOf('      option150: [10.96.0.11]'),
    expected: {
      options: { 1: 'ffffff00', 51: '00015180', 66: text('10.96.0.11'), 150: '0a60000b' },
      siaddr: '10.96.0.11',
    },
  },
};

/** A domain with whatever has a meaning in one of the syntaxes. */
const ODD_DOMAIN = `a "b" \\c, #d; $e 'f' {g} :1.2.3.4`;

const spaces = new Namespaces();
const folder = mkdtempSync(join(tmpdir(), 'labcm-snippets-'));
const server = spaces.make('sn');
const phone = spaces.make('sp');

beforeAll(() => {
  spaces.wire(
    { namespace: server, interface: 'eth1', address: '10.96.0.2/24' },
    { namespace: phone, interface: 'eth0', mac: PHONE },
  );
  spaces.ip(phone, 'route', 'add', '255.255.255.255', 'dev', 'eth0');
});

afterAll(async () => {
  await spaces.close();
  rmSync(folder, { recursive: true });
});

/** The printed file. */
const printed = async (kind: string, yaml: string): Promise<string> => {
  const configuration = join(folder, 'lab.yaml');
  writeFileSync(configuration, yaml);
  const { code, out, err } = await labcm(['snippet', kind, '-c', configuration]);
  expect(code, err).toBe(0);
  return out;
};

/** OpenWrt's init script makes a line of dnsmasq of each of these settings; this does the same. */
const openwrtAsDnsmasq = (script: string): string => {
  const stubs = `uci() { [ "$1" != commit ] && printf '%s\\n' "\${1#add_list} \${2}"; true; }\n/etc/init.d/dnsmasq() { true; }\n`;
  const { stdout, status, stderr } = spawnSync('bash', ['-c', stubs + script], { encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  const values = new Map([...stdout.matchAll(/^set dhcp\.lan\.(\w+)=(.*)$/gm)].map(([, key, value]) => [key, value]));
  const options = [...stdout.matchAll(/^ dhcp\.lan\.dhcp_option=(.*)$/gm)].map(
    ([, value]) => `dhcp-option=lan,${value}`,
  );
  const macs = [...stdout.matchAll(/\[-1\]\.mac=(.*)$/gm)].map(([, mac]) => mac);
  const addresses = [...stdout.matchAll(/\[-1\]\.ip=(.*)$/gm)].map(([, address]) => address);
  const first = Number(values.get('start'));
  const last = first + Number(values.get('limit')) - 1;
  return [
    `dhcp-range=set:lan,10.96.0.${first},10.96.0.${last},255.255.255.0,${values.get('leasetime')}`,
    ...options,
    ...macs.map((mac, index) => `dhcp-host=${mac},${addresses[index]}`),
    '',
  ].join('\n');
};

interface ServerProgram {
  readonly kind: string;
  /** What is printed, as the server reads it. */
  readonly file?: (printed: string) => string;
  readonly check: (file: string) => readonly string[];
  readonly start: (file: string) => readonly string[];
}

const place = (name: string): string => join(folder, name);

const dnsmasq = {
  check: (file: string) => ['dnsmasq', '--test', `--conf-file=${file}`],
  start: (file: string) => [
    'dnsmasq',
    '--keep-in-foreground',
    '--user=root',
    '--port=0',
    `--conf-file=${file}`,
    `--dhcp-leasefile=${place('dnsmasq.leases')}`,
    `--pid-file=${place('dnsmasq.pid')}`,
  ],
};

/** Kea keeps its leases in /var/lib/kea. For it alone, in the mount namespace of `ip netns exec`, /var/lib is a folder of ours. */
const keaCommand = (file: string): string =>
  `mkdir -p ${place('var/kea')} && mount --bind ${place('var')} /var/lib && exec kea-dhcp4 -c ${file}`;
const keaPlaces = [`KEA_PIDFILE_DIR=${folder}`, `KEA_LOCKFILE_DIR=${folder}`];

const PROGRAMS: readonly ServerProgram[] = [
  { kind: 'dnsmasq', ...dnsmasq },
  { kind: 'openwrt', file: openwrtAsDnsmasq, ...dnsmasq },
  {
    kind: 'isc-dhcpd',
    check: (file) => ['dhcpd', '-4', '-t', '-cf', file],
    start: (file) => {
      writeFileSync(place('dhcpd.leases'), '');
      return ['dhcpd', '-4', '-f', '-d', '-cf', file, '-lf', place('dhcpd.leases'), '-pf', place('dhcpd.pid'), 'eth1'];
    },
  },
  {
    kind: 'kea',
    check: (file) => ['env', ...keaPlaces, 'kea-dhcp4', '-t', file],
    start: (file) => ['env', ...keaPlaces, 'sh', '-c', keaCommand(file)],
  },
];

/** Ends what was started in the namespace, and with it whatever it has started. */
const end = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
};

/** The first answer of a server that runs on this file to a phone with this address. */
const answerOf = async ({ start }: ServerProgram, file: string, mac = PHONE) => {
  spaces.ip(phone, 'link', 'set', 'eth0', 'address', mac);
  spaces.ip(phone, 'link', 'set', 'eth0', 'up');
  spaces.ip(phone, 'route', 'replace', '255.255.255.255', 'dev', 'eth0');
  const [command = '', ...args] = start(file);
  const child = spaces.start(server, command, ...args);
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (words: string) => {
      said += words;
    });
  const asker = ['netns', 'exec', phone, process.execPath, '--import', 'tsx', ASKER, mac, '7962'];
  const asking = spawn('ip', asker, { stdio: ['ignore', 'pipe', 'inherit'] });
  let answer = '';
  asking.stdout.setEncoding('utf8').on('data', (words: string) => {
    answer += words;
  });
  await new Promise((resolve) => asking.once('close', resolve));
  await end(child);
  expect(answer, said).not.toBe('');
  return readReply({ bytes: Buffer.from(answer, 'hex'), to: { address: '255.255.255.255', port: 68 } });
};

/** dnsmasq ends option 66 with a NUL. */
const withoutNul = (hex: string | undefined): string | undefined => hex?.replace(/00$/, '');

describe.each(PROGRAMS)('$kind', (program) => {
  const { kind, file: asFile = (printedText: string) => printedText, check } = program;

  const fileFor = async (yaml: string): Promise<string> => {
    const file = place(`${kind}.conf`);
    writeFileSync(file, asFile(await printed(kind, yaml)));
    return file;
  };

  const accepts = async (file: string): Promise<void> => {
    const [command = '', ...args] = check(file);
    const { code, output } = await spaces.run(server, command, ...args);
    expect(code, output).toBe(0);
    expect(output).not.toMatch(/warn|error/i);
  };

  it.each(Object.entries(CONFIGURATIONS))('accepts the file, and tells a 7962: %s', async (_, { yaml, expected }) => {
    const file = await fileFor(yaml);
    await accepts(file);
    const reply = await answerOf(program, file);
    expect(reply.type).toBe('OFFER');
    expect(reply.yiaddr).toMatch(/^10\.96\.0\.1\d\d$/);
    expect(reply.siaddr).toBe(expected.siaddr);
    for (const [code, value] of Object.entries(expected.options)) {
      const found = reply.option(Number(code));
      expect([code, code === '66' ? withoutNul(found) : found]).toEqual([code, value]);
    }
  });

  it('gives a reserved address to its phone', async () => {
    const file = await fileFor(CONFIGURATIONS['two call managers and everything']?.yaml ?? '');
    const reply = await answerOf(program, file, RESERVED);
    expect([reply.yiaddr, reply.option(150)]).toEqual(['10.96.0.120', '0a60000a0a60000b']);
  });

  it('sends a domain as it was configured, whatever is in it', async () => {
    const file = await fileFor(subnetOf(`      domain: ${JSON.stringify(ODD_DOMAIN)}`));
    await accepts(file);
    expect((await answerOf(program, file)).option(15)).toBe(text(ODD_DOMAIN));
  });

  it('accepts several subnets', async () => {
    const more = '    - { subnet: 10.97.0.0/24, pools: [10.97.0.100-10.97.0.199], option150: [10.96.0.11] }';
    const { yaml = '' } = CONFIGURATIONS['two call managers and everything'] ?? {};
    await accepts(await fileFor(yaml.replace('\ndevices:', `\n${more}\ndevices:`)));
  });
});

describe('a check of the syntax', () => {
  it('proves nothing about option 150: dhcpd accepts a text, and sends its characters', async () => {
    const program = PROGRAMS.find(({ kind }) => kind === 'isc-dhcpd') as ServerProgram;
    const { yaml = '' } = CONFIGURATIONS['one file server and nothing else'] ?? {};
    const wrong = (await printed('isc-dhcpd', yaml))
      .replace('array of ip-address', 'text')
      .replace('option tftp-servers 10.96.0.11;', 'option tftp-servers "10.96.0.11";');
    const file = place('wrong.conf');
    writeFileSync(file, wrong);
    const [command = '', ...args] = program.check(file);
    expect((await spaces.run(server, command, ...args)).code).toBe(0);
    expect((await answerOf(program, file)).option(150)).toBe(text('10.96.0.11'));
  });
});
