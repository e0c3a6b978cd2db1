// Eighty thousand phones on two daemons of one machine that share a bus: whether nobody misses a keepalive for ten minutes, and
// how long it takes until everybody is at the other node once one was killed. `npx tsx test/bench/two-nodes.ts` runs it alone.
// Needs nats-server and the built program; `LABCM_BENCH_PHONES` and `LABCM_BENCH_MINUTES` ask for another size.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CORES, dnOf, type FleetOutcome, MODELS, nameOf, outcomeOf, PATTERN, type Registered } from './cluster.js';
import { Program } from './programs.js';
import { progress } from './progress.js';
import { fact, markdown, type Row } from './table.js';

const PHONES = Number(process.env.LABCM_BENCH_PHONES ?? 80_000);
const MINUTES = Number(process.env.LABCM_BENCH_MINUTES ?? 10);
/** Each SCCP phone holds a link to both nodes, and a process has 20,000 descriptors. */
const SIZE: Registered = { sccp: Math.round(PHONES * 0.225), sip: PHONES - Math.round(PHONES * 0.225) };
/** Processes of phones: pairs, of which one prefers the first node and one the second. A SIP phone has two sockets. */
const PROCESSES = { sccp: 4, sip: 8 };
const RATE = 60; // phones started in a second by each process
const ENGINE = 4933;
const PORTS = { tftp: 6990, http: 6991, api: 6992, sccp: 6993, sip: 6994 };
const NODES = [
  { name: 'CM1', address: '127.0.0.1' },
  { name: 'CM2', address: '127.0.0.2' },
] as const;
const LOOK = 250;
const MOST_RAMP = 900_000;
const QUIET = 60_000;
const GIVEN_UP = 300;
/** Seconds. */
const BACK = { sccp: 60, sip: 150 };
const SHOWN_DEAD = 8;

const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

type Node = (typeof NODES)[number];

const apiOf = ({ address }: Node): string => `http://${address}:${PORTS.api}`;

const metricsOf = async (node: Node): Promise<ReadonlyMap<string, number>> => {
  const text = await (await fetch(`${apiOf(node)}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
};

const registeredAt = async (node: Node): Promise<Registered> => {
  const counts = { sccp: 0, sip: 0 };
  for (const [name, value] of await metricsOf(node)) {
    if (!name.startsWith('labcm_devices_registered')) continue;
    if (name.includes('"SCCP"')) counts.sccp += value;
    if (name.includes('"SIP"')) counts.sip += value;
  }
  return counts;
};

/** A lab of two daemons, an engine and fleets, all on the cores of this machine. */
class Pair {
  readonly #folder = mkdtempSync(join(tmpdir(), 'labcm-bench-'));
  readonly daemons = new Map<string, Program>();
  #engine: Program | undefined;

  async start(): Promise<void> {
    this.#engine = await Program.start(
      CORES,
      '/usr/sbin/nats-server',
      ['-a', '127.0.0.1', '-p', String(ENGINE), '-js', '-sd', join(this.#folder, 'engine')],
      'Server is ready',
    );
    writeFileSync(join(this.#folder, 'phones.jsonl'), `${[...devices()].join('\n')}\n`);
    for (const node of NODES) {
      const config = join(this.#folder, `${node.name}.yaml`);
      writeFileSync(config, this.#written(node));
      this.daemons.set(
        node.name,
        await Program.start(CORES, process.execPath, [program, 'run', '-c', config], 'ready'),
      );
    }
  }

  /** Phones of a protocol, in processes that prefer one node and the other by turns. */
  fleets(protocol: keyof Registered, hold: string): Promise<readonly Program[]> {
    const each = SIZE[protocol] / PROCESSES[protocol];
    const before = protocol === 'sip' ? SIZE.sccp : 0;
    return Promise.all(
      Array.from({ length: PROCESSES[protocol] }, (_, index) => {
        const [from, to] = [Math.round(index * each), Math.round((index + 1) * each)];
        const order = index % 2 === 0 ? NODES : [...NODES].reverse();
        return Program.start(
          CORES,
          process.execPath,
          [
            ...[program, 'phone', '--json', '--boot', 'register', '--protocol', protocol, '--model', MODELS[protocol]],
            ...['--name', PATTERN, '--first', String(1 + before + from), '--count', String(to - from)],
            ...['--line', '1%05d', '--rate', String(RATE), '--hold', hold, '--within', '60s'],
            ...['--sccp-port', String(PORTS.sccp), '--sip-port', String(PORTS.sip)],
            ...order.flatMap(({ address }) => ['--call-manager', address]),
          ],
          '',
        );
      }),
    );
  }

  async close(): Promise<void> {
    for (const daemon of this.daemons.values()) await daemon.stop();
    await this.#engine?.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #written({ name, address }: Node): string {
    return `
cluster: { name: Bench, bus: nats://127.0.0.1:${ENGINE} }
nodes: [${NODES.map((node) => `{ name: ${node.name}, address: ${node.address} }`).join(', ')}]
self: ${name}
policy: { maxDevices: 100000 }
tftp: { listen: ${address}, port: ${PORTS.tftp} }
http: { provisioning: { listen: ${address}, port: ${PORTS.http} }, api: { listen: ${address}, port: ${PORTS.api} } }
sccp: { listen: ${address}, port: ${PORTS.sccp} }
sip: { listen: ${address}, udp: ${PORTS.sip}, tcp: ${PORTS.sip}, limits: { datagramsPerSecond: 1000000 } }
trace: { directory: ${join(this.#folder, `logs-${name}`)}, console: off }
state: { directory: ${join(this.#folder, `state-${name}`)} }
devicesFile: ${join(this.#folder, 'phones.jsonl')}
`;
  }
}

const devices = function* (): Iterable<string> {
  for (let number = 1; number <= SIZE.sccp + SIZE.sip; number += 1) {
    const protocol = number <= SIZE.sccp ? 'sccp' : 'sip';
    yield JSON.stringify({
      name: nameOf(number),
      model: MODELS[protocol],
      protocol: protocol.toUpperCase(),
      lines: [{ dn: dnOf(number) }],
    });
  }
};

const everybody = async (): Promise<void> => {
  const from = performance.now();
  for (let looks = 0; ; looks += 1) {
    const all = await Promise.all(NODES.map(registeredAt));
    const [sccp, sip] = [all.reduce((sum, one) => sum + one.sccp, 0), all.reduce((sum, one) => sum + one.sip, 0)];
    if (sccp >= SIZE.sccp && sip >= SIZE.sip) return;
    if (looks % 40 === 0) progress(`two nodes: ${sccp} of ${SIZE.sccp} SCCP, ${sip} of ${SIZE.sip} SIP phones`);
    if (performance.now() - from > MOST_RAMP) throw new Error(`only ${sccp} SCCP and ${sip} SIP phones registered`);
    await sleep(LOOK);
  }
};

interface After {
  readonly sccp: number;
  readonly sip: number;
  readonly dead: number;
}

/** Seconds from the kill of the second node until the first one shows it dead, and holds all phones. */
const afterKill = async (from: number): Promise<After> => {
  const after = { sccp: Number.POSITIVE_INFINITY, sip: Number.POSITIVE_INFINITY, dead: Number.POSITIVE_INFINITY };
  for (let looks = 0; ; looks += 1) {
    const { nodes } = (await (await fetch(`${apiOf(NODES[0])}/api/nodes`)).json()) as {
      readonly nodes: readonly { readonly name: string; readonly state: string }[];
    };
    const now = await registeredAt(NODES[0]);
    const passed = (performance.now() - from) / 1000;
    if (nodes.some(({ name, state }) => name === 'CM2' && state === 'dead')) after.dead = Math.min(after.dead, passed);
    for (const protocol of ['sccp', 'sip'] as const)
      if (now[protocol] >= SIZE[protocol]) after[protocol] = Math.min(after[protocol], passed);
    if (Number.isFinite(after.sccp + after.sip + after.dead) || passed > GIVEN_UP) return after;
    if (looks % 40 === 0) progress(`two nodes: ${passed.toFixed(0)} s after the kill ${now.sccp} SCCP, ${now.sip} SIP`);
    await sleep(LOOK);
  }
};

const endsOf = async (): Promise<number> => {
  const all = await Promise.all(NODES.map(metricsOf));
  return all.reduce((sum, metrics) => {
    let ends = 0;
    for (const [name, value] of metrics) if (name.startsWith('labcm_unregistrations_total')) ends += value;
    return sum + ends;
  }, 0);
};

const countOf = (outcomes: readonly FleetOutcome[], ...names: readonly string[]): number =>
  outcomes.reduce((sum, { counts }) => sum + names.reduce((all, name) => all + (counts[name] ?? 0), 0), 0);

export const run = async (): Promise<Row[]> => {
  const pair = new Pair();
  try {
    await pair.start();
    const hold = `${MINUTES + 30}m`;
    const fleets = [...(await pair.fleets('sccp', hold)), ...(await pair.fleets('sip', hold))];
    await everybody();
    await sleep(QUIET);
    progress(`two nodes: ${PHONES} phones are registered; ${MINUTES} minutes`);
    const [endsBefore, before] = [await endsOf(), [...pair.daemons.values()].map(({ cpuSeconds }) => cpuSeconds)];
    await sleep(MINUTES * 60_000);
    const ended = (await endsOf()) - endsBefore;
    const daemons = [...pair.daemons.values()];
    const cpu = daemons.map(({ cpuSeconds }, index) => (cpuSeconds - (before[index] ?? 0)) / (MINUTES * 60));
    const memory = daemons.map(({ residentMiB }) => residentMiB);
    const held = await Promise.all(NODES.map(registeredAt));
    const stayed = held.reduce((sum, { sccp, sip }) => sum + sccp + sip, 0);
    await pair.daemons.get('CM2')?.killed();
    const after = await afterKill(performance.now());
    for (const fleet of fleets) fleet.signal('SIGINT');
    const outcomes = await Promise.all(fleets.map(outcomeOf));
    const refused = countOf(outcomes, 'phone.rejected');
    const seconds = (value: number): string => (Number.isFinite(value) ? `after ${value.toFixed(1)} s` : 'never');
    return [
      fact(
        `${PHONES.toLocaleString('en-US')} phones on two nodes, ${MINUTES} minutes: registered at the end, and ended meanwhile`,
        `${stayed.toLocaleString('en-US')}, ${ended}`,
        'all, 0',
        stayed === PHONES && ended === 0,
      ),
      fact('processor of each daemon meanwhile', cpu.map((part) => `${(part * 100).toFixed(0)} %`).join(', ')),
      fact('memory of each daemon', memory.map((mib) => `${mib.toFixed(0)} MiB`).join(', ')),
      fact(
        'a node was killed: the other shows it dead',
        seconds(after.dead),
        `≤ ${SHOWN_DEAD} s`,
        after.dead <= SHOWN_DEAD,
      ),
      ...(['sccp', 'sip'] as const).map((protocol) =>
        fact(
          `a node was killed: all ${SIZE[protocol].toLocaleString('en-US')} ${protocol === 'sccp' ? 'SCCP phones' : 'SIP phones over UDP'} are at the other`,
          seconds(after[protocol]),
          `≤ ${BACK[protocol]} s`,
          after[protocol] <= BACK[protocol],
        ),
      ),
      fact('phones refused', String(refused), '0', refused === 0),
    ];
  } finally {
    await pair.close();
  }
};

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${markdown(await run())}\n`);
