// SQL and PerfMon over 10,000 registered phones: how soon a join is answered, first with the making of the tables and then
// without, and for how long each keeps the event loop, in which phones wait. The thread of SQL is started from the sources
// once, which does not count. `npx tsx test/bench/sql.ts` runs it alone.

import { fileURLToPath } from 'node:url';
import { ManagementHarness, PERFMON_PATH, serviceRequest } from '../management/harness.js';
import { SqlHarness } from '../management/sql-harness.js';
import { aDevice } from '../support/devices.js';
import { fact, markdown, type Row, spread } from './table.js';

const PHONES = 10_000;
const ROUNDS = Number(process.env.LABCM_BENCH_ROUNDS ?? 10);

const JOIN =
  'select d.name, d.description, n.dnorpattern as dn from device as d, numplan as n, devicenumplanmap as m where m.fkdevice = d.pkid and m.fknumplan = n.pkid and d.tkclass = 1';
const COLLECT = serviceRequest(
  'perfmonCollectCounterData',
  '<soap:Host>CM1</soap:Host><soap:Object>Cisco CallManager</soap:Object>',
);

const nameOf = (index: number): string => `SEP${String(index).padStart(12, '0')}`;
const addressOf = (index: number): string => `10.1.${index >> 8}.${index & 255}`;

interface Look {
  readonly lasted: number;
  readonly longestTurn: number;
}

const look = async (ask: () => Promise<unknown>): Promise<Look> => {
  let [longestTurn, last, isOver] = [0, performance.now(), false];
  const tick = (): void => {
    const now = performance.now();
    longestTurn = Math.max(longestTurn, now - last);
    last = now;
    if (!isOver) setImmediate(tick);
  };
  setImmediate(tick);
  const began = performance.now();
  await ask();
  const lasted = performance.now() - began;
  isOver = true;
  return { lasted, longestTurn };
};

const rowsOf = (name: string, looks: readonly Look[]): Row[] => [
  fact(`${name}: answer`, `${spread(looks.map(({ lasted }) => lasted))} ms`),
  fact(`${name}: longest turn of the event loop`, `${spread(looks.map(({ longestTurn }) => longestTurn))} ms`),
];

const devices = Array.from({ length: PHONES }, (_, n) =>
  aDevice(nameOf(n), { model: '7962', lines: [`${100_000 + n}`] }),
);

const sqlRows = async (): Promise<Row[]> => {
  const harness = new SqlHarness(devices);
  for (let index = 0; index < PHONES; index += 1) harness.register(nameOf(index), addressOf(index), index);
  await look(() => harness.rows(JOIN)); // starts the thread
  const [made, kept]: [Look[], Look[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    harness.clock.advance(1_000);
    harness.register(nameOf(0), addressOf(0), PHONES + round); // the tables are made anew
    made.push(await look(() => harness.rows(JOIN)));
    kept.push(await look(() => harness.rows(JOIN)));
  }
  harness.close();
  return [...rowsOf('Join, with the making of the tables', made), ...rowsOf('Join', kept)];
};

const perfmonRows = async (): Promise<Row[]> => {
  const harness = await ManagementHarness.open({}, devices);
  for (let index = 0; index < PHONES; index += 1) harness.register(nameOf(index), addressOf(index), '', index);
  const looks: Look[] = [];
  for (let round = 0; round < ROUNDS; round += 1)
    looks.push(await look(() => harness.ask({ path: PERFMON_PATH, body: COLLECT })));
  await harness.close();
  return rowsOf('PerfMon, the counters of Cisco CallManager', looks);
};

export const run = async (): Promise<Row[]> => [...(await sqlRows()), ...(await perfmonRows())];

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.stdout.write(`${markdown(await run())}\n`);
  process.exit();
}
