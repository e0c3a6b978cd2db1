// What secure mode costs: handshakes of phones on the ports of SCCP and SIP, whole and resumed, beside `openssl s_server`; and what a
// flood of handshakes that prove nothing costs the phones that come without TLS. `npx tsx test/bench/secure.ts` runs it alone. Needs root,
// openssl and the built program.

import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { wallTime } from '../../src/core/time.js';
import { pemOf } from '../../src/security/der.js';
import { issueLsc } from '../../src/security/identity.js';
import { identity } from '../security/identities.js';
import { loadOf, resultOf } from './call-servers.js';
import { type Answered, PORTS, steadyPhones, talker } from './fleet-daemon.js';
import { Program } from './programs.js';
import { progress } from './progress.js';
import { deviceName, MODEL } from './sccp-dialogue.js';
import { besides } from './services.js';
import { compared, fact, markdown, paired, type Row, spread } from './table.js';

const ROUNDS = Number(process.env.LABCM_BENCH_ROUNDS ?? 3);
const SERVER_CORE = 0;
const TLS_PORTS = { SCCP: 7975, SIP: 7976 } as const;
const PEER_PORT = 7977;
const COUNTS = { full: 1_500, resumed: 3_000 } as const;
const WARM = 200;
const AT_ONCE = 4;
const PHONES = 2_000;
const KEEPALIVES_PER_SECOND = 1_000;
const FLOOD_PER_SECOND = 1_000;
const LOOK = 6_000; // milliseconds
const SETTLES = 1_000; // milliseconds
const MOST_SLOWER = 1.5;

type Kind = 'AES128-SHA' | 'ECDHE';
type Mode = keyof typeof COUNTS;

const KINDS: Readonly<Record<Kind, string>> = {
  'AES128-SHA': 'TLS 1.0, AES128-SHA',
  ECDHE: 'TLS 1.2, ECDHE-RSA-AES128-GCM-SHA256',
};
const OLD_SUITES = 'ECDHE+AESGCM:AES128-SHA:@SECLEVEL=0';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const capf = identity('capf');
const node = identity('callmanager');

/** Writes the keys of both sides; returns where. */
const writtenKeys = (folder: string) => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const cert = pemOf(
    issueLsc(capf, {
      device: deviceName(0),
      publicKey: publicKey.export({ type: 'spki', format: 'der' }),
      now: wallTime(Date.now()),
      years: 5,
    }),
  );
  const files = {
    phone: join(folder, 'phone.json'),
    capf: join(folder, 'capf.pem'),
    capfKey: join(folder, 'capf-key.pem'),
    node: join(folder, 'node.pem'),
    nodeKey: join(folder, 'node-key.pem'),
  };
  writeFileSync(files.phone, JSON.stringify({ key: privateKey.export({ type: 'pkcs8', format: 'pem' }), cert }));
  writeFileSync(files.capf, capf.certificate);
  writeFileSync(files.capfKey, capf.key, { mode: 0o600 });
  writeFileSync(files.node, node.certificate);
  writeFileSync(files.nodeKey, node.key, { mode: 0o600 });
  return files;
};

type Keys = ReturnType<typeof writtenKeys>;

/** A daemon in mixed mode with every service on, the traces and bounds as shipped. */
const secureDaemon = (folder: string, keys: Keys): Promise<Program> => {
  const config = join(folder, 'secure.yaml');
  const devices = Array.from({ length: PHONES }, (_, index) =>
    JSON.stringify({ name: deviceName(index), model: MODEL, protocol: 'SCCP', lines: [{ dn: `${200_000 + index}` }] }),
  );
  writeFileSync(join(folder, 'phones.jsonl'), `${devices.join('\n')}\n`);
  writeFileSync(
    config,
    `
nodes: [{ name: CM1, address: 127.0.0.1 }]
${besides('sccp', 'sip')}
sccp: { listen: 127.0.0.1, port: ${PORTS.sccp}, tls: ${TLS_PORTS.SCCP} }
sip: { listen: 127.0.0.1, udp: ${PORTS.sip}, tcp: ${PORTS.sip}, tls: ${TLS_PORTS.SIP} }
security:
  mode: mixed
  itl: on
  capf: { port: 0 }
  tvs: { port: 0 }
  certificates: { capf: { certificate: ${keys.capf}, key: ${keys.capfKey} }, callmanager: { certificate: ${keys.node}, key: ${keys.nodeKey} } }
trace: { directory: ${join(folder, 'logs')}, console: off }
state: { directory: ${join(folder, 'state')} }
devicesFile: ${join(folder, 'phones.jsonl')}
`,
  );
  return Program.start(SERVER_CORE, process.execPath, [here('../../dist/main.js'), 'run', '-c', config], 'ready');
};

/** The server of OpenSSL, with the same key, that asks for the same certificate. It serves one connection at a time. */
const peerServer = (keys: Keys): Promise<Program> =>
  Program.start(SERVER_CORE, 'openssl', [
    ...['s_server', '-accept', `127.0.0.1:${PEER_PORT}`, '-key', keys.nodeKey, '-cert', keys.node],
    ...['-cipher', OLD_SUITES, '-serverpref', '-verify', '1', '-CAfile', keys.capf, '-quiet'],
  ]);

interface Shaken {
  readonly perSecond: number;
  readonly p99: number;
  /** Milliseconds of the server's processor for each. */
  readonly cpu: number;
}

const shaken = async (
  server: Program,
  { port, kind, mode, count, keys }: { readonly port: number; kind: Kind; mode: Mode; count: number; keys: Keys },
): Promise<Shaken> => {
  const before = server.cpuSeconds;
  const words = ['handshakes', port, kind, keys.phone, mode, count, AT_ONCE].map(String);
  const load = loadOf(process.execPath, [here('secure-load.mjs'), ...words]);
  const { perSecond, p99, failed } = await resultOf<Omit<Shaken, 'cpu'> & { readonly failed: number }>(load);
  if (failed > 0) throw new Error(`${failed} handshakes failed`);
  return { perSecond, p99, cpu: ((server.cpuSeconds - before) * 1000) / count };
};

const handshakeRows = async (daemon: Program, keys: Keys): Promise<Row[]> => {
  const rows: Row[] = [];
  for (const kind of Object.keys(KINDS) as Kind[])
    for (const mode of ['full', 'resumed'] as const) {
      progress(`secure: ${kind}, ${mode}`);
      const peer = await peerServer(keys);
      const measured = async (server: Program, port: number): Promise<Shaken[]> => {
        await shaken(server, { port, kind, mode, count: WARM, keys });
        const rounds: Shaken[] = [];
        for (let round = 0; round < ROUNDS; round += 1)
          rounds.push(await shaken(server, { port, kind, mode, count: COUNTS[mode], keys }));
        return rounds;
      };
      const theirs = await measured(peer, PEER_PORT);
      await peer.stop();
      for (const [protocol, port] of Object.entries(TLS_PORTS)) {
        const ours = await measured(daemon, port);
        const title = `${protocol}, ${KINDS[kind]}, ${mode} handshakes, ${AT_ONCE} at once`;
        const of = (all: readonly Shaken[], what: keyof Shaken): number[] => all.map((one) => one[what]);
        rows.push(
          compared(title, '/s', of(ours, 'perSecond'), of(theirs, 'perSecond'), undefined),
          compared(`${title}: CPU each`, 'ms', of(ours, 'cpu'), of(theirs, 'cpu'), undefined, 2),
        );
      }
    }
  return rows;
};

/** What became of the handshakes of the flood. */
interface Flooded {
  readonly begun: number;
  readonly done: number;
  readonly refused: number;
}

interface Look {
  readonly sccp: Answered;
  readonly cpu: number;
}

const floodRows = async (folder: string, daemon: Program): Promise<Row[]> => {
  const phones = await steadyPhones(folder, PHONES, KEEPALIVES_PER_SECOND);
  const look = async (): Promise<Look> => {
    await sleep(SETTLES);
    await phones.asked();
    const before = daemon.cpuSeconds;
    await sleep(LOOK);
    const cpu = ((daemon.cpuSeconds - before) * 1000) / LOOK;
    return { sccp: await phones.asked(), cpu };
  };
  const [without, flooded, got]: [Look[], Look[], Flooded[]] = [[], [], []];
  const looks = {
    without: async () => void without.push(await look()),
    flooded: async () => {
      const flood = await talker<Flooded>('ready', 'secure-load.mjs', ['flood', TLS_PORTS.SCCP, FLOOD_PER_SECOND]);
      await sleep(SETTLES);
      await flood.asked();
      const seen = await look();
      got.push(await flood.asked());
      flooded.push(seen);
      await flood.close();
    },
  };
  for (let round = 0; round < ROUNDS; round += 1) {
    progress(`secure: a flood of handshakes, pair ${round + 1} of ${ROUNDS}`);
    for (const turn of round % 2 === 0 ? (['without', 'flooded'] as const) : (['flooded', 'without'] as const))
      await looks[turn]();
  }
  await phones.close();
  const name = `${FLOOD_PER_SECOND.toLocaleString('en')} handshakes a second of one address that prove nothing`;
  const each = (pick: (one: Look) => number) => [flooded.map(pick), without.map(pick)] as const;
  const lost = flooded.reduce((sum, { sccp }) => sum + (sccp.missing ?? 0), 0);
  return [
    fact(
      `${name}: done, refused`,
      `${spread(got.map(({ done }) => done))}, ${spread(got.map(({ refused }) => refused))} in ${(LOOK + 2 * SETTLES) / 1000} s`,
    ),
    paired(
      `${name}: p99 of SCCP keepalives with it beside without`,
      'ms',
      ...each(({ sccp }) => sccp.p99),
      MOST_SLOWER,
      2,
    ),
    paired(`${name}: processor of the daemon`, 'of a core', ...each(({ cpu }) => cpu), undefined, 2),
    fact(`${name}: keepalives without an answer within a second`, String(lost), '0', lost <= 0),
  ];
};

export const run = async (): Promise<Row[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'labcm-bench-'));
  try {
    const keys = writtenKeys(folder);
    const daemon = await secureDaemon(folder, keys);
    const rows = [...(await handshakeRows(daemon, keys)), ...(await floodRows(folder, daemon))];
    await daemon.stop();
    return rows;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${markdown(await run())}\n`);
