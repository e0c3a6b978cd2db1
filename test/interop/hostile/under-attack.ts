// A daemon as a process of its own, four phones that are well in another, and an attack from this one. What the phones
// met in a quiet spell and during the attack is compared, and the memory of the daemon before, at most, and after.

import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { encode } from '../../../src/sccp/messages/catalogue.js';
import { aCapabilitiesRes, aRegister } from '../../support/sccp-harness.js';
import { KEEPALIVE } from '../../support/sccp-phone.js';
import {
  lscOf,
  SECURE_DEVICES,
  SECURE_PHONES,
  type SecurePorts,
  securePorts,
  securityLines,
} from './secure-cluster.js';

const TOP = fileURLToPath(new URL('../../../', import.meta.url));
const PHONES = fileURLToPath(new URL('healthy-phones.mjs', import.meta.url));
const COLLECTS = fileURLToPath(new URL('collects.mjs', import.meta.url));

/** `sccps`, `sips`: over TLS, with a certificate of the phone. */
export type Protocol = 'sccp' | 'sip' | 'tftp' | 'dhcp' | 'http' | 'sccps' | 'sips';
/** Milliseconds of each answer; `null`: none within two seconds. */
export type Met = Readonly<Partial<Record<Protocol, readonly (number | null)[]>>>;

/** Where the daemon listens, all of it on 127.0.0.1. */
export interface Target {
  readonly sccp: number;
  readonly sipUdp: number;
  readonly sipTcp: number;
  readonly tftp: number;
  readonly http: number;
  readonly api: number;
  readonly dhcp: number;
  /** The ports of a secure cluster; absent: it is none. */
  readonly secure?: SecurePorts | undefined;
  /** Where DHCP's replies go. */
  readonly dhcpClient: number;
  /** What the daemon printed so far. */
  readonly printed: () => string;
  readonly pid: number;
  /** Its folder: `logs/`, `state/`. */
  readonly folder: string;
  /** Resident memory in MB. */
  readonly resident: () => number;
}

export interface Attack {
  /** More devices, as YAML list items indented by two. */
  readonly devices?: string;
  /** Whether the cluster is in mixed mode, with all its services, and two of the phones come over TLS. */
  readonly isSecure?: boolean;
  /** `--set` of the daemon. */
  readonly settings?: readonly string[];
  /** Words before `node`, such as `prlimit --nofile=2000`. */
  readonly launcher?: readonly string[];
  /** What is done to it; the phones are watched for as long as it lasts, and for three seconds at least. */
  readonly work: (target: Target) => Promise<void>;
  /** Asked after the attack, while the daemon still runs. */
  readonly afterwards?: (target: Target) => Promise<void>;
}

export interface Report {
  readonly quiet: Met;
  readonly during: Met;
  /** Resident memory in MB before and at most, and what is kept of heap and buffers after all garbage is collected. */
  readonly memory: {
    readonly before: number;
    readonly peak: number;
    readonly keptBefore: number;
    readonly keptAfter: number;
  };
  /** Its exit code after SIGTERM. */
  readonly exit: number | null;
}

const HEALTHY = { sccp: 'SEP00000000AA01', sip: 'SEP00000000AA02', dhcpMac: '00000000AA03', address: '127.0.1.150' };
const KEPT_FILE = 'kept';
/**
 * The daemon and the healthy phones run before the attacker: on a machine of two cores it would take their processor, which
 * no attacker on a network can. What is measured is the daemon's own doing.
 */
const AHEAD = ['nice', '-n', '-20'];
const QUIET_SPELL = 2_500;
/** An attack is watched for so long at least: of too few answers the 99th percentile is the slowest one. */
const LASTS = 3_000;
const READY_WITHIN = 30_000;

const configuration = (devices: string, clientPort: number, security: string): string => `
nodes: [{ name: CM1, address: 127.0.0.1 }]
dhcp:
  enabled: true
  interface: lo
  port: 0
  clientPort: ${clientPort}
  answer: all
  subnets:
    - subnet: 127.0.0.0/8
      pools: [127.0.1.100-127.0.1.199]
      option150: [127.0.0.1]
      leaseTime: 1h
      reservations: [{ mac: "${HEALTHY.dhcpMac}", address: ${HEALTHY.address} }]
tftp: { listen: 127.0.0.1, port: 0 }
http: { provisioning: { listen: 127.0.0.1, port: 0 }, api: { port: 0 } }
sccp: { listen: 127.0.0.1, port: 0${security === '' ? '' : ', tls: 0'} }
sip: { listen: 127.0.0.1, udp: 0, tcp: 0${security === '' ? '' : ', tls: 0'} }
${security}trace: { directory: logs, console: off }
state: { directory: state }
devices:
  - { name: ${HEALTHY.sccp}, model: 7962, protocol: SCCP, lines: [{ dn: "7001" }] }
  - { name: ${HEALTHY.sip}, model: 8851, protocol: SIP, lines: [{ dn: "7002" }] }
${security === '' ? '' : SECURE_DEVICES}${devices}`;

const freePort = async (): Promise<number> => {
  const { createSocket } = await import('node:dgram');
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, HEALTHY.address, resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
};

const statusOf = (pid: number, name: string): number => {
  const [, kilobytes = '0'] =
    new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
};

class Daemon {
  readonly child: ChildProcess;
  readonly folder = mkdtempSync(join(tmpdir(), 'labcm-attack-'));
  #printed = '';
  readonly #clientPort: number;
  readonly #isSecure: boolean;
  readonly ended: Promise<number | null>;

  constructor({ devices = '', isSecure = false, settings = [], launcher = [] }: Attack, clientPort: number) {
    this.#clientPort = clientPort;
    const config = join(this.folder, 'lab.yaml');
    writeFileSync(config, configuration(devices, clientPort, isSecure ? securityLines(this.folder) : ''));
    this.#isSecure = isSecure;
    const args = ['--expose-gc', '--import', COLLECTS, join(TOP, 'dist/main.js'), 'run', '-c', config];
    const [program = '', ...rest] = [
      ...AHEAD,
      ...launcher,
      process.execPath,
      ...args,
      ...settings.flatMap((set) => ['--set', set]),
    ];
    this.child = spawn(program, rest, {
      cwd: this.folder,
      env: { ...process.env, LABCM_KEPT: join(this.folder, KEPT_FILE) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#printed += text;
      });
    this.ended = once(this.child, 'exit').then(([code]) => code as number | null);
  }

  async ready(): Promise<Target> {
    const until = Date.now() + READY_WITHIN;
    while (!/\bready\b/.test(this.#printed)) {
      if (this.child.exitCode !== null || Date.now() > until) throw new Error(`no daemon: ${this.#printed}`);
      await pause(20);
    }
    const portOf = (pattern: RegExp): number => {
      const port = pattern.exec(this.#printed)?.[1];
      if (port === undefined) throw new Error(`no ${pattern.source} in: ${this.#printed}`);
      return Number(port);
    };
    const pid = this.child.pid ?? 0;
    return {
      pid,
      folder: this.folder,
      printed: () => this.#printed,
      resident: () => statusOf(pid, 'VmRSS'),
      secure: this.#isSecure ? securePorts(portOf) : undefined,
      sccp: portOf(/^SCCP +tcp .*?:(\d+)/m),
      sipUdp: portOf(/^SIP +udp .*?:(\d+)/m),
      sipTcp: portOf(/^SIP +tcp .*?:(\d+)/m),
      tftp: portOf(/TFTP.*?:(\d+)/),
      http: portOf(/^HTTP +tcp .*?:(\d+)/m),
      api: portOf(/API.*?:(\d+)/),
      dhcp: portOf(/DHCP.*?:(\d+)/),
      dhcpClient: this.#clientPort,
    };
  }

  async stop(): Promise<number | null> {
    this.child.kill('SIGTERM');
    return this.ended;
  }

  remove(): void {
    this.child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

class HealthyPhones {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(target: Target): Promise<HealthyPhones> {
    const { secure } = target;
    const sccp = (port: number, device: string) => ({
      port,
      register: encode('RegisterReqMessage', aRegister(device, { protocolVer: 20, deviceType: 404 }), 0).toString(
        'hex',
      ),
      capabilities: encode('CapabilitiesResMessage', aCapabilitiesRes(), 20, 'utf8', 'trimmed').toString('hex'),
      keepalive: KEEPALIVE.toString('hex'),
    });
    const places = {
      sccp: sccp(target.sccp, HEALTHY.sccp),
      ...(secure === undefined
        ? {}
        : {
            sccps: { ...sccp(secure.sccp, SECURE_PHONES.sccp), tls: lscOf(SECURE_PHONES.sccp) },
            sips: {
              port: secure.sip,
              device: SECURE_PHONES.sip,
              dn: '7012',
              model: 684,
              tls: lscOf(SECURE_PHONES.sip),
            },
          }),
      sip: { port: target.sipUdp, device: HEALTHY.sip, dn: '7002', model: 684 },
      tftp: { port: target.tftp, file: `${HEALTHY.sccp}.cnf.xml` },
      http: { port: target.http },
      dhcp: { port: target.dhcp, client: HEALTHY.address, clientPort: target.dhcpClient, mac: HEALTHY.dhcpMac },
    };
    const child = fork(PHONES, [JSON.stringify(places)], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    await once(child, 'message');
    return new HealthyPhones(child);
  }

  async during(work: () => Promise<void>): Promise<Met> {
    this.#child.send('begin');
    await work();
    this.#child.send('end');
    const [met] = (await once(this.#child, 'message')) as [Met];
    return met;
  }

  leave(): void {
    if (this.#child.connected) this.#child.disconnect();
  }
}

/** MB that heap and buffers hold once all garbage is collected. */
const kept = async ({ pid, folder }: Target): Promise<number> => {
  const file = join(folder, KEPT_FILE);
  rmSync(file, { force: true });
  process.kill(pid, 'SIGUSR2');
  while (!existsSync(file)) await pause(20);
  return Number(readFileSync(file, 'utf8')) / 1e6;
};

/** Starts a daemon and its phones, watches them in a quiet spell and during the attack, and ends them. */
export const underAttack = async (attack: Attack): Promise<Report> => {
  const daemon = new Daemon(attack, await freePort());
  let phones: HealthyPhones | undefined;
  let watching: NodeJS.Timeout | undefined;
  try {
    const target = await daemon.ready();
    phones = await HealthyPhones.start(target);
    await pause(1_000); // their first answers make files and load code
    const quiet = await phones.during(() => pause(QUIET_SPELL));
    const keptBefore = await kept(target);
    const before = target.resident();
    let peak = before;
    watching = setInterval(() => {
      peak = Math.max(peak, target.resident());
    }, 100);
    const during = await phones.during(async () => {
      await Promise.all([attack.work(target), pause(LASTS)]);
    });
    clearInterval(watching);
    const keptAfter = await kept(target);
    await attack.afterwards?.(target);
    phones.leave();
    return { quiet, during, memory: { before, peak, keptBefore, keptAfter }, exit: await daemon.stop() };
  } finally {
    clearInterval(watching);
    phones?.leave();
    daemon.remove();
  }
};

/**
 * For each of these tests. Other work on this machine may hold up the daemon and its phones in one run, so the time of an
 * answer is measured again, twice at most; an answer that was lost once stays lost, and so does memory.
 */
export const MEASURED_AGAIN = { retry: 2 } as const;

/** What went wrong in an earlier run of a test that is not a matter of time. */
const harms = new Map<string, string[]>();

const answered = (times: readonly (number | null)[]): number[] =>
  times.filter((time) => time !== null).sort((one, other) => one - other);
const percentile99 = (times: readonly (number | null)[]): number => {
  const sorted = answered(times);
  return sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN;
};

/** Milliseconds that any answer may take during an attack, whatever the quiet spell had. */
const SHORT = 50;
/** Megabytes that the daemon may keep of an attack that is over: what pools of its own have grown by. */
const KEPT = 24;

/**
 * Every phone was answered, 99 of 100 answers came within twice the quiet spell's or 50 ms; the daemon never held more than
 * `megabytes` more than before, gave it back, and ended in order.
 */
export const expectUnharmed = (report: Report, megabytes: number): void => {
  const { quiet, during, memory, exit } = report;
  const name = expect.getState().currentTestName ?? '';
  const harm = harms.get(name) ?? [];
  harms.set(name, harm);
  for (const [protocol, times] of Object.entries(during) as [Protocol, readonly (number | null)[]][]) {
    const calm = percentile99(quiet[protocol] ?? []);
    const p99 = percentile99(times);
    const lost = times.filter((time) => time === null).length;
    if (lost > 0) harm.push(`${protocol}: ${lost} answers lost of ${times.length}`);
    expect.soft(times.length, `${protocol}: asked`).toBeGreaterThan(10);
    expect
      .soft(p99, `${protocol}: p99 in ms, ${calm.toFixed(1)} when quiet`)
      .toBeLessThanOrEqual(Math.max(2 * calm, SHORT));
  }
  const more = memory.peak - memory.before;
  const kept = memory.keptAfter - memory.keptBefore;
  if (more > megabytes) harm.push(`${more.toFixed(0)} MB more than before, not ${megabytes} at most`);
  if (kept > KEPT) harm.push(`${kept.toFixed(0)} MB kept, not ${KEPT} at most`);
  if (exit !== 0) harm.push(`the daemon ended with ${exit}`);
  expect(harm).toEqual([]);
};

/** One line for a reader: what each protocol met. */
export const inShort = ({ quiet, during, memory }: Report): string =>
  [
    ...Object.entries(during).map(([name, times]) => {
      const lost = times.filter((time) => time === null).length;
      return `${name} ${percentile99(quiet[name as Protocol] ?? []).toFixed(1)}→${percentile99(times).toFixed(1)} ms, ${lost} of ${times.length} lost`;
    }),
    `RSS ${memory.before.toFixed(0)}→${memory.peak.toFixed(0)} MB, kept ${(memory.keptAfter - memory.keptBefore).toFixed(1)} MB`,
  ].join('; ');
