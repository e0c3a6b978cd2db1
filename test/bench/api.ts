// What the API costs the phones, and how soon it answers: one daemon of 40,000 devices whose phones make 5,000 events a
// second, in turns without and with clients of the API. Daemon on one core, phones and clients on the other.
// `npx tsx test/bench/api.ts` runs it alone. Needs root and the built program.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  type Answered,
  apiClients,
  churnPhones,
  churnRateFor,
  EVENTS_PER_SECOND,
  feedReaders,
  fleetDaemon,
  type Read,
  type Replied,
  someNames,
  steadyPhones,
  type Talker,
} from './fleet-daemon.js';
import type { Program } from './programs.js';
import { progress } from './progress.js';
import { fact, markdown, paired, type Row, spread } from './table.js';

const ROUNDS = Number(process.env.LABCM_BENCH_ROUNDS ?? 5);
const LOOK = 6_000; // milliseconds
const SETTLES = 1_000; // milliseconds
const CONNECTIONS = 4;
const READERS = 100;
const HELD = 2_000;
const KEEPALIVES_PER_SECOND = 1_000;
const MOST_SLOWER = 1.2;

/** What phones were answered while the daemon had this processor time, in parts of one core. */
interface Look {
  readonly sccp: Answered;
  readonly sip: Answered;
  readonly cpu: number;
}

/** A load of the API: who makes it, and the row of what they got. */
interface Load<T> {
  readonly name: string;
  readonly open: () => Promise<Talker<T>>;
  readonly told: (got: readonly T[]) => Row;
}

const PAGES = [0, 10_000, 20_000, 39_900].map((offset) => `/api/devices?limit=100&offset=${offset}`);
const DETAILS = someNames(200).map((name) => `/api/devices/${name}`);

const asking = (name: string, paths: readonly string[]): Load<Replied> => ({
  name,
  open: () => apiClients(CONNECTIONS, paths),
  told: (got) => {
    const failed = got.reduce((sum, one) => sum + one.failed, 0);
    const each = got.map(({ answers }) => (answers * 1000) / LOOK);
    const times = `p50 ${spread(
      got.map(({ p50 }) => p50),
      1,
    )}, p99 ${spread(
      got.map(({ p99 }) => p99),
      1,
    )} ms`;
    return fact(`${name}, ${CONNECTIONS} connections: answers`, `${spread(each)} /s, ${times}; ${failed} failed`);
  },
});

const reading: Load<Read> = {
  name: `${READERS} readers of all events`,
  open: () => feedReaders(READERS),
  told: (got) => {
    const rates = got.map(({ made }) => (made * 1000) / LOOK);
    const missed = got.reduce((sum, one) => sum + Math.max(0, one.made - one.got), 0);
    const share = Math.min(...got.map((one) => one.share));
    const octets = got.map((one) => one.octets / LOOK / 1000); // octets a millisecond are kilooctets a second
    return fact(
      `${READERS} readers of all events: events to each`,
      `${spread(rates)} /s, ${spread(octets)} MB/s together; ${missed} missed by the first, and the last got ${(share * 100).toFixed(1)} % of its octets`,
      'none missed, ≥ 95 %',
      missed === 0 && share >= 0.95,
    );
  },
};

export const run = async (): Promise<Row[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'labcm-bench-'));
  try {
    const daemon = await fleetDaemon(folder);
    const sccp = await steadyPhones(folder, HELD, KEEPALIVES_PER_SECOND);
    const sip = await churnPhones();
    const rate = String(await churnRateFor(sip, EVENTS_PER_SECOND));
    const look = async (): Promise<Look> => {
      await sleep(SETTLES);
      await Promise.all([sccp.asked(), sip.asked(rate)]);
      const before = daemon.cpuSeconds;
      await sleep(LOOK);
      const cpu = ((daemon.cpuSeconds - before) * 1000) / LOOK;
      const [one, other] = await Promise.all([sccp.asked(), sip.asked(rate)]);
      return { sccp: one, sip: other, cpu };
    };
    const rows = [
      ...(await pairsOf(asking('a list of 100 devices', PAGES), look, daemon)),
      ...(await pairsOf(asking('one device', DETAILS), look, daemon)),
      ...(await pairsOf(reading, look, daemon)),
    ];
    for (const each of [sccp, sip]) await each.close();
    await daemon.stop();
    return rows;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** Looks with a load and without, in turns; which is first changes. */
const pairsOf = async <T>(
  { name, open, told }: Load<T>,
  look: () => Promise<Look>,
  daemon: Program,
): Promise<Row[]> => {
  const [without, loaded, got]: [Look[], Look[], T[]] = [[], [], []];
  const looks = {
    without: async () => void without.push(await look()),
    loaded: async () => {
      const clients = await open();
      await sleep(SETTLES);
      await clients.asked();
      const seen = await look();
      got.push(await clients.asked());
      loaded.push(seen);
      await clients.close();
    },
  };
  for (let round = 0; round < ROUNDS; round += 1) {
    progress(`api: ${name}, pair ${round + 1} of ${ROUNDS}; the daemon has ${daemon.residentMiB.toFixed(0)} MiB`);
    for (const turn of round % 2 === 0 ? (['without', 'loaded'] as const) : (['loaded', 'without'] as const))
      await looks[turn]();
  }
  const phones = (protocol: 'sccp' | 'sip', what: 'p50' | 'p99', atMost?: number): Row =>
    paired(
      `${name}: ${what} of ${protocol === 'sccp' ? 'SCCP keepalives' : 'REGISTERs over UDP'} with them beside without`,
      'ms',
      loaded.map((one) => one[protocol][what]),
      without.map((one) => one[protocol][what]),
      atMost,
      2,
    );
  return [
    told(got),
    phones('sccp', 'p50'),
    phones('sccp', 'p99', MOST_SLOWER),
    phones('sip', 'p50'),
    phones('sip', 'p99', MOST_SLOWER),
    paired(
      `${name}: processor of the daemon`,
      'of a core',
      loaded.map(({ cpu }) => cpu),
      without.map(({ cpu }) => cpu),
      undefined,
      2,
    ),
  ];
};

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${markdown(await run())}\n`);
