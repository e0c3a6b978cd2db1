// The file service beside in.tftpd, dnsmasq and a canned responder: server on one core, load on the other, each in turns.
// `npx tsx test/bench/tftp.ts` runs it alone. Needs root (dnsmasq serves on port 69 only), gcc, tftpd-hpa and dnsmasq.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Program } from './programs.js';
import { progress } from './progress.js';
import { besides } from './services.js';
import { compared, markdown, median, type Row } from './table.js';

const DEVICES = 500;
const ROUNDS = Number(process.env.LABCM_BENCH_ROUNDS ?? 3);
const SECONDS = 2;
const WARM_SECONDS = 1;
const CLIENTS = [16, 64, 256];
const SERVER_CORE = 0;
const LOAD_CORE = 1;
const LARGE = 20_000_000;
const LARGE_BLOCKS = 1428;

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const top = here('../..');

interface Load {
  readonly files: number;
  readonly refused: number;
  readonly octets: number;
  readonly doubled: number;
  readonly timeouts: number;
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
}

interface Measured extends Load {
  /** Microseconds of the server's processor per file or refusal. */
  readonly cpu: number;
}

interface Peer {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  start(): Promise<Program>;
}

const deviceName = (index: number): string =>
  `SEP${(0x0050_5600_0000 + index).toString(16).toUpperCase().padStart(12, '0')}`;

export const run = async (): Promise<Row[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'labcm-bench-'));
  try {
    return await measure(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const measure = async (folder: string): Promise<Row[]> => {
  const load = join(folder, 'tftp-load');
  execFileSync('gcc', ['-O2', '-o', load, here('tftp-load.c')]);
  const root = join(folder, 'root');
  mkdirSync(root);
  writeFileSync(join(root, 'large.bin'), Buffer.alloc(LARGE, 'labcm'));
  const config = join(folder, 'bench.yaml');
  const devices = Array.from(
    { length: DEVICES },
    (_, index) =>
      `  - { name: ${deviceName(index)}, model: "7962", protocol: SCCP, lines: [{ dn: "${5000 + index}" }] }`,
  );
  writeFileSync(config, ours(root, folder) + devices.join('\n'));

  const lists = {
    devices: Array.from({ length: DEVICES }, (_, index) => `${deviceName(index)}.cnf.xml`),
    missing: Array.from({ length: DEVICES }, (_, index) => `CTL${deviceName(index)}.tlv`),
    large: ['large.bin'],
  };
  for (const [name, entries] of Object.entries(lists)) writeFileSync(join(folder, name), `${entries.join('\n')}\n`);
  const fetching = (peer: Peer, clients: number, seconds: number, list: keyof typeof lists, blksize: number): Load =>
    JSON.parse(
      execFileSync('taskset', [
        ...['-c', String(LOAD_CORE), load, peer.address, String(peer.port), String(clients), String(seconds)],
        ...[join(folder, list), String(blksize)],
      ]).toString(),
    ) as Load;

  const labcm: Peer = {
    name: 'labcm',
    address: '127.0.0.1',
    port: 6970,
    start: () =>
      Program.start(SERVER_CORE, process.execPath, [join(top, 'dist/main.js'), 'run', '-c', config], 'ready'),
  };
  // The peers serve from disk what labcm makes, so that all send the same octets.
  const octets = await copyDeviceFiles(labcm, lists.devices, root);
  const inTftpd: Peer = {
    name: 'in.tftpd',
    address: '127.0.0.1',
    port: 6971,
    start: () =>
      Program.start(SERVER_CORE, 'in.tftpd', [
        '--foreground',
        '--listen',
        '--user',
        'root',
        '--address',
        '127.0.0.1:6971',
        '--secure',
        root,
      ]),
  };
  const dnsmasq: Peer = {
    name: 'dnsmasq',
    address: '127.0.0.1',
    port: 69,
    start: () =>
      Program.start(SERVER_CORE, 'dnsmasq', [
        ...['--no-daemon', '--port=0', '--enable-tftp', `--tftp-root=${root}`, '--tftp-max=1000', '--user=root'],
        ...['--listen-address=127.0.0.1', '--bind-interfaces', '--conf-file=/dev/null', '--log-facility=/dev/null'],
      ]),
  };
  const canned: Peer = {
    name: 'canned',
    address: '127.0.0.1',
    port: 6972,
    start: () =>
      Program.start(SERVER_CORE, process.execPath, [here('tftp-canned.mjs'), '6972', String(octets)], 'ready'),
  };

  const cannedLarge: Peer = {
    ...canned,
    start: () =>
      Program.start(
        SERVER_CORE,
        process.execPath,
        [here('tftp-canned.mjs'), '6972', String(LARGE), String(LARGE_BLOCKS)],
        'ready',
      ),
  };

  /** Each peer in turn, `ROUNDS` times, so that the machine's moods fall on all alike. */
  const inTurns = async (
    peers: readonly Peer[],
    clients: number,
    list: keyof typeof lists,
    blksize = 512,
  ): Promise<Map<Peer, Measured[]>> => {
    const results = new Map<Peer, Measured[]>(peers.map((peer) => [peer, []]));
    for (let round = 0; round < ROUNDS; round += 1)
      for (const peer of peers) {
        progress(`tftp: ${list}, ${clients} at once, round ${round + 1} of ${ROUNDS}, ${peer.name}`);
        const program = await peer.start();
        fetching(peer, clients, WARM_SECONDS, list, blksize); // code and caches become warm
        const before = program.cpuSeconds;
        const load = fetching(peer, clients, SECONDS, list, blksize);
        const cpu = ((program.cpuSeconds - before) * 1e6) / Math.max(1, load.files + load.refused);
        results.get(peer)?.push({ ...load, cpu });
        await program.stop();
      }
    return results;
  };

  const rows: Row[] = [];
  const rate = ({ files, refused, seconds }: Load): number => (files + refused) / seconds;
  const cpuOf = ({ cpu }: Measured): number => cpu;
  const of = (results: Map<Peer, Measured[]>, peer: Peer, pick: (one: Measured) => number): number[] =>
    (results.get(peer) ?? []).map(pick);
  const title = (clients: number): string => `${(octets / 1000).toFixed(1)} KB files, ${clients} at once`;
  const aims = (clients: number) =>
    [
      [inTftpd, { atLeast: 5 }],
      [canned, { atLeast: 0.9 }],
      [dnsmasq, clients === 256 ? { atLeast: 1 } : undefined],
    ] as const;
  for (const clients of CLIENTS) {
    const loads = await inTurns([labcm, canned, inTftpd, dnsmasq], clients, 'devices');
    for (const [peer, aim] of aims(clients)) {
      const name = `${title(clients)}, beside ${peer.name}`;
      rows.push(
        compared(name, 'files/s', of(loads, labcm, rate), of(loads, peer, rate), aim),
        compared(`${name}: CPU each`, 'µs', of(loads, labcm, cpuOf), of(loads, peer, cpuOf), undefined),
      );
    }
    const doubled = of(loads, labcm, (one) => one.doubled).reduce((sum, one) => sum + one, 0);
    rows.push({
      name: `${title(clients)}: blocks sent twice`,
      ours: String(doubled),
      peer: '',
      ratio: undefined,
      aim: '0',
      met: doubled === 0,
    });
  }
  const refusals = await inTurns([labcm, dnsmasq], 16, 'missing');
  rows.push(
    compared(
      'a missing file refused, 16 at once, beside dnsmasq',
      'refusals/s',
      of(refusals, labcm, rate),
      of(refusals, dnsmasq, rate),
      { atLeast: 1 },
    ),
  );
  const large = await inTurns([labcm, inTftpd, dnsmasq, cannedLarge], 1, 'large', LARGE_BLOCKS);
  const megabytes = (peer: Peer): number[] => of(large, peer, ({ octets: got, seconds }) => got / seconds / 1e6);
  const better = median(megabytes(inTftpd)) > median(megabytes(dnsmasq)) ? inTftpd : dnsmasq;
  rows.push(
    compared(
      `one 20 MB file in blocks of ${LARGE_BLOCKS}, beside the better of both (${better.name})`,
      'MB/s',
      megabytes(labcm),
      megabytes(better),
      { atLeast: 0.95 },
      1,
    ),
    compared(
      `one 20 MB file in blocks of ${LARGE_BLOCKS}, beside canned`,
      'MB/s',
      megabytes(labcm),
      megabytes(cannedLarge),
      undefined,
      1,
    ),
  );
  return rows;
};

const ours = (root: string, folder: string): string => `
nodes: [{ name: CM1, address: 127.0.0.1 }]
tftp: { listen: 127.0.0.1, port: 6970, root: ${root}, limits: { transfersPerSource: 1000, requestsPerSecond: 1000000 } }
http:
  provisioning: { listen: 127.0.0.1, port: 6973, limits: { requestsPerSecond: 1000000 } }
  api: { port: 0 }
${besides('tftp', 'http')}
trace: { directory: ${join(folder, 'logs')}, console: off }
state: { directory: ${join(folder, 'state')} }
devices:
`;

const copyDeviceFiles = async (labcm: Peer, names: readonly string[], root: string): Promise<number> => {
  const program = await labcm.start();
  let size = 0;
  for (const name of names) {
    const bytes = Buffer.from(await (await fetch(`http://127.0.0.1:6973/${name}`)).arrayBuffer());
    writeFileSync(join(root, name), bytes);
    size = bytes.length;
  }
  await program.stop();
  return size;
};

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${markdown(await run())}\n`);
