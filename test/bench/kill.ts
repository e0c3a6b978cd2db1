// The daemon of a whole cluster killed without a chance to tidy up, and started again: how long until every phone is back,
// and whether a lease or a number is lost. `npx tsx test/bench/kill.ts` runs it alone. Needs root and the built program;
// `LABCM_BENCH_PHONES` asks for another size.

import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Cluster, outcomeOf, sizeOf } from './cluster.js';
import { progress } from './progress.js';
import { fact, markdown, type Row } from './table.js';

const PHONES = Number(process.env.LABCM_BENCH_PHONES ?? 40_000);
const RATE = 200;
const MOST_RAMP = 600_000;
const LEASES = 20_000;
const LOOK = 500;
const QUIET = 10_000;
/** Seconds. */
const BACK = { sccp: 60, sip: 150 };
const GIVEN_UP = 300;

export const run = async (): Promise<Row[]> => {
  const cluster = new Cluster(sizeOf(PHONES));
  try {
    await cluster.start();
    cluster.lease(LEASES);
    const fleets = await cluster.fleets(RATE, '30m');
    await cluster.whole(MOST_RAMP);
    await sleep(QUIET);
    const before = { leases: await cluster.leases(), numbers: await cluster.autoRegistered() };
    progress(`kill: ${before.leases.size} leases and ${before.numbers.size} given numbers; the daemon is killed`);
    await cluster.daemon?.killed();
    const from = performance.now();
    const startup = await cluster.start();
    const after = { leases: await cluster.leases(), numbers: await cluster.autoRegistered() };
    const back = await backAgain(cluster, from);
    const rejections = await cluster.rejections();
    for (const fleet of fleets) fleet.signal('SIGINT');
    const outcomes = await Promise.all(fleets.map(outcomeOf));
    const refused = rejections + outcomes.reduce((sum, { failed }) => sum + failed, 0);
    return [
      fact('ready again', `${(startup / 1000).toFixed(1)} s`, '< 3 s', startup < 3000),
      ...(['sccp', 'sip'] as const).map((protocol) =>
        fact(
          `all ${cluster.size[protocol].toLocaleString('en-US')} ${protocol === 'sccp' ? 'SCCP phones over TCP' : 'SIP phones over UDP'} back`,
          Number.isFinite(back[protocol]) ? `after ${back[protocol].toFixed(1)} s` : 'not all came back',
          `≤ ${BACK[protocol]} s`,
          back[protocol] <= BACK[protocol],
        ),
      ),
      kept('leases', before.leases, after.leases),
      kept('numbers of auto-registered phones', before.numbers, after.numbers),
      fact('phones refused', String(refused), '0', refused === 0),
    ];
  } finally {
    await cluster.close();
  }
};

/** Seconds from the kill until the last phone of each protocol was registered. */
const backAgain = async (cluster: Cluster, from: number): Promise<{ readonly sccp: number; readonly sip: number }> => {
  const back = { sccp: Number.POSITIVE_INFINITY, sip: Number.POSITIVE_INFINITY };
  for (let looks = 0; ; looks += 1) {
    const now = await cluster.registered();
    const passed = (performance.now() - from) / 1000;
    for (const protocol of ['sccp', 'sip'] as const)
      if (now[protocol] >= cluster.size[protocol]) back[protocol] = Math.min(back[protocol], passed);
    if (Number.isFinite(back.sccp + back.sip) || passed > GIVEN_UP) return back;
    if (looks % 20 === 0)
      progress(`kill: ${passed.toFixed(0)} s after it ${now.sccp} SCCP and ${now.sip} SIP phones are back`);
    await sleep(LOOK);
  }
};

const kept = (what: string, before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): Row => {
  const lost = [...before].filter(([key, value]) => after.get(key) !== value).length;
  return fact(
    `${what} lost, of ${before.size.toLocaleString('en-US')}`,
    String(lost),
    '0',
    before.size > 0 && lost === 0,
  );
};

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${markdown(await run())}\n`);
