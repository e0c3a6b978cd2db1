// Fifteen thousand simulated phones in one process against one daemon: whether all register and stay, and whether the
// phones cost less than the daemon that they try. Daemon on one core, phones on the other.
// `npx tsx test/bench/fleet.ts` runs it alone. Needs the built program and 16,000 descriptors.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Program } from './programs.js';
import { progress } from './progress.js';
import { markdown, type Row } from './table.js';

const PHONES = Number(process.env.LABCM_BENCH_PHONES ?? 15_000);
const FILE_PHONES = Math.min(PHONES, 4_000);
const DAEMON_CORE = 0;
const PHONES_CORE = 1;
const PORTS = { tftp: 6975, sccp: 6976, sip: 6977 };
const MIX = 'CIPC/sccp=2,7975/sip=1';

const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

interface Quantiles {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
}

interface Outcome {
  readonly everRegistered: number;
  readonly registeredAtEnd: number;
  readonly failed: number;
  readonly ramp: number;
  readonly lag: number;
  readonly boot: Quantiles;
  readonly counts: Readonly<Record<string, number>>;
}

interface Run {
  readonly outcome: Outcome;
  /** Seconds. */
  readonly daemonCpu: number;
  readonly phonesCpu: number;
  readonly phonesMiB: number;
}

/** The same mix as the phones' own: of each three, which speak what. */
const devicesFile = async (folder: string): Promise<string> => {
  const { fromPattern, mixAt, parseMix } = await import('../../src/phone/index.js');
  const mix = parseMix(MIX) ?? [];
  const rows = Array.from({ length: PHONES }, (_, at) => {
    const part = mixAt(mix, at);
    const lines = [{ dn: String(100_001 + at) }];
    return JSON.stringify({
      name: fromPattern('SEP02%010X', 1 + at),
      model: part?.model,
      protocol: part?.protocol,
      lines,
    });
  });
  const file = join(folder, 'phones.jsonl');
  writeFileSync(file, `${rows.join('\n')}\n`);
  return file;
};

const startDaemon = async (folder: string): Promise<Program> => {
  const config = join(folder, 'bench.yaml');
  writeFileSync(
    config,
    `
nodes: [{ name: CM1, address: 127.0.0.1 }]
tftp: { listen: 127.0.0.1, port: ${PORTS.tftp} }
http: { provisioning: { enabled: false }, api: { enabled: false } }
sccp: { listen: 127.0.0.1, port: ${PORTS.sccp} }
sip: { listen: 127.0.0.1, udp: ${PORTS.sip}, tcp: ${PORTS.sip}, limits: { datagramsPerSecond: 1000000 } }
trace: { directory: ${join(folder, 'logs')}, console: off }
state: { directory: ${join(folder, 'state')} }
devicesFile: ${await devicesFile(folder)}
`,
  );
  return Program.start(DAEMON_CORE, process.execPath, [program, 'run', '-c', config], 'ready');
};

const measure = async (daemon: Program, ...words: readonly string[]): Promise<Run> => {
  const before = daemon.cpuSeconds;
  const phones = await Program.start(
    PHONES_CORE,
    process.execPath,
    [
      program,
      'phone',
      ...['--name', 'SEP02%010X', '--mix', MIX, '--line', '1%05d', '--json'],
      ...['--tftp-port', String(PORTS.tftp), '--sccp-port', String(PORTS.sccp), '--sip-port', String(PORTS.sip)],
      ...words,
    ],
    '',
  );
  let phonesCpu = 0;
  let phonesMiB = 0;
  const watch = setInterval(() => {
    phonesCpu = Math.max(phonesCpu, phones.cpuSeconds);
    if (phones.cpuSeconds > 0) phonesMiB = Math.max(phonesMiB, phones.residentMiB);
  }, 200);
  const outcome = JSON.parse(await phones.said(/^\{.*\}$/m, 600_000)) as Outcome;
  clearInterval(watch);
  const daemonCpu = daemon.cpuSeconds - before;
  await phones.stop();
  return { outcome, daemonCpu, phonesCpu, phonesMiB };
};

const rowsOf = (name: string, count: number, { outcome, daemonCpu, phonesCpu, phonesMiB }: Run): readonly Row[] => [
  {
    name: `${name}: registered at the end`,
    ours: `${outcome.registeredAtEnd.toLocaleString('en-US')}, ${outcome.counts['phone.keepalive-missed'] ?? 0} keepalives missed, boot p50 ${outcome.boot.p50} ms, p99 ${outcome.boot.p99} ms, ${Math.round(phonesMiB)} MiB`,
    peer: `${count.toLocaleString('en-US')} phones`,
    ratio: outcome.registeredAtEnd / count,
    aim: '1',
    met:
      outcome.registeredAtEnd === count &&
      outcome.failed === 0 &&
      outcome.counts['phone.keepalive-missed'] === undefined,
  },
  {
    name: `${name}: processor time of the phones beside the daemon's`,
    ours: `${phonesCpu.toFixed(1)} s`,
    peer: `${daemonCpu.toFixed(1)} s`,
    ratio: phonesCpu / daemonCpu,
    aim: '≤ 1',
    met: phonesCpu <= daemonCpu,
  },
];

export const run = async (): Promise<Row[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'labcm-bench-'));
  const daemon = await startDaemon(folder);
  try {
    progress(`fleet: ${PHONES} phones register and are held`);
    const held = await measure(
      daemon,
      '--boot',
      'register',
      '--count',
      String(PHONES),
      '--rate',
      '500',
      '--hold',
      '90s',
    );
    progress(`fleet: ${FILE_PHONES} phones boot from their files`);
    const booted = await measure(
      daemon,
      '--boot',
      'tftp',
      '--http-port',
      '0',
      '--count',
      String(FILE_PHONES),
      '--rate',
      '200',
      '--hold',
      '0s',
    );
    return [
      ...rowsOf(`${PHONES.toLocaleString('en-US')} phones, 500 a second, held`, PHONES, held),
      ...rowsOf(`${FILE_PHONES.toLocaleString('en-US')} phones with their files, 200 a second`, FILE_PHONES, booted),
    ];
  } finally {
    await daemon.stop();
    rmSync(folder, { recursive: true, force: true });
  }
};

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${markdown(await run())}\n`);
