// DHCP beside kea-dhcp4 and dnsmasq: server on one core in one network namespace, perfdhcp as a relay on the other core in
// another, a veth between them, each server in turns; and labcm with the bus of a cluster, which must hold a lease before the
// client is told of it. `npx tsx test/bench/dhcp.ts` runs it alone. Needs root, and kea-dhcp4-server, kea-admin, dnsmasq and
// nats-server.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Program } from './programs.js';
import { progress } from './progress.js';
import { besides } from './services.js';
import { compared, markdown, median, type Row } from './table.js';

const ROUNDS = Number(process.env.LABCM_BENCH_ROUNDS ?? 3);
const SERVER_CORE = 0;
const LOAD_CORE = 1;
const SERVER = '10.77.0.1';
const RELAY = '10.77.0.2';
/** 65,024 addresses. */
const POOL = { first: '10.77.1.0', last: '10.77.254.255' };
const MANY_LEASES = 65_000;
/** A run must not use up the pool. */
const MOST_CLIENTS = 55_000;
const SECONDS = 5;
/** Shares of what was sent. */
const MOST_LOST = 0.001;
const LEAST_KEPT = 0.97;
/** Exchanges per second at which the cost of one is compared. */
const COMPARED_RATE = 5000;
/** As above, with the bus beside without. */
const BUS_RATE = 500;
const ENGINE_PORT = 4934;
/**
 * perfdhcp has no say in its own receive buffer: answers that it drops would count as the server's losses. Servers start
 * with what the machine gives to every socket.
 */
const RECEIVE_BUFFER = 'net.core.rmem_default';
const LOADS_BUFFER = '8388608';

const giveBuffers = (octets: string): void => void execFileSync('sysctl', ['-qw', `${RECEIVE_BUFFER}=${octets}`]);

const top = fileURLToPath(new URL('../..', import.meta.url));

interface Peer {
  readonly name: string;
  /** The highest rate is looked for from here. */
  readonly from: number;
  /** Forgets every lease, then starts. `leased`: so many addresses are taken already (labcm alone). */
  start(leased?: number): Promise<Program>;
  /** Ends what it needs besides. */
  stop?(): Promise<void>;
}

interface Load {
  /** Exchanges per second that were asked for and came about. */
  readonly wanted: number;
  readonly rate: number;
  readonly exchanges: number;
  /** Of all requests. */
  readonly lost: number;
}

export const run = async (): Promise<Row[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'labcm-bench-'));
  const buffer = readFileSync('/proc/sys/net/core/rmem_default', 'utf8').trim();
  const spaces = { server: `lcb${process.pid}s`, load: `lcb${process.pid}l` };
  try {
    wire(spaces.server, spaces.load);
    return await measure(folder, spaces, buffer);
  } finally {
    giveBuffers(buffer);
    for (const name of Object.values(spaces)) spawnSync('ip', ['netns', 'del', name]);
    rmSync(folder, { recursive: true, force: true });
  }
};

const wire = (server: string, load: string): void => {
  const ip = (...args: string[]): void => void execFileSync('ip', args);
  for (const name of [server, load]) {
    ip('netns', 'add', name);
    ip('-n', name, 'link', 'set', 'lo', 'up');
  }
  ip('link', 'add', 'v0', 'netns', server, 'type', 'veth', 'peer', 'name', 'v1', 'netns', load);
  for (const [name, link, address] of [
    [server, 'v0', SERVER],
    [load, 'v1', RELAY],
  ] as const) {
    ip('-n', name, 'addr', 'add', `${address}/16`, 'dev', link);
    ip('-n', name, 'link', 'set', link, 'up');
  }
};

const measure = async (
  folder: string,
  spaces: { readonly server: string; readonly load: string },
  buffer: string,
): Promise<Row[]> => {
  const starting = async (command: string, args: readonly string[], ready?: string): Promise<Program> => {
    giveBuffers(buffer);
    const program = await Program.start(SERVER_CORE, 'ip', ['netns', 'exec', spaces.server, command, ...args], ready);
    giveBuffers(LOADS_BUFFER);
    return program;
  };
  const labcm: Peer = {
    name: 'labcm',
    from: 4000,
    start: (leased = 0) => {
      const state = join(folder, 'state');
      rmSync(state, { recursive: true, force: true });
      if (leased > 0) prefill(state, leased);
      return startLabcm();
    },
  };
  let engine: Program | undefined;
  /** A node of a cluster: nobody else is there, and the engine on the other core holds nothing yet. */
  const clustered: Peer = {
    name: 'labcm with the bus',
    from: 400,
    start: async () => {
      for (const left of ['state', 'engine']) rmSync(join(folder, left), { recursive: true, force: true });
      engine = await Program.start(
        LOAD_CORE,
        'ip',
        ['netns', 'exec', spaces.server, '/usr/sbin/nats-server', ...engineArgs(join(folder, 'engine'))],
        'Server is ready',
      );
      return startLabcm(`cluster: { name: Bench, bus: "nats://127.0.0.1:${ENGINE_PORT}" }\n`);
    },
    stop: async () => engine?.stop(),
  };
  const startLabcm = (more = ''): Promise<Program> => {
    const config = join(folder, 'labcm.yaml');
    writeFileSync(config, more + labcmConfig(folder));
    return starting(process.execPath, [join(top, 'dist/main.js'), 'run', '-c', config], 'ready');
  };
  /** Milliseconds until it is ready, when so many leases lie on the disk. */
  const startUp = async (leased: number): Promise<number> => {
    await (await labcm.start(leased)).stop();
    const from = performance.now();
    const program = await startLabcm();
    const took = performance.now() - from;
    await program.stop();
    return took;
  };
  const kea: Peer = {
    name: 'kea-dhcp4',
    from: 4000,
    start: () => {
      rmSync(join(folder, 'kea.csv'), { force: true });
      const config = join(folder, 'kea.json');
      writeFileSync(config, JSON.stringify(keaConfig(folder)));
      const places = ['KEA_PIDFILE_DIR', 'KEA_LOCKFILE_DIR', 'KEA_DHCP_DATA_DIR'].map((name) => `${name}=${folder}`);
      return starting('env', [...places, 'kea-dhcp4', '-c', config]);
    },
  };
  const dnsmasq: Peer = {
    name: 'dnsmasq',
    from: 100,
    start: () => {
      const leases = join(folder, 'dnsmasq.leases');
      rmSync(leases, { force: true });
      return starting('dnsmasq', [
        ...['--no-daemon', '--port=0', '--user=root', '--conf-file=/dev/null', '--log-facility=/dev/null'],
        ...['--interface=v0', '--bind-interfaces', `--dhcp-range=${POOL.first},${POOL.last},255.255.0.0,1d`],
        ...[`--dhcp-leasefile=${leases}`, '--dhcp-lease-max=70000', '--dhcp-authoritative', '--no-ping'],
        ...[`--dhcp-option=150,${SERVER}`, '--dhcp-option=3,10.77.0.254'],
      ]);
    },
  };

  /** `base`: distinguishes the clients of one load from those of another. */
  const load = (rate: number, seconds: number, base: string, clients = MOST_CLIENTS): Load => {
    const { stdout } = spawnSync(
      'taskset',
      [
        ...['-c', String(LOAD_CORE), 'ip', 'netns', 'exec', spaces.load, 'perfdhcp', '-4', '-l', 'v1'],
        ...['-r', String(rate), '-R', String(clients), '-p', String(seconds), '-W', '300000', '-b', `mac=${base}`],
        SERVER,
      ],
      { encoding: 'utf8' },
    );
    const numbers = (pattern: RegExp): number[] => [...stdout.matchAll(pattern)].map(([, number]) => Number(number));
    const sent = numbers(/sent packets: (\d+)/g);
    const drops = numbers(/drops: (\d+)/g);
    const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
    const exchanges = numbers(/received packets: (\d+)/g)[1] ?? 0;
    return { wanted: rate, rate: exchanges / seconds, exchanges, lost: sum(drops) / Math.max(1, sum(sent)) };
  };

  /** One load on a fresh server whose code and caches are warm, and the processor time of one exchange in µs. */
  const once = async (
    peer: Peer,
    rate: number,
    leased?: number,
    clients?: number,
  ): Promise<Load & { readonly cost: number }> => {
    const program = await peer.start(leased);
    load(Math.min(rate, 2000), 1, '02:00:00:01:00:00');
    const before = program.cpuSeconds;
    const most = clients ?? MOST_CLIENTS;
    const result = load(rate, Math.min(SECONDS, Math.floor(most / rate)), '02:00:00:02:00:00', most);
    const cost = ((program.cpuSeconds - before) / Math.max(1, result.exchanges)) * 1e6;
    await program.stop();
    await peer.stop?.();
    return { ...result, cost };
  };

  /** The highest rate with hardly a loss: upwards in steps of a fifth, then halfway back a few times. */
  const highest = async (peer: Peer, from: number): Promise<number> => {
    const holds = async (rate: number): Promise<boolean> => {
      for (let attempt = 0; attempt < 2; attempt += 1) {
        const { lost, rate: had } = await once(peer, Math.round(rate));
        if (lost < MOST_LOST && had >= rate * LEAST_KEPT) return true;
      }
      return false;
    };
    let good = from;
    while (!(await holds(good)) && good > 50) good /= 2;
    let bad = good * 1.2;
    while (await holds(bad)) {
      good = bad;
      bad *= 1.2;
    }
    for (let step = 0; step < 3; step += 1) {
      const middle = (good + bad) / 2;
      if (await holds(middle)) good = middle;
      else bad = middle;
    }
    return good;
  };

  const peers = [labcm, kea, dnsmasq, clustered];
  const rates = new Map<Peer, number[]>(peers.map((peer) => [peer, []]));
  const costs = new Map<Peer, number[]>(peers.map((peer) => [peer, []]));
  const slow = new Map<Peer, number[]>([labcm, clustered].map((peer) => [peer, []]));
  const flat = { empty: [] as number[], full: [] as number[] };
  const starts = { empty: [] as number[], full: [] as number[] };
  const found = (peer: Peer): number => median(rates.get(peer) ?? []);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const peer of peers) {
      progress(`dhcp: ${peer.name}, round ${round + 1} of ${ROUNDS}`);
      const from = round === 0 ? peer.from : found(peer) * 0.8;
      rates.get(peer)?.push(await highest(peer, from));
    }
    for (const peer of [labcm, kea]) costs.get(peer)?.push((await once(peer, COMPARED_RATE)).cost);
    for (const peer of [labcm, clustered]) slow.get(peer)?.push((await once(peer, BUS_RATE)).cost);
    flat.empty.push((await once(labcm, 3000, 0, 3000)).cost);
    flat.full.push((await once(labcm, 3000, 60_000, 3000)).cost);
    starts.empty.push(await startUp(0));
    starts.full.push(await startUp(MANY_LEASES));
  }
  const of = (results: ReadonlyMap<Peer, number[]>, peer: Peer): number[] => results.get(peer) ?? [];
  return [
    compared('DHCP, highest rate, beside kea-dhcp4', 'exchanges/s', of(rates, labcm), of(rates, kea), { atLeast: 1.5 }),
    compared('DHCP, highest rate, beside dnsmasq', 'exchanges/s', of(rates, labcm), of(rates, dnsmasq), {
      atLeast: 10,
    }),
    compared(
      `DHCP, processor time at ${COMPARED_RATE}/s, beside kea-dhcp4`,
      'µs/exchange',
      of(costs, labcm),
      of(costs, kea),
      { atMost: 0.6 },
      1,
    ),
    compared(
      'DHCP with the bus, highest rate, beside without',
      'exchanges/s',
      of(rates, clustered),
      of(rates, labcm),
      undefined,
    ),
    compared(
      `DHCP with the bus, processor time at ${BUS_RATE}/s, beside without`,
      'µs/exchange',
      of(slow, clustered),
      of(slow, labcm),
      undefined,
      1,
    ),
    compared(
      'DHCP, 60,000 of 65,024 addresses taken, beside none',
      'µs/exchange',
      flat.full,
      flat.empty,
      { atMost: 1.2 },
      1,
    ),
    {
      ...compared(
        `DHCP, start-up with ${MANY_LEASES.toLocaleString('en-US')} leases on disk, beside none`,
        'ms',
        starts.full,
        starts.empty,
        undefined,
      ),
      aim: '< 500 ms more',
      met: median(starts.full) - median(starts.empty) < 500,
    },
  ];
};

const engineArgs = (folder: string): readonly string[] => [
  ...['-a', '127.0.0.1', '-p', String(ENGINE_PORT), '-js', '-sd', folder],
];

/** A file of leases as labcm writes it. */
const prefill = (state: string, count: number): void => {
  execFileSync('mkdir', ['-p', state]);
  const now = Date.now();
  const lines = Array.from({ length: count }, (_, index) => {
    const mac = `0A${index.toString(16).toUpperCase().padStart(10, '0')}`;
    const address = `10.77.${1 + (index >> 8)}.${index & 255}`;
    const names = { hostName: `SEP${mac}`, vendorClass: 'Cisco Systems, Inc. IP Phone CP-7960G' };
    const lease = { address, state: 'bound', mac, htype: 1, clientId: '', ...names };
    return `${JSON.stringify({ ...lease, since: now, until: now + 86_400_000, granted: 86_400_000 })}\n`;
  });
  writeFileSync(join(state, 'leases.jsonl'), lines.join(''));
};

const labcmConfig = (folder: string): string => `
nodes: [{ name: CM1, address: ${SERVER} }]
dhcp:
  enabled: true
  interface: v0
  answer: all
  limits: { newClients: 1000000, newClientsPerLink: 1000000, openOffers: 1 }
  subnets: [{ subnet: 10.77.0.0/16, pools: [${POOL.first}-${POOL.last}], routers: [10.77.0.254], option150: [${SERVER}] }]
${besides('dhcp')}
trace: { directory: ${join(folder, 'logs')}, console: off }
state: { directory: ${join(folder, 'state')} }
`;

const keaConfig = (folder: string): object => ({
  Dhcp4: {
    'interfaces-config': { interfaces: ['v0'], 'dhcp-socket-type': 'udp' },
    'lease-database': { type: 'memfile', persist: true, name: join(folder, 'kea.csv'), 'lfc-interval': 3600 },
    'valid-lifetime': 86_400,
    subnet4: [
      {
        id: 1,
        subnet: '10.77.0.0/16',
        pools: [{ pool: `${POOL.first}-${POOL.last}` }],
        'option-data': [{ name: 'routers', data: '10.77.0.254' }],
      },
    ],
    'option-def': [{ name: 'tftp150', code: 150, type: 'ipv4-address', array: true }],
    'option-data': [{ name: 'tftp150', data: SERVER, 'always-send': true }],
    loggers: [{ name: 'kea-dhcp4', severity: 'ERROR', output_options: [{ output: join(folder, 'kea.log') }] }],
  },
});

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${markdown(await run())}\n`);
