// Phones that call each other: SIP beside kamailio, which is a proxy and has half of the messages; SCCP, and both kinds
// mixed; how soon a called phone rings at an even rate; what a call weighs that stands; what calls cost those that make none.
// `npx tsx test/bench/calls.ts` runs it alone. Needs gcc, kamailio and the built program, and for the calls that stand 20,500
// descriptors.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { costRows, lostRow } from './call-costs.js';
import { writtenCallFrames } from './call-frames.js';
import {
  awaited,
  calling,
  compiled,
  kamailio,
  type LabcmOptions,
  labcm,
  type Phones,
  resultOf,
} from './call-servers.js';
import { descriptors } from './machine.js';
import type { Program } from './programs.js';
import { progress } from './progress.js';
import { compared, fact, markdown, median, type Row, spread } from './table.js';

const ROUNDS = Number(process.env.LABCM_BENCH_ROUNDS ?? 3);
const PHONES: Phones = { sip: 4000, sccp: 4000 };
const WARM = 4000;
const WINDOW = 64;
const SECONDS = 4;
const EVEN_RATE = 50;
const EVEN_SECONDS = 20;
const EVEN_WARM = 1000;
const SOONEST = 20; // ms

const HELD: Phones = { sip: 11_000, sccp: 9000 };
const HELD_PAIRS = { sipPairs: 2000, sccpPairs: 1500, mixedPairs: 1500 };
const HELD_CALLS = 5000;
const HELD_RATE = 200;
const MOST_KIB = 20;
const TRANSACTIONS_GONE = 36_000; // ms: what is kept for 32 s is not the calls' weight

/** What the load says of its calls; times in microseconds. */
interface Outcome {
  readonly calls: number;
  readonly lost: number;
  readonly repeated: number;
  readonly seconds: number;
  readonly calledP50: number;
  readonly calledP99: number;
  readonly callerP50: number;
  readonly callerP99: number;
}

/** `cpu`: microseconds of the server's processor per call. */
interface Measured extends Outcome {
  readonly perSecond: number;
  readonly cpu: number;
}

type Kind = 'udp' | 'tcp' | 'sccp' | 'mixed';

const SIP_PHONES = { sipPhones: PHONES.sip, sipPairs: PHONES.sip / 2 };
const SCCP_PHONES = { sccpPhones: PHONES.sccp };
const KINDS: Readonly<
  Record<Kind, { readonly title: string; readonly phones: Readonly<Record<string, string | number>> }>
> = {
  udp: { title: 'SIP–SIP calls over UDP', phones: { transport: 'udp', ...SIP_PHONES } },
  tcp: { title: 'SIP–SIP calls over TCP', phones: { transport: 'tcp', ...SIP_PHONES } },
  sccp: { title: 'SCCP–SCCP calls', phones: { ...SCCP_PHONES, sccpPairs: PHONES.sccp / 2 } },
  mixed: {
    title: 'SIP–SCCP calls, half of them begun by each',
    phones: { ...SCCP_PHONES, sipPhones: PHONES.sip, mixedPairs: PHONES.sip },
  },
};

/** A server, and what it is asked: as fast as it goes, and at an even rate. */
interface Peer {
  readonly start: (folder: string) => Promise<Program>;
  readonly fast: readonly Kind[];
  readonly even: readonly Kind[];
}

const ours =
  (options: LabcmOptions): Peer['start'] =>
  (folder) =>
    labcm(folder, PHONES, options);

const PEERS = {
  shipped: { start: ours({}), fast: ['udp', 'tcp', 'sccp', 'mixed'], even: ['udp', 'sccp', 'mixed'] },
  sparing: { start: ours({ records: 'off' }), fast: ['udp', 'sccp', 'mixed'], even: [] },
  kamailio: { start: kamailio, fast: ['udp', 'tcp'], even: ['udp'] },
} as const satisfies Readonly<Record<string, Peer>>;
type PeerName = keyof typeof PEERS;

export const run = async (): Promise<Row[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'labcm-bench-'));
  try {
    const load = compiled(folder, 'call-load');
    return [...(await besideKamailio(folder, load)), ...(await heldRows(folder, load)), ...(await costRows(folder))];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const besideKamailio = async (folder: string, load: string): Promise<Row[]> => {
  const frames = await writtenCallFrames(folder, PHONES.sccp);
  const results = new Map<string, Measured[]>();
  for (let round = 0; round < ROUNDS; round += 1)
    for (const [name, { start, fast, even }] of Object.entries(PEERS) as [PeerName, Peer][])
      for (const kind of fast) {
        progress(`calls: ${KINDS[kind].title}, round ${round + 1} of ${ROUNDS}, ${name}`);
        const server = await start(folder);
        // The even rate first: what a storm leaves for half a minute is no part of a quiet day.
        for (const pace of even.includes(kind) ? (['even', 'fast'] as const) : (['fast'] as const)) {
          const key = `${name} ${kind} ${pace}`;
          results.set(key, [...(results.get(key) ?? []), await measured(server, load, frames, kind, pace)]);
        }
        await server.stop();
      }
  const of = (name: PeerName, kind: Kind, pace: Pace, what: keyof Measured): number[] =>
    (results.get(`${name} ${kind} ${pace}`) ?? []).map((one) => one[what]);
  const sum = (what: 'lost' | 'repeated'): number =>
    [...results]
      .filter(([key]) => !key.startsWith('kamailio'))
      .flatMap(([, all]) => all)
      .reduce((total, one) => total + one[what], 0);
  return [
    ...(['udp', 'tcp'] as const).flatMap((kind) => besideRows(kind, of)),
    ...(['sccp', 'mixed'] as const).flatMap((kind) => aloneRows(kind, of)),
    ...(['udp', 'sccp', 'mixed'] as const).flatMap((kind) => setupRows(kind, of)),
    lostRow(sum('lost'), sum('repeated')),
  ];
};

type Pace = 'fast' | 'even';
type Of = (name: PeerName, kind: Kind, pace: Pace, what: keyof Measured) => number[];

const measured = async (server: Program, load: string, frames: string, kind: Kind, pace: Pace): Promise<Measured> => {
  const paced = pace === 'fast' ? { warm: WARM, seconds: SECONDS } : { warm: EVEN_WARM, seconds: EVEN_SECONDS };
  const rate = pace === 'fast' ? 0 : EVEN_RATE;
  const child = calling(load, { ...KINDS[kind].phones, frames, window: WINDOW, ...paced, rate });
  await awaited(child, 'registered');
  await awaited(child, 'warm');
  const before = server.cpuSeconds;
  const outcome = await resultOf<Outcome>(child);
  const cpu = ((server.cpuSeconds - before) * 1e6) / outcome.calls;
  return { ...outcome, perSecond: outcome.calls / outcome.seconds, cpu };
};

const VARIANT_WORDS = { shipped: '', sparing: ', without records' } as const;

const variantsOf = (kind: Kind): readonly ('shipped' | 'sparing')[] =>
  (['shipped', 'sparing'] as const).filter((name) => (PEERS[name].fast as readonly Kind[]).includes(kind));

const besideRows = (kind: Kind, of: Of): Row[] =>
  variantsOf(kind).flatMap((name) => {
    const title = `${KINDS[kind].title}${VARIANT_WORDS[name]}`;
    const pair = (what: keyof Measured) => [of(name, kind, 'fast', what), of('kamailio', kind, 'fast', what)] as const;
    return [
      compared(title, 'calls/s', ...pair('perSecond'), { atLeast: 0.5 }),
      compared(`${title}: CPU each`, 'µs', ...pair('cpu'), undefined),
    ];
  });

const aloneRows = (kind: Kind, of: Of): Row[] =>
  variantsOf(kind).flatMap((name) => {
    const title = `${KINDS[kind].title}${VARIANT_WORDS[name]}`;
    return [
      fact(title, `${spread(of(name, kind, 'fast', 'perSecond'))} calls/s`),
      fact(`${title}: CPU each`, `${spread(of(name, kind, 'fast', 'cpu'))} µs`),
    ];
  });

/** From the last octet of the number to the called phone's first, and to the ringing that the caller hears. */
const setupRows = (kind: Kind, of: Of): Row[] =>
  (
    [
      ['the called phone rings', 'called'],
      ['the caller hears it ring', 'caller'],
    ] as const
  ).map(([words, end]) => {
    const times = (name: PeerName, part: 'P50' | 'P99'): number[] =>
      of(name, kind, 'even', `${end}${part}`).map((microseconds) => microseconds / 1000);
    const shown = (name: PeerName): string =>
      `p50 ${spread(times(name, 'P50'), 1)}, p99 ${spread(times(name, 'P99'), 1)} ms`;
    const isMet = median(times('shipped', 'P99')) <= SOONEST;
    const row = fact(
      `${KINDS[kind].title}, ${EVEN_RATE}/s: until ${words}`,
      shown('shipped'),
      `p99 ≤ ${SOONEST} ms`,
      isMet,
    );
    return kind === 'udp' ? { ...row, peer: shown('kamailio') } : row;
  });

const heldRows = async (folder: string, load: string): Promise<Row[]> => {
  const sccp = Math.min(HELD.sccp, descriptors() - 1000);
  const phones: Phones = { sip: HELD.sip, sccp };
  const frames = await writtenCallFrames(folder, sccp);
  return [
    await weight('', MOST_KIB, false, { folder, load, frames, phones }),
    await weight(", with the API's timelines", undefined, true, { folder, load, frames, phones }),
  ];
};

interface Holding {
  readonly folder: string;
  readonly load: string;
  readonly frames: string;
  readonly phones: Phones;
}

/** From no call, when as many were made and ended before, to all of them; each time when their transactions are gone. */
const weight = async (
  what: string,
  most: number | undefined,
  api: boolean,
  { folder, load, frames, phones }: Holding,
): Promise<Row> => {
  const flags = ['--expose-gc', `--import=${fileURLToPath(new URL('weigh.mjs', import.meta.url))}`];
  progress(`calls: ${HELD_CALLS} of them are held${what}`);
  const server = await labcm(folder, phones, { api, flags });
  const child = calling(load, {
    ...{ sipPhones: phones.sip, sccpPhones: phones.sccp, frames, ...HELD_PAIRS },
    ...{ warm: HELD_CALLS, window: WINDOW, rate: HELD_RATE, hold: HELD_CALLS },
  });
  await awaited(child, 'registered');
  await awaited(child, 'warm');
  await sleep(TRANSACTIONS_GONE);
  const before = await weighed(server);
  child.goOn();
  await awaited(child, 'held');
  await sleep(TRANSACTIONS_GONE);
  const after = await weighed(server);
  child.close();
  const { standing, lost } = await resultOf<{ readonly standing: number; readonly lost: number }>(child);
  await server.stop();
  const each = (now: number, then: number): number => (now - then) / 1024 / HELD_CALLS;
  const held = each(after.held, before.held);
  const grouped = (count: number): string => count.toLocaleString('en-US');
  const among = `${grouped(phones.sccp)} SCCP and ${grouped(phones.sip)} SIP phones`;
  return fact(
    `${grouped(standing)} calls stand among ${among}${what}: KiB a call (resident: ${each(after.rss, before.rss).toFixed(1)})`,
    held.toFixed(1),
    most === undefined ? '' : `≤ ${most}`,
    most === undefined ? undefined : held <= most && standing === HELD_CALLS && lost === 0,
  );
};

const weighed = async (server: Program): Promise<{ readonly held: number; readonly rss: number }> =>
  JSON.parse((await server.asked('SIGUSR2', /\{.*\}/)).trim()) as { held: number; rss: number };

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${markdown(await run())}\n`);
