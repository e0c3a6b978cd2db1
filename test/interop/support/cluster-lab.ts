// Three machines on one: each in a namespace with a daemon and a server of the engine, joined by two wires: one to the phones,
// which are in the namespace of the tests, and one among themselves for the engine, which can be cut. Needs root.

import type { ChildProcess } from 'node:child_process';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Namespaces } from './namespaces.js';

const NATS = '/usr/sbin/nats-server';
const DAEMON = 'dist/main.js';
/** As `faketime` itself sets it, but without a process between, which would take the signals. */
const FAKETIME = {
  LD_PRELOAD: `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/faketime/libfaketimeMT.so.1`,
  FAKETIME_DONT_FAKE_MONOTONIC: '1',
};

const SHOWN_LINES = 60;

export const TOKEN = 'token-of-three-machines';
export const PORTS = { api: 8970, engine: 4222, routes: 6222, monitor: 8222 };
/** Where the phones are. */
export const PHONES_AT = '10.99.0.1';
/** The relay that the DHCP clients stand behind. */
export const RELAY = '10.50.0.1';

export const MACHINES = [1, 2, 3] as const;
export type Machine = (typeof MACHINES)[number];

export const nodeOf = (machine: Machine): string => `CM${machine}`;
export const addressOf = (machine: Machine): string => `10.99.0.1${machine}`;
const wireAddress = (machine: Machine): string => `10.98.0.1${machine}`;

const run = (...command: readonly [string, ...string[]]): string => {
  const [program, ...args] = command;
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command.join(' ')}: ${stderr || error?.message}`);
  return stdout;
};

/** What a server of the engine says of the streams that it holds. */
interface StreamsOfEngine {
  readonly meta_cluster?: { readonly leader?: string; readonly replicas?: readonly Replica[] };
  readonly account_details?: readonly {
    readonly stream_detail?: readonly {
      readonly name: string;
      readonly cluster?: { readonly leader?: string; readonly replicas?: readonly Replica[] };
    }[];
  }[];
}

interface Replica {
  readonly name: string;
  readonly current?: boolean;
  readonly lag?: number;
}

const isRunning = (child: ChildProcess | undefined): child is ChildProcess =>
  child !== undefined && child.exitCode === null && child.signalCode === null;

const killed = async (child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> => {
  if (!isRunning(child)) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  await gone;
};

/** What the API of a node answers; `undefined`: it does not. */
export type Answer = Readonly<Record<string, unknown>>;

export class ClusterLab {
  readonly folder = mkdtempSync(join(tmpdir(), 'labcm-cluster-'));
  readonly #spaces = new Namespaces();
  readonly #namespaces = new Map<Machine, string>();
  readonly #engines = new Map<Machine, ChildProcess>();
  readonly #nodes = new Map<Machine, ChildProcess>();
  readonly #said = new Map<Machine, string>();
  readonly #tag = `lc${process.pid.toString(36)}`;

  /** `configuration`: what all nodes have besides their names, addresses and the bus. */
  constructor(configuration: string) {
    this.#wire();
    for (const machine of MACHINES) this.#write(machine, configuration);
  }

  /** What the daemon of a machine has printed. */
  said(machine: Machine): string {
    return this.#said.get(machine) ?? '';
  }

  /** The last lines of the trace of a machine that are about the cluster or about registrations. */
  traceOf(machine: Machine): string {
    const folder = join(this.folder, `m${machine}`, 'logs');
    const lines = readdirSync(folder)
      .filter((file) => file.startsWith('ccm'))
      .sort()
      .flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n'))
      .filter((line) => /luster|egister|labcm/.test(line));
    return lines.slice(-SHOWN_LINES).join('\n');
  }

  startEngine(machine: Machine): void {
    const child = this.#spaces.start(this.#space(machine), NATS, '-c', join(this.folder, `engine-${machine}.conf`));
    child.stdout?.resume();
    child.stderr?.resume();
    this.#engines.set(machine, child);
  }

  killEngine(machine: Machine): Promise<void> {
    return killed(this.#engines.get(machine), 'SIGKILL');
  }

  /** The machine whose engine leads. `undefined`: none does. */
  async leader(): Promise<Machine | undefined> {
    for (const machine of MACHINES) {
      const leader = (await this.#streams(machine))?.meta_cluster?.leader;
      const found = MACHINES.find((one) => leader === `engine${one}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /**
   * What a server of the engine lacks of what the others hold: its leaders say who is behind. Empty: all three hold all. A
   * server that was just started does not, and what was written meanwhile is lost with the others.
   */
  async behind(): Promise<readonly string[]> {
    const behind: string[] = [];
    for (const machine of MACHINES) {
      const told = await this.#streams(machine);
      const self = `engine${machine}`;
      const streams = told?.account_details?.flatMap(({ stream_detail = [] }) => stream_detail) ?? [];
      if (streams.length === 0) behind.push(`${self} holds nothing`);
      const groups = [{ name: 'meta', cluster: told?.meta_cluster }, ...streams];
      for (const { name, cluster } of groups) {
        if (cluster?.leader === undefined || cluster.leader === '') behind.push(`${name} has no leader at ${self}`);
        if (cluster?.leader !== self) continue;
        const { replicas = [] } = cluster;
        if (replicas.length < MACHINES.length - 1) behind.push(`${name} has ${replicas.length} replicas`);
        for (const replica of replicas)
          if (replica.current !== true || (replica.lag ?? 0) > 0) behind.push(`${replica.name} lacks some of ${name}`);
      }
    }
    return behind;
  }

  async #streams(machine: Machine): Promise<StreamsOfEngine | undefined> {
    if (!isRunning(this.#engines.get(machine))) return undefined;
    try {
      const reply = await fetch(`http://${addressOf(machine)}:${PORTS.monitor}/jsz?streams=true&accounts=true`, {
        signal: AbortSignal.timeout(1_000),
      });
      return (await reply.json()) as StreamsOfEngine;
    } catch {
      return undefined; // another one may answer
    }
  }

  /** Starts a daemon. `ahead`: by so many seconds its clock is. */
  startNode(machine: Machine, ahead = 0): void {
    const command = [process.execPath, DAEMON, 'run', '-c', join(this.folder, `node-${machine}.yaml`)];
    const faked = Object.entries({ ...FAKETIME, FAKETIME: `+${ahead}s` }).map(([name, value]) => `${name}=${value}`);
    const [first = '', ...rest] = ahead === 0 ? command : ['env', ...faked, ...command];
    const child = this.#spaces.start(this.#space(machine), first, ...rest);
    this.#said.set(machine, '');
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#said.set(machine, `${this.#said.get(machine)}${text}`.slice(-20_000));
      });
    this.#nodes.set(machine, child);
  }

  killNode(machine: Machine): Promise<void> {
    return killed(this.#nodes.get(machine), 'SIGKILL');
  }

  stopNode(machine: Machine): Promise<void> {
    return killed(this.#nodes.get(machine), 'SIGTERM');
  }

  /** Cuts a machine off the others, or joins it again. Its phones reach it all the same. */
  cut(machine: Machine, isCut: boolean): void {
    this.#spaces.ip(this.#space(machine), 'link', 'set', 'bus0', isCut ? 'down' : 'up');
  }

  /** Asks the API of a node. */
  async ask(machine: Machine, path: string, body?: object): Promise<Answer | undefined> {
    try {
      const reply = await fetch(`http://${addressOf(machine)}:${PORTS.api}${path}`, {
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
        signal: AbortSignal.timeout(5_000),
        ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      });
      return (await reply.json()) as Answer;
    } catch {
      return undefined;
    }
  }

  async close(): Promise<void> {
    for (const child of [...this.#nodes.values(), ...this.#engines.values()]) await killed(child, 'SIGKILL');
    await this.#spaces.close();
    spawnSync('ip', ['link', 'del', `${this.#tag}p`]);
    rmSync(this.folder, { recursive: true, force: true });
  }

  #space(machine: Machine): string {
    const space = this.#namespaces.get(machine);
    if (space === undefined) throw new Error(`no machine ${machine}`);
    return space;
  }

  #wire(): void {
    // A lab whose process was killed left its end of the wire, which would take the packets of this one.
    for (const line of run('ip', '-o', 'address', 'show', 'to', `${PHONES_AT}/32`).split('\n')) {
      const left = /^\d+: ([^\s@]+)/.exec(line)?.[1];
      if (left !== undefined) run('ip', 'link', 'del', left);
    }
    const hub = this.#spaces.make('hub');
    for (const bridge of ['phones', 'bus']) {
      this.#spaces.ip(hub, 'link', 'add', bridge, 'type', 'bridge');
      this.#spaces.ip(hub, 'link', 'set', bridge, 'up');
    }
    const end = `${this.#tag}p`;
    run('ip', 'link', 'add', end, 'type', 'veth', 'peer', 'name', 'tests', 'netns', hub);
    run('ip', 'address', 'add', `${PHONES_AT}/24`, 'dev', end);
    run('ip', 'address', 'add', `${RELAY}/32`, 'dev', end);
    run('ip', 'link', 'set', end, 'up');
    this.#spaces.ip(hub, 'link', 'set', 'tests', 'master', 'phones', 'up');
    for (const machine of MACHINES) {
      const space = this.#spaces.make(`m${machine}`);
      this.#namespaces.set(machine, space);
      this.#spaces.wire(
        { namespace: space, interface: 'phones0', address: `${addressOf(machine)}/24` },
        { namespace: hub, interface: `phones${machine}` },
      );
      this.#spaces.wire(
        { namespace: space, interface: 'bus0', address: `${wireAddress(machine)}/24` },
        { namespace: hub, interface: `bus${machine}` },
      );
      this.#spaces.ip(hub, 'link', 'set', `phones${machine}`, 'master', 'phones');
      this.#spaces.ip(hub, 'link', 'set', `bus${machine}`, 'master', 'bus');
      this.#spaces.ip(space, 'route', 'add', `${RELAY}/32`, 'via', PHONES_AT);
    }
  }

  #write(machine: Machine, configuration: string): void {
    const own = join(this.folder, `m${machine}`);
    mkdirSync(own);
    const routes = MACHINES.map((one) => `nats-route://${wireAddress(one)}:${PORTS.routes}`);
    writeFileSync(
      join(this.folder, `engine-${machine}.conf`),
      [
        `server_name: engine${machine}`,
        `listen: ${wireAddress(machine)}:${PORTS.engine}`,
        `http: ${addressOf(machine)}:${PORTS.monitor}`,
        `jetstream { store_dir: ${JSON.stringify(join(own, 'engine'))} }`,
        `cluster { name: machines, listen: ${wireAddress(machine)}:${PORTS.routes}, routes: ${JSON.stringify(routes)} }`,
        '',
      ].join('\n'),
    );
    const bus = MACHINES.map((one) => `nats://${wireAddress(one)}:${PORTS.engine}`);
    const nodes = MACHINES.map((one) => ({ name: nodeOf(one), address: addressOf(one) }));
    writeFileSync(
      join(this.folder, `node-${machine}.yaml`),
      [
        `cluster: ${JSON.stringify({ name: 'Three machines', bus, replicas: 3 })}`,
        `nodes: ${JSON.stringify(nodes)}`,
        `self: ${nodeOf(machine)}`,
        `http: { provisioning: { listen: ${addressOf(machine)} }, api: { listen: ${addressOf(machine)}, port: ${PORTS.api}, token: ${TOKEN} } }`,
        `tftp: { listen: ${addressOf(machine)} }`,
        `sccp: { listen: ${addressOf(machine)} }`,
        `sip: { listen: ${addressOf(machine)} }`,
        `state: { directory: ${join(own, 'state')} }`,
        `trace: { directory: ${join(own, 'logs')}, console: off }`,
        configuration,
        '',
      ].join('\n'),
    );
  }
}
