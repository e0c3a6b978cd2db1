// The storm after a power cut: ten thousand phones that register for the first time in the life of the process, and ten
// thousand more once its code is warm; beside kamailio, each in turns, server on one core and load on the other.
// `npx tsx test/bench/storm.ts` runs it alone. Needs gcc and kamailio.

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Program } from './programs.js';
import { progress } from './progress.js';
import { besides } from './services.js';
import { freePort, kamailioArguments } from './sip.js';
import { compared, fact, markdown, type Row } from './table.js';

const DEVICES = 10_000; // of each storm
const ROUNDS = Number(process.env.LABCM_BENCH_ROUNDS ?? 5);
const WINDOW = 64;
const SERVER_CORE = 0;
const LOAD_CORE = 1;
const STORMS = ['in a new process', 'once it is warm'] as const;

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

interface Storm {
  readonly perSecond: number;
  /** Microseconds of the server's processor per phone. */
  readonly cpu: number;
  readonly lost: number;
}

interface Peer {
  readonly name: string;
  readonly port: number;
  readonly start: () => Promise<Program>;
}

/** Each of ten thousand phones registers once, `WINDOW` at a time. */
const storm = async (
  load: string,
  program: Program,
  port: number,
  transport: string,
  first: number,
): Promise<Storm> => {
  const words = [port, transport, DEVICES, WINDOW, 0, 0, 1, first].map(String);
  const before = program.cpuSeconds;
  const child = spawn('taskset', ['-c', String(LOAD_CORE), load, '127.0.0.1', ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let [took, cpu, lost] = [0, 0, 0];
  for await (const line of createInterface({ input: child.stdout })) {
    const [, seconds] = /^warm (.*)$/.exec(line) ?? [];
    if (seconds !== undefined) [took, cpu] = [Number(seconds), program.cpuSeconds - before];
    else {
      const { refused, timeouts } = JSON.parse(line) as { readonly refused: number; readonly timeouts: number };
      lost += refused + timeouts;
    }
  }
  if (took === 0) throw new Error('the load ended before all had registered');
  return { perSecond: DEVICES / took, cpu: (cpu * 1e6) / DEVICES, lost };
};

export const run = async (): Promise<Row[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'labcm-bench-'));
  try {
    const load = join(folder, 'sip-load');
    execFileSync('gcc', ['-O2', '-o', load, here('sip-load.c')]);
    const [port, kamailioPort] = [await freePort(), await freePort()];
    const config = join(folder, 'storm.yaml');
    writeFileSync(config, configuration(folder, port));
    const command = [here('../../dist/main.js'), 'run', '-c', config];
    const ours: Peer = {
      name: 'labcm',
      port,
      start: () => Program.start(SERVER_CORE, process.execPath, command, 'ready'),
    };
    const kamailio: Peer = {
      name: 'kamailio',
      port: kamailioPort,
      start: () => Program.start(SERVER_CORE, 'kamailio', kamailioArguments(kamailioPort)),
    };
    const results = new Map<string, Storm[]>();
    const of = (peer: Peer, transport: string, which: string, what: keyof Storm): number[] =>
      (results.get(`${peer.name} ${transport} ${which}`) ?? []).map((one) => one[what]);
    for (let round = 0; round < ROUNDS; round += 1)
      for (const transport of ['udp', 'tcp'])
        for (const peer of round % 2 === 0 ? [ours, kamailio] : [kamailio, ours]) {
          progress(`storm: ${transport}, round ${round + 1} of ${ROUNDS}, ${peer.name}`);
          const program = await peer.start();
          for (const [index, which] of STORMS.entries()) {
            const key = `${peer.name} ${transport} ${which}`;
            const one = await storm(load, program, peer.port, transport, index * DEVICES);
            results.set(key, [...(results.get(key) ?? []), one]);
          }
          await program.stop();
        }
    return ['udp', 'tcp'].flatMap((transport) =>
      STORMS.flatMap((which) => {
        const title = `${DEVICES.toLocaleString('en-US')} phones register over ${transport.toUpperCase()} ${which}`;
        const pair = (what: keyof Storm): [number[], number[]] => [
          of(ours, transport, which, what),
          of(kamailio, transport, which, what),
        ];
        const lost = of(ours, transport, which, 'lost').reduce((sum, each) => sum + each, 0);
        return [
          compared(title, '/s', ...pair('perSecond'), { atLeast: 1 }),
          compared(`${title}: CPU each`, 'µs', ...pair('cpu'), { atMost: 1.2 }, 1),
          fact(`${title}: refused or repeated`, String(lost), '0', lost === 0),
        ];
      }),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const configuration = (folder: string, port: number): string => `
nodes: [{ name: CM1, address: 127.0.0.1 }]
${besides('sip')}
sip: { listen: 127.0.0.1, udp: ${port}, tcp: ${port}, limits: { datagramsPerSecond: 1000000 } }
trace: { directory: ${join(folder, 'logs')}, console: off }
state: { directory: ${join(folder, 'state')} }
devices:
${Array.from({ length: STORMS.length * DEVICES }, (_, index) => `  - { name: SEP005056${(0x100000 + index).toString(16).toUpperCase()}, model: "7975", protocol: SIP, lines: [{ dn: "${100_000 + index}" }] }`).join('\n')}
`;

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${markdown(await run())}\n`);
