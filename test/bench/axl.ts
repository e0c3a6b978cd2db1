// AXL over 40,000 devices: how soon a list is answered, and for how long an answer keeps the event loop, in which phones wait.
// Server and client are in one process, so the times have the client's share in them. `npx tsx test/bench/axl.ts` runs it alone.

import { fileURLToPath } from 'node:url';
import { AXL_PATH, ManagementHarness } from '../management/harness.js';
import { aDevice } from '../support/devices.js';
import { fact, markdown, type Row, spread } from './table.js';

const DEVICES = 40_000;
const ROUNDS = Number(process.env.LABCM_BENCH_ROUNDS ?? 10);

const nameOf = (index: number): string => `SEP${String(index).padStart(12, '0')}`;

const listPhone = (
  name: string,
  rest = '<returnedTags><name/><description/><devicePoolName/></returnedTags>',
): string =>
  `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:a="http://www.cisco.com/AXL/API/12.5"><e:Body><a:listPhone><searchCriteria><name>${name}</name></searchCriteria>${rest}</a:listPhone></e:Body></e:Envelope>`;

const CASES: readonly (readonly [string, string])[] = [
  ['all of them, three elements', listPhone('%')],
  ['all of them, which is too large', listPhone('%', '')],
  ['1,000 from the middle, whole', listPhone('%', '<skip>20000</skip><first>1000</first>')],
  ['one, by a pattern', listPhone(`%${nameOf(DEVICES - 1).slice(4)}`)],
  ['one, by name', listPhone(nameOf(DEVICES - 1))],
];

interface Look {
  readonly lasted: number;
  readonly longestTurn: number;
  readonly octets: number;
}

const look = async (harness: ManagementHarness, body: string): Promise<Look> => {
  let [longestTurn, last, isOver] = [0, performance.now(), false];
  const tick = (): void => {
    const now = performance.now();
    longestTurn = Math.max(longestTurn, now - last);
    last = now;
    if (!isOver) setImmediate(tick);
  };
  setImmediate(tick);
  const began = performance.now();
  const { body: reply } = await harness.ask({ path: AXL_PATH, body });
  const lasted = performance.now() - began;
  isOver = true;
  return { lasted, longestTurn, octets: Buffer.byteLength(reply) };
};

export const run = async (): Promise<Row[]> => {
  const devices = Array.from({ length: DEVICES }, (_, n) =>
    aDevice(nameOf(n), { model: '7962', lines: [`${100_000 + n}`] }),
  );
  const harness = await ManagementHarness.open({}, devices);
  const rows: Row[] = [];
  const first = await look(harness, CASES[0]?.[1] ?? '');
  rows.push(
    fact(
      'the first list, which sorts the names',
      `${Math.round(first.lasted)} ms, longest turn ${Math.round(first.longestTurn)} ms`,
    ),
  );
  for (const [name, body] of CASES) {
    for (let round = 0; round < 3; round += 1) await look(harness, body); // does not count
    const looks: Look[] = [];
    for (let round = 0; round < ROUNDS; round += 1) looks.push(await look(harness, body));
    const turns = looks.map(({ longestTurn }) => longestTurn);
    rows.push(
      fact(`${name}: answer`, `${spread(looks.map(({ lasted }) => lasted))} ms, ${looks[0]?.octets ?? 0} octets`),
      fact(`${name}: longest turn of the event loop`, `${spread(turns)} ms`),
    );
  }
  await harness.close();
  return rows;
};

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${markdown(await run())}\n`);
