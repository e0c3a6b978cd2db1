// The registrar beside kamailio: server on one core, load on the other, each in turns, as shipped (but for the console)
// and with `trying: streams`. `npx tsx test/bench/sip.ts` runs it alone. Needs gcc and kamailio.

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Program } from './programs.js';
import { progress } from './progress.js';
import { besides } from './services.js';
import { compared, markdown, type Row } from './table.js';

const DEVICES = 10_000;
/** What the code warms up with, where contacts are weighed. */
const FEW = 1000;
const ROUNDS = Number(process.env.LABCM_BENCH_ROUNDS ?? 3);
const SECONDS = 3;
const WINDOW = 64;
const EVEN_RATE = 1000;
const SERVER_CORE = 0;
const LOAD_CORE = 1;
const MIB = 1024 * 1024;
const TRANSACTIONS_GONE = 36_000; // ms: what is kept for 32 s is not the contacts' weight

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const top = here('../..');

type Transport = 'udp' | 'tcp';
type Trying = 'streams' | 'always';

interface Load {
  readonly answered: number;
  readonly refused: number;
  readonly timeouts: number;
  readonly seconds: number;
  /** Microseconds. */
  readonly p50: number;
  readonly p99: number;
  /** The next CSeq to begin with. */
  readonly last: number;
}

interface Measured {
  readonly perSecond: number;
  /** Microseconds of the server's processor per REGISTER. */
  readonly cpu: number;
  readonly p99: number;
  readonly lost: number;
}

interface Peer {
  readonly name: string;
  readonly port: number;
  start(): Promise<Program>;
}

export const run = async (): Promise<Row[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'labcm-bench-'));
  try {
    return await measure(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const measure = async (folder: string): Promise<Row[]> => {
  const load = join(folder, 'sip-load');
  execFileSync('gcc', ['-O2', '-o', load, here('sip-load.c')]);
  const labcm = async (trying: Trying, api = true, ...flags: readonly string[]): Promise<Peer> => {
    const port = await freePort();
    const config = join(folder, `${trying}-${api ? 'api' : 'bare'}.yaml`);
    writeFileSync(config, configuration(folder, trying, port, api));
    const command = [...flags, join(top, 'dist/main.js'), 'run', '-c', config];
    return {
      name: `labcm, trying: ${trying}`,
      port,
      start: () => Program.start(SERVER_CORE, process.execPath, command, 'ready'),
    };
  };
  const port = await freePort();
  const kamailio: Peer = {
    name: 'kamailio',
    port,
    start: () => Program.start(SERVER_CORE, 'kamailio', kamailioArguments(port)),
  };

  const ours = { streams: await labcm('streams'), always: await labcm('always') };
  const peers = [ours.streams, ours.always, kamailio];
  const fast = new Map<string, Measured[]>();
  const even = new Map<string, Measured[]>();
  for (let round = 0; round < ROUNDS; round += 1)
    for (const peer of peers)
      for (const transport of ['udp', 'tcp'] as const) {
        // The even load first: what a storm leaves for half a minute, its transactions, is no part of a quiet day.
        const program = await peer.start();
        let first = 1;
        for (const [results, rate] of [
          [even, EVEN_RATE],
          [fast, 0],
        ] as const) {
          progress(
            `sip: ${transport}, ${rate === 0 ? 'as fast as it goes' : `${rate}/s`}, round ${round + 1} of ${ROUNDS}, ${peer.name}`,
          );
          const { measured, last } = await registering(load, program, peer.port, transport, rate, first);
          first = last;
          const key = `${peers.indexOf(peer)} ${transport}`;
          results.set(key, [...(results.get(key) ?? []), measured]);
        }
        await program.stop();
      }

  const of = (results: Map<string, Measured[]>, peer: Peer, transport: Transport, what: keyof Measured): number[] =>
    (results.get(`${peers.indexOf(peer)} ${transport}`) ?? []).map((measured) => measured[what]);
  const rows: Row[] = [];
  for (const transport of ['udp', 'tcp'] as const)
    for (const [trying, peer] of Object.entries(ours)) {
      const title = `REGISTER over ${transport.toUpperCase()}, trying: ${trying}`;
      const beside = (
        results: Map<string, Measured[]>,
        words: string,
        what: keyof Measured,
        unit: string,
        aim: Parameters<typeof compared>[4],
        digits = 0,
      ): Row =>
        compared(
          `${title}${words}`,
          unit,
          of(results, peer, transport, what),
          of(results, kamailio, transport, what),
          aim,
          digits,
        );
      rows.push(
        beside(fast, '', 'perSecond', '/s', { atLeast: 1.3 }),
        beside(fast, ': CPU each', 'cpu', 'µs', { atMost: 0.75 }, 1),
        beside(even, `, ${EVEN_RATE}/s: p99`, 'p99', 'µs', { atMost: 1.2 }),
      );
      const lost = [fast, even].flatMap((results) => of(results, peer, transport, 'lost'));
      const sum = lost.reduce((total, each) => total + each, 0);
      rows.push({
        name: `${title}: refused or repeated`,
        ours: String(sum),
        peer: '',
        ratio: undefined,
        aim: '0',
        met: sum === 0,
      });
    }
  const weighing = ['--expose-gc', `--import=${here('weigh.mjs')}`];
  rows.push(
    await weight('', 14, await labcm('streams', false, ...weighing), load),
    await weight(", with the API's timelines", undefined, await labcm('streams', true, ...weighing), load),
  );
  return rows;
};

/** A load on `program`; what its first pass over all devices costs is not counted. */
const registering = async (
  load: string,
  program: Program,
  port: number,
  transport: Transport,
  rate: number,
  first: number,
  seconds = SECONDS,
  devices = DEVICES,
): Promise<{ readonly measured: Measured; readonly last: number }> => {
  const words = [port, transport, devices, WINDOW, seconds, rate, first].map(String);
  const child = spawn('taskset', ['-c', String(LOAD_CORE), load, '127.0.0.1', ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let before = program.cpuSeconds;
  let result: Load | undefined;
  for await (const line of createInterface({ input: child.stdout }))
    if (line.startsWith('warm')) before = program.cpuSeconds;
    else result = JSON.parse(line) as Load;
  const cpu = program.cpuSeconds - before;
  if (result === undefined) throw new Error('the load ended without a result');
  const { answered, refused, timeouts, p99, last } = result;
  return {
    measured: {
      perSecond: answered / result.seconds,
      cpu: (cpu * 1e6) / (answered + refused),
      p99,
      lost: refused + timeouts,
    },
    last,
  };
};

/**
 * What 10,000 contacts hold: from a tenth of them, when the code is warm, to all of them; each time when their transactions
 * are gone.
 */
const weight = async (what: string, most: number | undefined, peer: Peer, load: string): Promise<Row> => {
  progress(`sip: what ${DEVICES} contacts weigh${what}`);
  const program = await peer.start();
  const { last } = await registering(load, program, peer.port, 'udp', 0, 1, 1, FEW);
  await sleep(TRANSACTIONS_GONE);
  const before = await weighed(program);
  await registering(load, program, peer.port, 'udp', 0, last, 0);
  await sleep(TRANSACTIONS_GONE);
  const after = await weighed(program);
  await program.stop();
  const all = DEVICES / (DEVICES - FEW) / MIB;
  const held = (after.held - before.held) * all;
  const resident = (after.rss - before.rss) * all;
  return {
    name: `MiB of ${DEVICES.toLocaleString('en-US')} contacts${what} (resident: ${resident.toFixed(1)})`,
    ours: held.toFixed(1),
    peer: '',
    ratio: undefined,
    aim: most === undefined ? '' : `≤ ${most}`,
    met: most === undefined ? undefined : held <= most,
  };
};

const weighed = async (program: Program): Promise<{ readonly held: number; readonly rss: number }> =>
  JSON.parse((await program.asked('SIGUSR2', /\{.*\}/)).trim()) as { held: number; rss: number };

export const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });

export const kamailioArguments = (port: number): readonly string[] => [
  ...['-f', here('sip-kamailio.cfg'), '-DD', '-E', '-m', '512'],
  ...['-l', `udp:127.0.0.1:${port}`, '-l', `tcp:127.0.0.1:${port}`],
];

const configuration = (folder: string, trying: Trying, port: number, api: boolean): string => `
nodes: [{ name: CM1, address: 127.0.0.1 }]
${besides('sip', ...(api ? [] : (['http'] as const)))}
${api ? '' : 'http: { provisioning: { enabled: false }, api: { enabled: false } }\n'}sip: { listen: 127.0.0.1, udp: ${port}, tcp: ${port}, trying: ${trying}, limits: { datagramsPerSecond: 1000000 } }
trace: { directory: ${join(folder, 'logs')}, console: off }
state: { directory: ${join(folder, 'state')} }
devices:
${Array.from({ length: DEVICES }, (_, index) => `  - { name: SEP005056${(0x100000 + index).toString(16).toUpperCase()}, model: "7975", protocol: SIP, lines: [{ dn: "${100_000 + index}" }] }`).join('\n')}
`;

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${markdown(await run())}\n`);
