// A whole CUCM cluster's worth of phones registered to one daemon and held: whether any is lost, missed or kept waiting, and
// what each weighs. Daemon and phones share two cores. `npx tsx test/bench/headline.ts` runs it alone. Needs root and the
// built program; `LABCM_BENCH_PHONES` and `LABCM_BENCH_MINUTES` ask for another size.

import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Cluster, type FleetOutcome, outcomeOf, type Registered, sizeOf } from './cluster.js';
import { progress } from './progress.js';
import { fact, markdown, type Row } from './table.js';

const PHONES = Number(process.env.LABCM_BENCH_PHONES ?? 40_000);
const MINUTES = Number(process.env.LABCM_BENCH_MINUTES ?? 10);
const RATE = 150;
const LOOK = 5_000;
const LOOKS_TOLD = 12;
const MOST_RAMP = 600_000;
const SLOWEST = 100; // ms
const LEASES = 5000;

/** While all were held. */
interface Held {
  readonly fewest: Registered;
  readonly mebibytes: number;
  readonly descriptors: number;
  /** Of one core. */
  readonly load: number;
}

export const run = async (): Promise<Row[]> => {
  const cluster = new Cluster(sizeOf(PHONES));
  try {
    const startup = await cluster.start();
    cluster.lease(LEASES);
    const fleets = await cluster.fleets(RATE, `${MINUTES + 2}m`);
    const ramp = await cluster.whole(MOST_RAMP);
    const held = await holding(cluster);
    for (const fleet of fleets) fleet.signal('SIGINT');
    const outcomes = await Promise.all(fleets.map(outcomeOf));
    return rowsOf(cluster, { startup, ramp, held, outcomes, rejections: await cluster.rejections() });
  } finally {
    await cluster.close();
  }
};

const holding = async (cluster: Cluster): Promise<Held> => {
  const { daemon } = cluster;
  if (daemon === undefined) throw new Error('no daemon');
  const before = daemon.cpuSeconds;
  const from = performance.now();
  let fewest = await cluster.registered();
  let mebibytes = 0;
  for (let looks = 1; performance.now() - from < MINUTES * 60_000; looks += 1) {
    await sleep(LOOK);
    const { sccp, sip } = await cluster.registered();
    fewest = { sccp: Math.min(fewest.sccp, sccp), sip: Math.min(fewest.sip, sip) };
    mebibytes = Math.max(mebibytes, daemon.residentMiB);
    if (looks % LOOKS_TOLD === 0)
      progress(`headline: held for ${Math.round((looks * LOOK) / 1000)} s, ${sccp + sip} registered`);
  }
  const seconds = (performance.now() - from) / 1000;
  return { fewest, mebibytes, descriptors: daemon.descriptors, load: (daemon.cpuSeconds - before) / seconds };
};

interface Results {
  /** Milliseconds. */
  readonly startup: number;
  /** Seconds. */
  readonly ramp: number;
  readonly held: Held;
  readonly outcomes: readonly FleetOutcome[];
  readonly rejections: number;
}

const rowsOf = ({ size: { sccp, sip } }: Cluster, { startup, ramp, held, outcomes, rejections }: Results): Row[] => {
  const all = sccp + sip;
  const grouped = (count: number): string => count.toLocaleString('en-US');
  const counted = (name: string): number => outcomes.reduce((sum, { counts }) => sum + (counts[name] ?? 0), 0);
  const failed = outcomes.reduce((sum, outcome) => sum + outcome.failed, 0);
  const answers = (step: 'keepalive' | 'refresh', words: string): Row => {
    const quantiles = outcomes.flatMap(({ steps }) => steps[step] ?? []);
    const count = quantiles.reduce((sum, one) => sum + one.count, 0);
    const p99 = Math.max(...quantiles.map((one) => one.p99));
    return fact(
      `${words}: ${grouped(count)} answers`,
      `p50 ${quantiles.map((one) => one.p50).join(' and ')} ms, p99 ${p99} ms`,
      `p99 < ${SLOWEST} ms`,
      count > 0 && p99 < SLOWEST,
    );
  };
  return [
    fact(
      `start-up with ${grouped(all)} devices, every service on`,
      `${(startup / 1000).toFixed(1)} s`,
      '< 3 s',
      startup < 3000,
    ),
    fact(
      `${grouped(sccp)} SCCP and ${grouped(sip)} SIP phones registered`,
      `in ${ramp.toFixed(0)} s, ${grouped(Math.round(all / ramp))} a second as they were started`,
    ),
    fact(
      `fewest registered in ${MINUTES} minutes`,
      `${grouped(held.fewest.sccp)} SCCP, ${grouped(held.fewest.sip)} SIP`,
      'all',
      held.fewest.sccp === sccp && held.fewest.sip === sip,
    ),
    fact(
      'keepalives missed, links lost, phones refused',
      `${counted('phone.keepalive-missed')}, ${counted('phone.link-failed')}, ${failed + rejections}`,
      'none',
      counted('phone.keepalive-missed') + counted('phone.link-failed') + failed + rejections === 0,
    ),
    answers('keepalive', 'SCCP keepalives, every 30 s'),
    answers('refresh', 'SIP refreshes, granted 120 s'),
    fact(
      'memory of the daemon, at most',
      `${held.mebibytes.toFixed(0)} MiB, ${((held.mebibytes * 1024) / all).toFixed(1)} KiB a phone`,
    ),
    fact('descriptors of the daemon', grouped(held.descriptors)),
    fact('processor time of the daemon while held', `${(held.load * 100).toFixed(0)} % of one core`),
  ];
};

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${markdown(await run())}\n`);
