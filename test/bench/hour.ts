// An hour in the life of a daemon: phones that stay, phones that boot again and again, a neighbour that dies, every fault and
// mutated octets; its memory, descriptors, lateness and answers drawn as a picture. `npx tsx test/bench/hour.ts` runs it
// alone. Needs root and the built program; `LABCM_BENCH_PHONES` and `LABCM_BENCH_MINUTES` ask for another size.

import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Cluster, outcomeOf, sizeOf } from './cluster.js';
import { picture } from './picture.js';
import { progress } from './progress.js';
import { fact, markdown, median, type Row } from './table.js';
import { failovers, faults, mutants, reboots } from './troubles.js';
import { type Sample, watched } from './watch.js';

const PHONES = Number(process.env.LABCM_BENCH_PHONES ?? 5000);
const MINUTES = Number(process.env.LABCM_BENCH_MINUTES ?? 60);
const PICTURE = process.env.LABCM_BENCH_PICTURE ?? fileURLToPath(new URL('../../docs/hour.svg', import.meta.url));
const RATE = 50;
const LEASES = 5000;
/** The code is warm, and all are there: the call manager that some had first has died once. */
const WARM = 240_000;
/** What is like the first ten minutes. */
const ALIKE = 1.2;
const MOST_RAMP = 600_000;

export const run = async (): Promise<Row[]> => {
  const size = sizeOf(PHONES);
  const cluster = new Cluster(size);
  const tenth = Math.floor(PHONES / 20);
  // Of each protocol: those that stay, then those that boot again and again; of SCCP those that change the call manager; one that misbehaves.
  const steady = { sccp: size.sccp - 3 * tenth - 1, sip: size.sip - tenth - 1 };
  const hold = `${MINUTES + 30}m`;
  try {
    await cluster.start();
    cluster.lease(LEASES);
    const fleets = [
      await cluster.fleet('sccp', 0, steady.sccp, { rate: RATE, hold }),
      await cluster.fleet('sip', 0, steady.sip, { rate: RATE, hold }),
    ];
    await cluster.whole(MOST_RAMP, steady);
    const troubles = {
      reboots: reboots(cluster, steady, tenth),
      failovers: await failovers(cluster, steady.sccp + tenth, 2 * tenth, hold),
      faults: faults(cluster, { sccp: size.sccp - 1, sip: size.sip - 1 }),
      mutants: await mutants(),
    };
    await sleep(WARM);
    const verdicts = new Set<string>();
    const samples = await watched(cluster, MINUTES, (sample) => {
      void cluster.verdictsOf(steady).then((found) => found.forEach((one) => void verdicts.add(one)));
      if (Math.round(sample.at * 6) % 6 === 0) progress(`hour: ${told(sample)}`);
    });
    writeFileSync(
      PICTURE,
      picture(`${MINUTES} minutes of ${PHONES.toLocaleString('en-US')} phones in trouble`, samples, MINUTES),
    );
    for (const fleet of fleets) fleet.signal('SIGINT');
    const [outcomes, mutantsSent, changes, boots, misbehaved] = await Promise.all([
      Promise.all(fleets.map(outcomeOf)),
      troubles.mutants.end(),
      troubles.failovers.end(),
      troubles.reboots.end(),
      troubles.faults.end(),
    ]);
    const counted = (name: string): number => outcomes.reduce((sum, { counts }) => sum + (counts[name] ?? 0), 0);
    const missed = counted('phone.keepalive-missed') + counted('phone.link-failed');
    const stayed = outcomes.reduce((sum, { registeredAtEnd }) => sum + registeredAtEnd, 0);
    const all = steady.sccp + steady.sip;
    for (const words of verdicts) progress(`hour: a verdict of a phone that is well: ${words}`);
    for (const words of misbehaved.wrong) progress(`hour: not as it must: ${words}`);
    return [
      fact(
        `phones that stayed, of ${all.toLocaleString('en-US')}`,
        `${stayed.toLocaleString('en-US')}, ${missed} keepalives missed or links lost`,
        'all, 0',
        stayed === all && missed === 0,
      ),
      fact('verdicts of phones that stayed', String(verdicts.size), '0', verdicts.size === 0),
      fact(
        'boots from the files on',
        `${boots.boots.toLocaleString('en-US')}, ${boots.failed} failed`,
        '0 failed',
        boots.boots > 0 && boots.failed === 0,
      ),
      fact(
        `phones whose first call manager died ${changes.deaths} times`,
        `${changes.outcome.counts['phone.failing-over'] ?? 0} failovers, ${changes.outcome.registeredAtEnd} of ${2 * tenth} registered at the end`,
        'all',
        changes.outcome.registeredAtEnd === 2 * tenth,
      ),
      fact(
        'faults',
        `${misbehaved.times}, ${misbehaved.wrong.length} not taken as they must`,
        '0',
        misbehaved.wrong.length === 0,
      ),
      fact('mutated messages', mutantsSent.toLocaleString('en-US'), '', mutantsSent > 0),
      ...alike(samples),
    ];
  } finally {
    await cluster.close();
  }
};

const told = ({ at, mebibytes, descriptors, lag, idle, slowest, registered }: Sample): string =>
  `minute ${at.toFixed(0)}: ${registered} registered, ${mebibytes.toFixed(0)} MiB, ${descriptors} descriptors, ${lag.toFixed(1)} ms late beside ${idle.toFixed(1)} of an idle process, slowest answer ${slowest.toFixed(1)} ms`;

/** The last sixth beside the first. */
const alike = (samples: readonly Sample[]): Row[] => {
  const sixth = Math.max(1, Math.floor(samples.length / 6));
  const row = (what: string, unit: string, of: (sample: Sample) => number, digits: number): Row => {
    const first = median(samples.slice(0, sixth).map(of));
    const last = median(samples.slice(-sixth).map(of));
    return {
      name: `${what}, the last ${(MINUTES / 6).toFixed(0)} minutes beside the first`,
      ours: `${last.toFixed(digits)}${unit}`,
      peer: `${first.toFixed(digits)}${unit}`,
      ratio: last / first,
      aim: `≤ ${ALIKE}`,
      met: last / first <= ALIKE,
    };
  };
  return [
    row('memory', ' MiB', ({ mebibytes }) => mebibytes, 0),
    row('descriptors', '', ({ descriptors }) => descriptors, 0),
    row('lateness of the event loop, p99', ' ms', ({ lag }) => lag, 1),
    // What the machine adds to it: for information.
    { ...row('the same of an idle process', ' ms', ({ idle }) => idle, 1), aim: '', met: undefined },
    row('slowest of forty answers', ' ms', ({ slowest }) => slowest, 1),
  ];
};

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${markdown(await run())}\n`);
