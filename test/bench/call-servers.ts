// The servers of the bench of calls, and the phones that call through them: labcm in its variants, kamailio, and
// `call-load.c`. Server on one core, load on the other.

import { execFileSync, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Program } from './programs.js';
import { deviceName, MODEL } from './sccp-dialogue.js';
import { besides } from './services.js';

const SERVER_CORE = 0;
const LOAD_CORE = 1;
export const PORTS = { sip: 7960, sccp: 7961 };

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const program = here('../../dist/main.js');

/** How many phones a server knows: those of SIP have the numbers from 100000 on, those of SCCP from 200000 on. */
export interface Phones {
  readonly sip: number;
  readonly sccp: number;
}

export interface LabcmOptions {
  /** `off`: no call logs, no CDR, no CMR. */
  readonly records?: 'shipped' | 'off';
  readonly calls?: 'on' | 'off';
  /** Whose packets are kept for `labcm pcap`. */
  readonly capture?: 'none' | 'all';
  /** Whether the API runs, which keeps the timeline of every device. */
  readonly api?: boolean;
  /** The address of the NATS server that it shares what it knows through. */
  readonly bus?: string;
  /** Of node. */
  readonly flags?: readonly string[];
  /** Where it listens, for daemons that run side by side, each with a folder of its own. */
  readonly ports?: typeof PORTS;
}

const WITHOUT_RECORDS = ', callLogs: false, cdr: { enabled: false }';
const SIP_MODEL = '7975';
const MOST_CALLS = 6000;

/** A daemon with every service on and the traces as shipped. */
export const labcm = (folder: string, { sip, sccp }: Phones, options: LabcmOptions = {}): Promise<Program> => {
  const { records = 'shipped', calls = 'on', capture = 'none', api = true, bus, flags = [], ports = PORTS } = options;
  const config = join(folder, 'calls.yaml');
  const phones = join(folder, 'phones.jsonl');
  const device = (name: string, model: string, protocol: string, dn: number): string =>
    JSON.stringify({ name, model, protocol, lines: [{ dn: String(dn) }] });
  const sipName = (index: number): string => `SEP005056${(0x100000 + index).toString(16).toUpperCase()}`;
  const rows = [
    ...Array.from({ length: sip }, (_, index) => device(sipName(index), SIP_MODEL, 'SIP', 100_000 + index)),
    ...Array.from({ length: sccp }, (_, index) => device(deviceName(index), MODEL, 'SCCP', 200_000 + index)),
  ];
  writeFileSync(phones, `${rows.join('\n')}\n`);
  writeFileSync(
    config,
    `
nodes: [{ name: CM1, address: 127.0.0.1 }]
${bus === undefined ? '' : `cluster: { name: Bench, bus: "${bus}" }\n`}${besides('sip', 'sccp', ...(api ? [] : (['http'] as const)))}
${api ? '' : 'http: { provisioning: { enabled: false }, api: { enabled: false } }\n'}sip: { listen: 127.0.0.1, udp: ${ports.sip}, tcp: ${ports.sip}, trying: streams, limits: { datagramsPerSecond: 1000000 } }
sccp: { listen: 127.0.0.1, port: ${ports.sccp} }
calls: { enabled: ${calls === 'on'}, limits: { calls: ${MOST_CALLS}, perSecond: 10000 }, rtp: { ports: off } }
capture: { devices: ${capture} }
trace: { directory: ${join(folder, 'logs')}, console: off${records === 'shipped' ? '' : WITHOUT_RECORDS} }
state: { directory: ${join(folder, 'state')} }
devicesFile: ${phones}
`,
  );
  return Program.start(SERVER_CORE, process.execPath, [...flags, program, 'run', '-c', config], 'ready');
};

export const kamailio = (): Promise<Program> =>
  Program.start(SERVER_CORE, 'kamailio', [
    ...['-f', here('sip-kamailio-calls.cfg'), '-DD', '-E', '-m', '4096'],
    ...['-l', `udp:127.0.0.1:${PORTS.sip}`, '-l', `tcp:127.0.0.1:${PORTS.sip}`],
  ]);

/** Compiles a load of the bench; returns its path. */
export const compiled = (folder: string, name: 'call-load' | 'sip-load'): string => {
  const path = join(folder, name);
  execFileSync('gcc', ['-O2', '-o', path, here(`${name}.c`)]);
  return path;
};

/** A load on its core: what it says, line by line, and a way to tell it to go on. */
export interface Load {
  readonly lines: AsyncIterator<string>;
  goOn(): void;
  /** It is to end. */
  close(): void;
  /** It has ended, and its ports are free. */
  readonly ended: Promise<unknown>;
}

export const loadOf = (command: string, args: readonly string[]): Load => {
  const child = spawn('taskset', ['-c', String(LOAD_CORE), command, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.on('error', () => {}); // it has ended already, which its lines say
  return {
    lines: createInterface({ input: child.stdout })[Symbol.asyncIterator](),
    goOn: () => void child.stdin.write('\n'),
    close: () => void child.stdin.end(),
    ended: new Promise((resolve) => child.once('exit', resolve)),
  };
};

/** Phones of both protocols that call each other (`call-load.c`). */
export const calling = (path: string, options: Readonly<Record<string, string | number>>): Load =>
  loadOf(path, [
    ...[`sip=${PORTS.sip}`, `sccp=${PORTS.sccp}`],
    ...Object.entries(options).map(([name, value]) => `${name}=${value}`),
  ]);

/** The next line, which must be `word`, alone or with a figure after it. */
export const awaited = async ({ lines }: Load, word: string): Promise<void> => {
  const { value, done } = await lines.next();
  if (done === true || value.split(' ')[0] !== word)
    throw new Error(`the load said ${JSON.stringify(value)} and not ${word}`);
};

/** The last line, as JSON, once the load has ended. */
export const resultOf = async <T>({ lines, ended }: Load): Promise<T> => {
  const { value, done } = await lines.next();
  await ended;
  if (done === true) throw new Error('the load ended without a result');
  return JSON.parse(value) as T;
};

export const sccpLoad = (...args: readonly (string | number)[]): Load =>
  loadOf(process.execPath, [here('sccp-load.mjs'), ...args.map(String)]);
