// A whole cluster for the benches of many phones: one daemon with every service on, the shipped trace, DHCP on a wire to a
// namespace where clients live, and fleets of simulated phones that share the cores with it.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { descriptors } from './machine.js';
import { Program } from './programs.js';
import { progress } from './progress.js';
import { Wire } from './wire.js';

export const CORES = '0,1';
export const PORTS = { tftp: 6980, http: 6981, api: 6982, sccp: 6983, sip: 6984 };
const LEASES_PER_SECOND = 500;
const API_PAGE = 1000;
const LOOK = 1000;

const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** Of phones; their names are `PATTERN` with numbers from 1, SCCP first. */
export interface Size {
  readonly sccp: number;
  readonly sip: number;
  /** Of the SCCP phones, those that no configuration names. */
  readonly autoRegistered: number;
}

export const PATTERN = 'SEP02%010X';
export const MODELS = { sccp: '7962', sip: '7960' };
type PhoneProtocol = keyof typeof MODELS;
export const nameOf = (number: number): string => `SEP02${number.toString(16).toUpperCase().padStart(10, '0')}`;
export const dnOf = (number: number): string => `1${String(number).padStart(5, '0')}`;

export interface FleetOptions {
  /** A second. */
  readonly rate: number;
  readonly hold: string;
  readonly boot?: 'register' | 'tftp';
  /** Addresses in their order; none: this daemon. */
  readonly nodes?: readonly string[];
}

/** What `labcm phone --count --json` ends with. */
export interface FleetOutcome {
  readonly started: number;
  readonly everRegistered: number;
  readonly registeredAtEnd: number;
  readonly failed: number;
  /** Milliseconds. */
  readonly ramp: number;
  readonly steps: Readonly<Record<string, { readonly count: number; readonly p50: number; readonly p99: number }>>;
  readonly counts: Readonly<Record<string, number>>;
  readonly reasons: Readonly<Record<string, number>>;
}

export interface Registered {
  readonly sccp: number;
  readonly sip: number;
}

/** As many of `all` phones over TCP as descriptors allow, the rest over UDP; a fiftieth at most registers by itself. */
export const sizeOf = (all: number): Size => {
  const sccp = Math.min(Math.round(all * 0.45), descriptors() - 2000);
  return { sccp, sip: all - sccp, autoRegistered: Math.min(200, Math.floor(sccp / 50)) };
};

export class Cluster {
  readonly folder = mkdtempSync(join(tmpdir(), 'labcm-bench-'));
  readonly size: Size;
  readonly #wire = new Wire();
  readonly #config = join(this.folder, 'cluster.yaml');
  daemon: Program | undefined;

  constructor(size: Size) {
    this.size = size;
    writeFileSync(join(this.folder, 'phones.jsonl'), `${[...this.#devices()].join('\n')}\n`);
    writeFileSync(this.#config, this.#written());
  }

  /** Milliseconds until it says that it is ready. */
  async start(): Promise<number> {
    const from = performance.now();
    this.daemon = await Program.start(CORES, process.execPath, [program, 'run', '-c', this.#config], 'ready');
    return performance.now() - from;
  }

  /** All SCCP phones in one process, those of SIP in as many as descriptors ask for. */
  async fleets(rate: number, hold: string): Promise<readonly Program[]> {
    const { sccp, sip } = this.size;
    const most = descriptors() - 2000;
    const started = [await this.fleet('sccp', 0, sccp, { rate, hold })];
    for (let from = 0; from < sip; from += most)
      started.push(await this.fleet('sip', from, Math.min(most, sip - from), { rate, hold }));
    return started;
  }

  /** `count` phones of the protocol's, leaving out so many. */
  fleet(
    protocol: PhoneProtocol,
    from: number,
    count: number,
    { rate, hold, boot = 'register', nodes = [] }: FleetOptions,
  ): Promise<Program> {
    const first = 1 + from + (protocol === 'sip' ? this.size.sccp : 0);
    return Program.start(
      CORES,
      process.execPath,
      [
        ...[program, 'phone', '--json', '--boot', boot, '--protocol', protocol, '--model', MODELS[protocol]],
        ...['--name', PATTERN, '--first', String(first), '--count', String(count), '--line', '1%05d'],
        ...['--rate', String(rate), '--hold', hold, '--within', '60s', ...this.#ports()],
        ...nodes.flatMap((node) => ['--call-manager', node]),
      ],
      '',
    );
  }

  /** A phone that misbehaves, once: whether the daemon took it as it must, and what was heard. */
  async fault(
    name: string,
    protocol: PhoneProtocol,
    at: number,
  ): Promise<{ readonly right: boolean; readonly heard: string }> {
    const number = 1 + at + (protocol === 'sip' ? this.size.sccp : 0);
    const phone = await Program.start(
      CORES,
      process.execPath,
      [
        ...[program, 'phone', '--json', '--boot', 'register', '--protocol', protocol, '--model', MODELS[protocol]],
        ...['--name', nameOf(number), '--line', dnOf(number), '--fault', name, ...this.#ports()],
      ],
      '',
    );
    const said = await phone.said(/^\{.*\}$/m, 600_000);
    await phone.stop();
    return JSON.parse(said) as { right: boolean; heard: string };
  }

  /** Leases for `count` clients of the wire. */
  lease(count: number): void {
    this.#wire.lease(count, LEASES_PER_SECOND, '02:00:00:0a:00:00');
  }

  /** Address and client of each lease. */
  async leases(): Promise<ReadonlyMap<string, string>> {
    const all = new Map<string, string>();
    for (let offset = 0, total = 1; offset < total; offset += API_PAGE) {
      const page = (await this.#asked(`/api/leases?limit=${API_PAGE}&offset=${offset}`)) as {
        readonly total: number;
        readonly leases: readonly { readonly address: string; readonly mac: string }[];
      };
      for (const { address, mac } of page.leases) all.set(address, mac);
      total = page.total;
    }
    return all;
  }

  /** The number of each phone that no configuration names. */
  async autoRegistered(): Promise<ReadonlyMap<string, string>> {
    const all = new Map<string, string>();
    for (let number = 1; number <= this.size.autoRegistered; number += 1) {
      const { lines } = (await this.#asked(`/api/devices/${nameOf(number)}`)) as {
        readonly lines: readonly { readonly dn: string }[];
      };
      all.set(nameOf(number), lines.map(({ dn }) => dn).join());
    }
    return all;
  }

  /** By name and labels, as the daemon says them. */
  async metrics(): Promise<ReadonlyMap<string, number>> {
    const text = await (await fetch(`http://127.0.0.1:${PORTS.api}/metrics`)).text();
    return new Map(
      text
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#'))
        .map((line): [string, number] => {
          const at = line.lastIndexOf(' ');
          return [line.slice(0, at), Number(line.slice(at + 1))];
        }),
    );
  }

  async registered(): Promise<Registered> {
    const metrics = await this.metrics();
    const of = (protocol: string): number => metrics.get(`labcm_devices_registered{protocol="${protocol}"}`) ?? 0;
    return { sccp: of('SCCP'), sip: of('SIP') };
  }

  /** Seconds until every phone is registered; throws where they are not within so many milliseconds. */
  async whole(within: number, { sccp, sip }: Registered = this.size): Promise<number> {
    const from = performance.now();
    for (let looks = 0; ; looks += 1) {
      const now = await this.registered();
      const passed = performance.now() - from;
      if (now.sccp >= sccp && now.sip >= sip) return passed / 1000;
      if (looks % 10 === 0) progress(`${now.sccp} of ${sccp} SCCP, ${now.sip} of ${sip} SIP phones are registered`);
      if (passed > within)
        throw new Error(
          `after ${(passed / 1000).toFixed(0)} s ${now.sccp} of ${sccp} SCCP and ${now.sip} of ${sip} SIP phones are registered`,
        );
      await sleep(LOOK);
    }
  }

  /** Registrations that the daemon turned down since its start. */
  async rejections(): Promise<number> {
    const metrics = await this.metrics();
    return [...metrics].reduce(
      (sum, [name, value]) => (name.startsWith('labcm_rejections_total') ? sum + value : sum),
      0,
    );
  }

  /** The verdicts of the first phones of each protocol, as name and code. One that only asks for attention is none. */
  async verdictsOf(steady: Registered): Promise<readonly string[]> {
    const { devices } = (await this.#asked(`/api/verdicts?limit=${API_PAGE}`)) as {
      devices: readonly { device: string; verdict: { code: string; severity: string } }[];
    };
    const isSteady = (name: string): boolean => {
      // Mutated messages make names of their own.
      const number = /^SEP02[0-9A-F]{10}$/.test(name) ? Number.parseInt(name.slice('SEP02'.length), 16) : 0;
      if (number === 0) return false;
      return number <= steady.sccp || (number > this.size.sccp && number <= this.size.sccp + steady.sip);
    };
    return devices
      .filter(({ device, verdict }) => verdict.severity !== 'attention' && isSteady(device))
      .map(({ device, verdict }) => `${device} ${verdict.code}`);
  }

  async close(): Promise<void> {
    await this.daemon?.stop();
    this.#wire.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #asked(path: string): Promise<unknown> {
    return (await fetch(`http://127.0.0.1:${PORTS.api}${path}`)).json();
  }

  #ports(): readonly string[] {
    return [
      ...['--tftp-port', String(PORTS.tftp), '--http-port', String(PORTS.http)],
      ...['--sccp-port', String(PORTS.sccp), '--sip-port', String(PORTS.sip)],
    ];
  }

  *#devices(): Iterable<string> {
    const { sccp, sip, autoRegistered } = this.size;
    for (let number = 1 + autoRegistered; number <= sccp + sip; number += 1)
      yield JSON.stringify({
        name: nameOf(number),
        ...(number <= sccp ? { model: MODELS.sccp, protocol: 'SCCP' } : { model: MODELS.sip, protocol: 'SIP' }),
        lines: [{ dn: dnOf(number) }],
      });
  }

  #written(): string {
    return `
nodes: [{ name: CM1, address: 127.0.0.1 }]
dhcp:
  enabled: true
  interface: ${this.#wire.interface}
  answer: all
  limits: { newClients: 1000000, newClientsPerLink: 1000000, openOffers: 1 }
  subnets: [{ subnet: ${this.#wire.pool.subnet}, pools: [${this.#wire.pool.range}], option150: [${this.#wire.server}] }]
tftp: { listen: 127.0.0.1, port: ${PORTS.tftp} }
http: { provisioning: { listen: 127.0.0.1, port: ${PORTS.http} }, api: { port: ${PORTS.api} } }
sccp: { listen: 127.0.0.1, port: ${PORTS.sccp} }
sip: { listen: 127.0.0.1, udp: ${PORTS.sip}, tcp: ${PORTS.sip}, limits: { datagramsPerSecond: 1000000 } }
autoRegistration: { enabled: true, range: 900000-900999 }
trace: { directory: ${join(this.folder, 'logs')}, console: off }
state: { directory: ${join(this.folder, 'state')} }
devicesFile: ${join(this.folder, 'phones.jsonl')}
`;
  }
}

/** What a fleet comes to, once it was told to stop or its time is over. */
export const outcomeOf = async (fleet: Program): Promise<FleetOutcome> =>
  JSON.parse(await fleet.said(/^\{.*\}$/m, 300_000)) as FleetOutcome;
