// What a chain of forwards costs: calls of one phone that a line after the other forwards, beside calls of the same phones that
// nobody forwards. The service in memory, without sockets. `npx tsx test/bench/forwards.ts` runs it alone.

import { fileURLToPath } from 'node:url';
import { MOST_FORWARDS } from '../../src/calls/index.js';
import { NO_FORWARD } from '../../src/devices/line-forward.js';
import { type CallTestPhone, phoneLab } from '../sccp/calls/harness.js';
import { aLine } from '../support/devices.js';
import { processorTime } from '../support/processor-time.js';
import { markdown, paired, type Row } from './table.js';

const ROUNDS = Number(process.env.LABCM_BENCH_ROUNDS ?? 5);
const CALLS = 300;
const CHAINS = [1, 5, MOST_FORWARDS];

const CALLED = '5002';
const forwarding = (place: number): string => String(6000 + place);

/** A phone that calls, one that is called, and the longest chain of lines, the last of which forwards to that phone. */
const chainLab = async () => {
  const chain = Array.from({ length: MOST_FORWARDS }, (_, place) => {
    const all = place === MOST_FORWARDS - 1 ? CALLED : forwarding(place + 1);
    const lines = [{ ...aLine(forwarding(place)), forward: { ...NO_FORWARD, all } }];
    return { dn: forwarding(place), device: { lines } };
  });
  const lab = await phoneLab([{ dn: '5001' }, { dn: CALLED }, ...chain]);
  const [a, b] = lab.phones as [CallTestPhone, CallTestPhone];
  return { lab, a, b };
};

/** Microseconds of processor time of a call from first digit to hang-up that is forwarded so often. */
const perCall = async (forwards: number): Promise<number> => {
  const { lab, a, b } = await chainLab();
  const dialled = forwards === 0 ? CALLED : forwarding(MOST_FORWARDS - forwards);
  let forwarded = 0;
  const spent = processorTime();
  for (let count = 0; count < CALLS; count += 1) {
    a.lift();
    a.digits(dialled);
    lab.settle();
    b.lift();
    lab.settle();
    if (b.sending.size !== 1) throw new Error(`a call by ${forwards} forwards did not come to the phone`);
    a.hangUp();
    b.hangUp();
    lab.pass(3_000);
    forwarded += lab.events('call.forwarded').length;
    lab.harness.probe.clear();
    for (const phone of lab.phones) phone.fresh();
  }
  const milliseconds = spent();
  if (forwarded !== forwards * CALLS)
    throw new Error(`${forwarded} forwards in ${CALLS} calls, not ${forwards} in each`);
  return (milliseconds * 1000) / CALLS;
};

/** A pair in the same minute; the first one of each chain does not count. */
const pairsOf = async (forwards: number): Promise<Row> => {
  const [ours, peer]: [number[], number[]] = [[], []];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const [forwarded, direct] = [await perCall(forwards), await perCall(0)];
    if (round === 0) continue;
    ours.push(forwarded);
    peer.push(direct);
  }
  const times = forwards === 1 ? 'once' : `${forwards} times`;
  return paired(`a call that is forwarded ${times}, beside one that is not: CPU`, 'µs', ours, peer, undefined);
};

export const run = async (): Promise<Row[]> => {
  const rows: Row[] = [];
  for (const forwards of CHAINS) rows.push(await pairsOf(forwards));
  return rows;
};

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${markdown(await run())}\n`);
