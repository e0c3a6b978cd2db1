// Whole SCCP registrations beside a canned Node responder that answers the same dialogue with ready octets; phones held; the
// cost of a registration and a keepalive with few and with many devices. Server on one core, load on the other, in turns.
// `npx tsx test/bench/sccp.ts` runs it alone. Needs the built program and, for the held phones, 18,500 descriptors.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { descriptors } from './machine.js';
import { Program } from './programs.js';
import { progress } from './progress.js';
import { deviceName, MODEL, writtenDialogue } from './sccp-dialogue.js';
import { besides } from './services.js';
import { compared, markdown, type Row, spread } from './table.js';

const ROUNDS = Number(process.env.LABCM_BENCH_ROUNDS ?? 3);
const DEVICES = 5000;
const WARM = 2000;
const REGISTRATIONS = 5000;
const HELD = 18_000;
const HELD_SECONDS = 60;
const SERVER_CORE = 0;
const LOAD_CORE = 1;
const PORT = 6974;

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const program = here('../../dist/main.js');

interface Registered {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

interface Held {
  readonly acknowledged: number;
  readonly missed: number;
  readonly p50: number;
  readonly p99: number;
}

export const run = async (): Promise<Row[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'labcm-bench-'));
  try {
    return [...(await besideCanned(folder)), ...(await flat(folder)), ...(await held(folder))];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

type Trace = 'shipped' | 'state-transition';

const labcm = (folder: string, devices: number, trace: Trace = 'shipped'): Promise<Program> => {
  const config = join(folder, 'bench.yaml');
  const phones = join(folder, 'phones.jsonl');
  const rows = Array.from({ length: devices }, (_, index) =>
    JSON.stringify({
      name: deviceName(index),
      model: MODEL,
      protocol: 'SCCP',
      lines: [{ dn: String(100_000 + index) }],
    }),
  );
  writeFileSync(phones, `${rows.join('\n')}\n`);
  writeFileSync(
    config,
    `
nodes: [{ name: CM1, address: 127.0.0.1 }]
${besides('sccp')}
sccp: { listen: 127.0.0.1, port: ${PORT} }
trace: { directory: ${join(folder, 'logs')}, console: off${trace === 'shipped' ? '' : `, level: ${trace}`} }
state: { directory: ${join(folder, 'state')} }
devicesFile: ${phones}
`,
  );
  return Program.start(SERVER_CORE, process.execPath, [program, 'run', '-c', config], 'ready');
};

const canned = (file: string): Promise<Program> =>
  Program.start(SERVER_CORE, process.execPath, [here('sccp-canned.mjs'), String(PORT), file], 'ready');

const load = (...args: readonly string[]): ChildProcess =>
  spawn('taskset', ['-c', String(LOAD_CORE), process.execPath, here('sccp-load.mjs'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });

/** The lines that the load says. */
const linesOf = (child: ChildProcess): AsyncIterator<string> => {
  if (child.stdout === null) throw new Error('the load says nothing');
  return createInterface({ input: child.stdout })[Symbol.asyncIterator]();
};

const resultOf = async <T>(lines: AsyncIterator<string>): Promise<T> => {
  const { value, done } = await lines.next();
  if (done === true) throw new Error('the load ended early');
  return JSON.parse(value) as T;
};

const register = async (file: string, atOnce: number, count: number): Promise<Registered> =>
  resultOf(linesOf(load('register', String(PORT), file, String(atOnce), String(count))));

/** One warm round, then one that counts, with the server's processor time per registration in microseconds. */
const measured = async (
  server: Program,
  file: string,
  atOnce: number,
): Promise<Registered & { readonly cpu: number }> => {
  await register(file, atOnce, WARM);
  const before = server.cpuSeconds;
  const result = await register(file, atOnce, REGISTRATIONS);
  return { ...result, cpu: ((server.cpuSeconds - before) / REGISTRATIONS) * 1e6 };
};

const besideCanned = async (folder: string): Promise<Row[]> => {
  const file = await writtenDialogue(folder, DEVICES);
  const peers: Readonly<Record<string, () => Promise<Program>>> = {
    shipped: () => labcm(folder, DEVICES),
    sparing: () => labcm(folder, DEVICES, 'state-transition'),
    canned: () => canned(file),
  };
  const rows: Row[] = [];
  for (const atOnce of [16, 64]) {
    const results = new Map(Object.keys(peers).map((peer) => [peer, [] as (Registered & { cpu: number })[]]));
    for (let round = 0; round < ROUNDS; round += 1)
      for (const [peer, start] of Object.entries(peers)) {
        progress(`sccp: ${atOnce} at once, round ${round + 1} of ${ROUNDS}, ${peer}`);
        const server = await start();
        results.get(peer)?.push(await measured(server, file, atOnce));
        await server.stop();
      }
    const of = (peer: string, pick: 'perSecond' | 'p99' | 'cpu'): number[] =>
      (results.get(peer) ?? []).map((result) => result[pick]);
    const title = `whole SCCP registrations, ${atOnce} at once`;
    rows.push(
      compared(`${title}, shipped trace`, '/s', of('shipped', 'perSecond'), of('canned', 'perSecond'), {
        atLeast: 0.7,
      }),
      compared(
        `${title}, trace of state transitions`,
        '/s',
        of('sparing', 'perSecond'),
        of('canned', 'perSecond'),
        undefined,
      ),
      compared(`${title}, shipped trace: server CPU`, 'µs', of('shipped', 'cpu'), of('canned', 'cpu'), undefined),
      compared(
        `${title}, trace of state transitions: server CPU`,
        'µs',
        of('sparing', 'cpu'),
        of('canned', 'cpu'),
        undefined,
      ),
    );
    if (atOnce === 64)
      rows.push(
        compared(`${title}, shipped trace: p99`, 'ms', of('shipped', 'p99'), of('canned', 'p99'), { atMost: 2 }, 1),
      );
  }
  return rows;
};

/** The same hundred phones among a hundred devices and among forty thousand. */
const flat = async (folder: string): Promise<Row[]> => {
  const file = await writtenDialogue(folder, 100);
  const cost = async (devices: number): Promise<number> => {
    progress(`sccp: a hundred phones among ${devices} devices`);
    const server = await labcm(folder, devices);
    const { cpu } = await measured(server, file, 16);
    await server.stop();
    return cpu;
  };
  const few: number[] = [];
  const many: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    few.push(await cost(100));
    many.push(await cost(40_000));
  }
  return [compared('server CPU per registration, 40,000 devices beside 100', 'µs', many, few, { atMost: 1.2 })];
};

const held = async (folder: string): Promise<Row[]> => {
  const phones = Math.min(HELD, descriptors() - 500);
  progress(`sccp: ${phones} phones register and are held for ${HELD_SECONDS} s`);
  const file = await writtenDialogue(folder, phones);
  const server = await labcm(folder, phones);
  const lines = linesOf(load('hold', String(PORT), file, String(phones), String(HELD_SECONDS)));
  await lines.next(); // held
  const { acknowledged, missed, p50, p99 } = await resultOf<Held>(lines);
  const mebibytes = server.residentMiB;
  await server.stop();
  const of = phones < HELD ? `${phones}, as descriptors allow,` : `${phones}`;
  return [
    {
      name: `${of} registered phones held: memory of the daemon`,
      ours: `${mebibytes.toFixed(0)} MiB, ${((mebibytes * 1024) / phones).toFixed(1)} KiB a phone`,
      peer: '',
      ratio: undefined,
      aim: '≤ 600 MiB',
      met: mebibytes <= 600,
    },
    {
      name: `${of} registered phones held: keepalives for ${HELD_SECONDS} s, ${acknowledged} acknowledged, ${missed} missed`,
      ours: `p50 ${spread([p50], 1)} ms, p99 ${spread([p99], 1)} ms`,
      peer: '',
      ratio: undefined,
      aim: 'p99 ≤ 100 ms, none missed',
      met: p99 <= 100 && missed === 0,
    },
  ];
};

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${markdown(await run())}\n`);
