// What busy lamps cost: two hundred of them on one phone, each told of a number that goes off hook and on hook again; and what a
// call costs whose lines nobody watches, beside one whose lines somebody does. The service in memory, without sockets.
// `npx tsx test/bench/lamps.ts` runs it alone.

import { fileURLToPath } from 'node:url';
import { type CallTestPhone, phoneLab } from '../sccp/calls/harness.js';
import { processorTime } from '../support/processor-time.js';
import { compared, fact, markdown, type Row, spread } from './table.js';

const ROUNDS = Number(process.env.LABCM_BENCH_ROUNDS ?? 5);
const LAMPS = 200;
const CHANGES = 20;
const CALLS = 300;

const numbers = Array.from({ length: LAMPS }, (_, index) => String(6000 + index));

/** A phone with a lamp for each of two hundred others. */
const lampLab = async () => {
  const speedDials = numbers.map((number) => ({ number, label: number, busyLampField: true }));
  const lab = await phoneLab([{ dn: '5001', device: { speedDials } }, ...numbers.map((dn) => ({ dn }))]);
  const [watcher, ...others] = lab.phones as [CallTestPhone, ...CallTestPhone[]];
  for (let featureIndex = 1; featureIndex <= LAMPS; featureIndex += 1)
    watcher.send('FeatureStatReqMessage', { featureIndex, featureCapabilities: 1 });
  watcher.fresh();
  return { lab, watcher, others };
};

/** Microseconds of processor time of one lamp that is told of a change, whatever made it. */
const perLamp = async (): Promise<number> => {
  const { lab, watcher } = await lampLab();
  const { clock, database } = lab.harness;
  let told = 0;
  const spent = processorTime();
  for (let change = 0; change < CHANGES; change += 1) {
    for (const { name } of lab.phones.slice(1))
      database.recordReport(name, { doNotDisturb: change % 2 === 0 }, clock.now());
    clock.advance(400);
    told += watcher.link.hear().filter(({ name }) => name.startsWith('FeatureStat')).length;
    lab.harness.probe.clear();
  }
  const milliseconds = spent();
  if (told !== LAMPS * CHANGES) throw new Error(`${told} lamps were told, not ${LAMPS * CHANGES}`);
  return (milliseconds * 1000) / told;
};

/** Microseconds of processor time of a call from first digit to hang-up. */
const perCall = async (watched: boolean): Promise<number> => {
  const speedDials = ['5002', '5003'].map((number) => ({ number, label: number, busyLampField: true }));
  const lab = await phoneLab([{ dn: '5001', device: { speedDials } }, { dn: '5002' }, { dn: '5003' }]);
  const [watcher, a, b] = lab.phones as [CallTestPhone, CallTestPhone, CallTestPhone];
  if (watched)
    for (const featureIndex of [1, 2]) watcher.send('FeatureStatReqMessage', { featureIndex, featureCapabilities: 1 });
  const spent = processorTime();
  for (let count = 0; count < CALLS; count += 1) {
    a.lift();
    a.digits('5003');
    lab.settle();
    b.lift();
    lab.settle();
    a.hangUp();
    b.hangUp();
    lab.pass(3_000);
    lab.harness.probe.clear();
    for (const phone of lab.phones) phone.fresh();
  }
  return (spent() * 1000) / CALLS;
};

/** One after the other, so that both see the same machine; the first round does not count. */
const rounds = async (measures: readonly (() => Promise<number>)[]): Promise<number[][]> => {
  const found: number[][] = measures.map(() => []);
  for (let round = 0; round <= ROUNDS; round += 1)
    for (const [index, measure] of measures.entries()) {
      const cost = await measure();
      if (round > 0) found[index]?.push(cost);
    }
  return found;
};

export const run = async (): Promise<Row[]> => {
  const [lamp = []] = await rounds([perLamp]);
  const [unwatched = [], watched = []] = await rounds([() => perCall(false), () => perCall(true)]);
  return [
    fact(`${LAMPS} busy lamps on one phone: CPU of one change, with the phone of the test`, `${spread(lamp, 1)} µs`),
    compared('a call that nobody watches, beside one of two watched lines: CPU', 'µs', unwatched, watched, undefined),
  ];
};

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${markdown(await run())}\n`);
