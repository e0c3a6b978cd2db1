// RisPort70 over 40,000 registered devices: how soon it answers, and for how long an answer keeps the event loop, in which
// phones wait. Server and client are in one process, so the times have the client's share in them.
// `npx tsx test/bench/risport.ts` runs it alone.

import { fileURLToPath } from 'node:url';
import { items, ManagementHarness, namesIn, selectRequest } from '../management/harness.js';
import { aDevice } from '../support/devices.js';
import { fact, markdown, type Row, spread } from './table.js';

const DEVICES = 40_000;
const ROUNDS = Number(process.env.LABCM_BENCH_ROUNDS ?? 10);

const nameOf = (index: number): string => `SEP${String(index).padStart(12, '0')}`;
const addressOf = (index: number): string => `10.1.${index >> 8}.${index & 255}`;

const CASES: readonly (readonly [string, string])[] = [
  ['1,000 of all', selectRequest()],
  ['the last 1,000, by a pattern', selectRequest({ SelectItems: items('SEP000000039*') })],
  [
    'nobody, by 100 patterns',
    selectRequest({ SelectItems: items(...Array.from({ length: 100 }, (_, n) => `*X${n}`)) }),
  ],
  ['one, by name', selectRequest({ SelectItems: items(nameOf(DEVICES - 1)) })],
];

interface Look {
  readonly lasted: number;
  readonly longestTurn: number;
  readonly octets: number;
  readonly devices: number;
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
  const { body: reply } = await harness.ris(body);
  const lasted = performance.now() - began;
  isOver = true;
  return { lasted, longestTurn, octets: Buffer.byteLength(reply), devices: namesIn(reply).length };
};

export const run = async (): Promise<Row[]> => {
  const devices = Array.from({ length: DEVICES }, (_, n) =>
    aDevice(nameOf(n), { model: '7962', lines: [`${100_000 + n}`] }),
  );
  const harness = await ManagementHarness.open({}, devices);
  for (let index = 0; index < DEVICES; index += 1)
    harness.register(nameOf(index), addressOf(index), 'SCCP42.9-4-2SR3-1S', index);
  const rows: Row[] = [];
  for (const [name, body] of CASES) {
    for (let round = 0; round < 3; round += 1) await look(harness, body); // does not count
    const looks: Look[] = [];
    for (let round = 0; round < ROUNDS; round += 1) looks.push(await look(harness, body));
    const [{ octets, devices: found } = { octets: 0, devices: 0 }] = looks;
    const turns = looks.map(({ longestTurn }) => longestTurn);
    rows.push(
      fact(`${name}: answer`, `${spread(looks.map(({ lasted }) => lasted))} ms, ${found} devices, ${octets} octets`),
      fact(`${name}: longest turn of the event loop`, `${spread(turns)} ms`),
    );
  }
  await harness.close();
  return rows;
};

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${markdown(await run())}\n`);
