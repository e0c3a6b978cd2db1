// One daemon with forty thousand devices, every service on and the traces as shipped, for the benches of the API and of the
// page; and the programs that talk to it from the other core, which are asked line by line what has come.

import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Program } from './programs.js';
import { progress } from './progress.js';
import { deviceName, MODEL, writtenDialogue } from './sccp-dialogue.js';
import { besides } from './services.js';

export const DEVICES = 40_000;
export const EVENTS_PER_SECOND = 5_000;
export const PORTS = { api: 7970, sccp: 7971, sip: 7972 };
const SERVER_CORE = 0;
const LOAD_CORE = 1;
/** Before the others of its core, so that what it measures is the daemon and not its neighbours. */
const FIRST_IN_LINE = ['nice', '-n', '-19'];

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** The first half speaks SCCP, named as `sccp-dialogue.ts` does, the other SIP, named as `churn-phones.mjs` does. */
const devices = function* (): Iterable<string> {
  const half = DEVICES / 2;
  for (let at = 0; at < half; at += 1)
    yield JSON.stringify({ name: deviceName(at), model: MODEL, protocol: 'SCCP', lines: [{ dn: `${200_000 + at}` }] });
  for (let at = 0; at < half; at += 1) {
    const name = `SEP005056${(0x10_0000 + at).toString(16).toUpperCase()}`;
    yield JSON.stringify({ name, model: '7975', protocol: 'SIP', lines: [{ dn: `${100_000 + at}` }] });
  }
};

/** Phones that make events, all of SIP. */
export const CHURNING = DEVICES / 2;

/** Starts the daemon on its core. `flags` are of node. */
export const fleetDaemon = (folder: string, flags: readonly string[] = []): Promise<Program> => {
  const config = join(folder, 'fleet.yaml');
  writeFileSync(join(folder, 'phones.jsonl'), `${[...devices()].join('\n')}\n`);
  writeFileSync(
    config,
    `
nodes: [{ name: CM1, address: 127.0.0.1 }]
${besides('http', 'sccp', 'sip')}
http:
  provisioning: { listen: 127.0.0.1, port: 0 }
  api: { port: ${PORTS.api}, limits: { requestsPerSecond: 1000000 } }
sccp: { listen: 127.0.0.1, port: ${PORTS.sccp} }
sip: { listen: 127.0.0.1, udp: ${PORTS.sip}, tcp: ${PORTS.sip}, limits: { datagramsPerSecond: 1000000 } }
trace: { directory: ${join(folder, 'logs')}, console: off }
state: { directory: ${join(folder, 'state')} }
devicesFile: ${join(folder, 'phones.jsonl')}
`,
  );
  return Program.start(
    SERVER_CORE,
    process.execPath,
    [...flags, here('../../dist/main.js'), 'run', '-c', config],
    'ready',
  );
};

/** A program on the other core that answers each line with one. */
export interface Talker<T> {
  /** What came since it was asked last. `line`: what it is told. */
  asked(line?: string): Promise<T>;
  close(): Promise<void>;
}

/** Starts a script on the other core; resolves when it has said `ready`. */
export const talker = async <T>(
  ready: string,
  script: string,
  words: readonly (string | number)[],
  before: readonly string[] = [],
): Promise<Talker<T>> => {
  const command = [...before, 'taskset', '-c', String(LOAD_CORE), process.execPath, here(script), ...words.map(String)];
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', ...command], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`${script} ended early`);
    return value;
  };
  const said = await next();
  if (said !== ready) throw new Error(`${script} said ${said} and not ${ready}`);
  return {
    asked: async (line = '') => {
      child.stdin.write(`${line}\n`);
      return JSON.parse(await next()) as T;
    },
    close: async () => {
      child.stdin.end();
      await ended;
    },
  };
};

/** What phones were answered, in milliseconds. */
export interface Answered {
  readonly sent: number;
  readonly answered: number;
  /** Without an answer for a second. Absent: nobody counts them. */
  readonly missing?: number;
  readonly p50: number;
  readonly p99: number;
}

/** What readers of the feed got. */
export interface Read {
  /** Events that there were, and those that the first reader got. */
  readonly made: number;
  readonly got: number;
  /** Of all readers. */
  readonly octets: number;
  /** Of the reader that got the fewest octets, as a part of what the first one got. */
  readonly share: number;
}

/** What clients of the API were answered, in milliseconds. */
export interface Replied {
  readonly answers: number;
  readonly failed: number;
  readonly p50: number;
  readonly p99: number;
}

/** SCCP phones that have registered and are kept alive, so many messages a second. */
export const steadyPhones = async (folder: string, phones: number, rate: number): Promise<Talker<Answered>> =>
  talker('held', 'steady-phones.mjs', [PORTS.sccp, await writtenDialogue(folder, phones), phones, rate], FIRST_IN_LINE);

/** SIP phones that come and go. It is told its rate, in messages a second. */
export const churnPhones = (): Promise<Talker<Answered>> =>
  talker('ready', 'churn-phones.mjs', [PORTS.sip, CHURNING, 0], FIRST_IN_LINE);

export const feedReaders = (count: number): Promise<Talker<Read>> =>
  talker('ready', 'api-clients.mjs', ['readers', PORTS.api, count]);

export const apiClients = (connections: number, paths: readonly string[]): Promise<Talker<Replied>> =>
  talker('ready', 'api-clients.mjs', ['requests', PORTS.api, connections, ...paths]);

/** Names of configured devices, spread over all of them. */
export const someNames = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => deviceName(Math.floor((index * DEVICES) / 2 / count)));

/** A message makes more events than it will later, while the phones are new. */
const FEWEST_EVENTS = 8;

/** The rate at which churning phones make so many events a second; one reader of the feed counts them. */
export const churnRateFor = async (churn: Talker<Answered>, wanted: number): Promise<number> => {
  const LOOK = 2_000;
  const reader = await feedReaders(1);
  let rate = wanted / FEWEST_EVENTS; // too few at first: a reader that is overwhelmed is let go of and counts nothing
  for (let look = 0; look < 4; look += 1) {
    await churn.asked(String(rate));
    await sleep(LOOK / 2);
    await reader.asked();
    await sleep(LOOK);
    const { made } = await reader.asked();
    if (made === 0) throw new Error('a reader of the feed has seen no event: was it let go of?');
    progress(`${Math.round(rate)} messages a second make ${Math.round((made * 1000) / LOOK)} events`);
    rate *= (wanted * LOOK) / 1000 / made;
  }
  await reader.close();
  return Math.round(rate);
};
