// Whether what a request costs depends on how many devices are configured: the same hundred phones of each protocol, spread
// evenly among more and more devices, every service of the daemon on. Daemon on one core, load on the other.
// `npx tsx test/bench/flat.ts` runs it alone. Needs root, gcc, perfdhcp and the built program.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Program } from './programs.js';
import { progress } from './progress.js';
import { deviceName, MODEL, writtenDialogue } from './sccp-dialogue.js';
import { compared, fact, markdown, median, type Row, spread } from './table.js';
import { Wire } from './wire.js';

const ROUNDS = Number(process.env.LABCM_BENCH_ROUNDS ?? 3);
const SIZES = [100, 1000, 10_000, 40_000] as const;
const PHONES = 50; // of each protocol
const SERVER_CORE = 0;
const LOAD_CORE = 1;
const PORTS = { tftp: 6985, http: 6986, sccp: 6987, sip: 6988 };
const MOST_GROWTH = 1.2;
const MOST_STARTUP = 3000; // ms

const REGISTRATIONS = 4000;
const KEEPALIVES = 100_000;
const SECONDS = 3;
const LEASES = { warm: 2000, count: 9000, rate: 3000 };

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** As the load names them. */
const sipDevice = (index: number) => ({
  name: `SEP005056${(0x10_0000 + index).toString(16).toUpperCase()}`,
  model: '7975',
  protocol: 'SIP',
  lines: [{ dn: String(100_000 + index) }],
});
const sccpDevice = (index: number) => ({
  name: deviceName(index),
  model: MODEL,
  protocol: 'SCCP',
  lines: [{ dn: String(200_000 + index) }],
});

/** Half of each protocol; those that are measured at equal distances, the others never heard of. */
const devices = function* (count: number): Iterable<string> {
  const distance = count / 2 / PHONES;
  for (let at = 0; at < count / 2; at += 1) {
    const index = at % distance === 0 ? at / distance : PHONES + at;
    yield JSON.stringify(sccpDevice(index));
    yield JSON.stringify(sipDevice(index));
  }
};

/** Microseconds of the daemon's processor for one of each. */
interface Costs {
  readonly REGISTER: number;
  readonly 'SCCP registration': number;
  readonly 'SCCP keepalive': number;
  readonly file: number;
  readonly lease: number;
  readonly startup: number;
}

export const run = async (): Promise<Row[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'labcm-bench-'));
  const wire = new Wire();
  try {
    const loads = { sip: join(folder, 'sip-load'), tftp: join(folder, 'tftp-load') };
    for (const [name, path] of Object.entries(loads)) execFileSync('gcc', ['-O2', '-o', path, here(`${name}-load.c`)]);
    const dialogue = await writtenDialogue(folder, PHONES);
    const files = join(folder, 'files');
    writeFileSync(files, Array.from({ length: PHONES }, (_, index) => `${deviceName(index)}.cnf.xml\n`).join(''));
    const results = new Map(SIZES.map((size) => [size as number, [] as Costs[]]));
    for (let round = 0; round < ROUNDS; round += 1)
      for (const size of SIZES) {
        progress(`flat: ${size} devices, round ${round + 1} of ${ROUNDS}`);
        results.get(size)?.push(await measured(folder, wire, size, { ...loads, dialogue, files }));
      }
    return rowsOf(results);
  } finally {
    wire.close();
    rmSync(folder, { recursive: true, force: true });
  }
};

interface Loads {
  readonly sip: string;
  readonly tftp: string;
  readonly dialogue: string;
  readonly files: string;
}

const measured = async (folder: string, wire: Wire, size: number, loads: Loads): Promise<Costs> => {
  const from = performance.now();
  const daemon = await started(folder, wire, size);
  const startup = performance.now() - from;
  const loading = (command: string, ...args: readonly (string | number)[]): string =>
    execFileSync('taskset', ['-c', String(LOAD_CORE), command, ...args.map(String)], { encoding: 'utf8' });
  /** Of what `load` does, per each of the many that it answers. */
  const cost = (load: () => number): number => {
    const before = daemon.cpuSeconds;
    const done = load();
    return ((daemon.cpuSeconds - before) * 1e6) / done;
  };
  /** The last line of a load is its result. */
  const resultOf = <T>(said: string): T => JSON.parse(said.trim().split('\n').at(-1) ?? '') as T;
  const sccp = (what: string, count: number): number => {
    loading(
      process.execPath,
      here('sccp-load.mjs'),
      what,
      PORTS.sccp,
      loads.dialogue,
      ...(what === 'register' ? [16] : [PHONES]),
      count,
    );
    return count;
  };
  let cseq = 1;
  const sip = (seconds: number): number => {
    const said = loading(loads.sip, '127.0.0.1', PORTS.sip, 'udp', PHONES, 32, seconds, 0, cseq);
    const { answered, last } = resultOf<{ answered: number; last: number }>(said);
    cseq = last;
    return answered;
  };
  const tftp = (seconds: number): number =>
    resultOf<{ files: number }>(loading(loads.tftp, '127.0.0.1', PORTS.tftp, 16, seconds, loads.files, 512)).files;

  try {
    sccp('register', 1000);
    sip(1);
    tftp(1);
    wire.lease(LEASES.warm, LEASES.rate, '02:00:00:0a:00:00', LOAD_CORE);
    return {
      startup,
      REGISTER: cost(() => sip(SECONDS)),
      'SCCP registration': cost(() => sccp('register', REGISTRATIONS)),
      'SCCP keepalive': cost(() => sccp('keepalives', KEEPALIVES)),
      file: cost(() => tftp(SECONDS)),
      lease: cost(() => wire.lease(LEASES.count, LEASES.rate, '02:00:00:0b:00:00', LOAD_CORE)),
    };
  } finally {
    await daemon.stop();
  }
};

const started = async (folder: string, wire: Wire, size: number): Promise<Program> => {
  const state = join(folder, 'state');
  rmSync(state, { recursive: true, force: true });
  const phones = join(folder, 'phones.jsonl');
  writeFileSync(phones, `${[...devices(size)].join('\n')}\n`);
  const config = join(folder, 'flat.yaml');
  writeFileSync(
    config,
    `
nodes: [{ name: CM1, address: 127.0.0.1 }]
dhcp:
  enabled: true
  interface: ${wire.interface}
  answer: all
  limits: { newClients: 1000000, newClientsPerLink: 1000000, openOffers: 1 }
  subnets: [{ subnet: ${wire.pool.subnet}, pools: [${wire.pool.range}], option150: [${wire.server}] }]
tftp: { listen: 127.0.0.1, port: ${PORTS.tftp}, limits: { transfersPerSource: 1000, requestsPerSecond: 1000000 } }
http:
  provisioning: { listen: 127.0.0.1, port: ${PORTS.http}, limits: { requestsPerSecond: 1000000 } }
  api: { port: 0 }
sccp: { listen: 127.0.0.1, port: ${PORTS.sccp}, throttle: { messages: 1000000 } }
sip: { listen: 127.0.0.1, udp: ${PORTS.sip}, tcp: ${PORTS.sip}, trying: streams, limits: { datagramsPerSecond: 1000000 } }
trace: { directory: ${join(folder, 'logs')}, console: off }
state: { directory: ${state} }
devicesFile: ${phones}
`,
  );
  return Program.start(SERVER_CORE, process.execPath, [here('../../dist/main.js'), 'run', '-c', config], 'ready');
};

const rowsOf = (results: ReadonlyMap<number, readonly Costs[]>): Row[] => {
  const of = (size: number, what: keyof Costs): number[] => (results.get(size) ?? []).map((costs) => costs[what]);
  const [fewest, ...more] = SIZES;
  const most = SIZES.at(-1) ?? fewest;
  const between = more.slice(0, -1);
  const row = (what: Exclude<keyof Costs, 'startup'>): Row => {
    const middle = between.map((size) => `${size.toLocaleString('en-US')}: ${median(of(size, what)).toFixed(1)}`);
    return compared(
      `${what}, ${most.toLocaleString('en-US')} devices beside ${fewest} (${middle.join(', ')})`,
      'µs',
      of(most, what),
      of(fewest, what),
      { atMost: MOST_GROWTH },
      1,
    );
  };
  const startup = of(most, 'startup');
  return [
    row('REGISTER'),
    row('SCCP registration'),
    row('SCCP keepalive'),
    row('file'),
    row('lease'),
    fact(
      `start-up with ${most.toLocaleString('en-US')} devices, every service on`,
      `${spread(startup)} ms`,
      `< ${MOST_STARTUP.toLocaleString('en-US')} ms`,
      Math.max(...startup) < MOST_STARTUP,
    ),
  ];
};

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${markdown(await run())}\n`);
