// How many conferences one core mixes: each tick of 20 ms every party sends a packet, all are mixed, and every party is given what
// it hears. Without sockets: what packets cost in the kernel is the same for every stream. `npx tsx test/bench/conference.ts` runs
// it alone.

import { PerformanceObserver } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { G711_LAWS, type G711Name } from '../../src/rtp/g711.js';
import { MixedRoom, type Seat } from '../../src/rtp/mixer.js';
import { progress } from './progress.js';
import { fact, markdown, median, type Row, spread } from './table.js';

const ROUNDS = Number(process.env.LABCM_BENCH_ROUNDS ?? 3);
/** Of each measurement. */
const SECONDS = Number(process.env.LABCM_BENCH_SECONDS ?? 3);
const PER_TICK = 160;
const TICKS_PER_SECOND = 50;
/** Rooms at once, so that they do not all stand in the processor's cache. */
const ROOMS = 24;
const TICKS_AT_ONCE = 20;

const tone = (law: G711Name, frequency: number): Uint8Array =>
  Uint8Array.from({ length: PER_TICK }, (_, at) =>
    G711_LAWS[law].encode(Math.round(6_000 * Math.sin((2 * Math.PI * frequency * at) / 8_000))),
  );

interface Party {
  readonly seat: Seat;
  readonly says: Uint8Array;
}

const roomOf = (parties: number): { readonly room: MixedRoom; readonly parties: readonly Party[] } => {
  const room = new MixedRoom();
  const laws: readonly G711Name[] = ['PCMU', 'PCMA'];
  const all = Array.from({ length: parties }, (_, index) => {
    const law = laws[index % 2] ?? 'PCMU';
    return { seat: room.enter(law), says: tone(law, 400 + 100 * index) };
  });
  return { room, parties: all };
};

/** Ticks of one room that are mixed in a second of processor time. */
const measure = (parties: number): number => {
  const rooms = Array.from({ length: ROOMS }, () => roomOf(parties));
  const hears = Buffer.alloc(PER_TICK);
  let timestamp = 0;
  let ticks = 0;
  const run = (seconds: number): number => {
    const before = process.cpuUsage();
    ticks = 0;
    for (;;) {
      for (let turn = 0; turn < TICKS_AT_ONCE; turn += 1) {
        for (const { room, parties: all } of rooms) {
          for (const { seat, says } of all) seat.receive(says, 0, PER_TICK, timestamp, 1);
          room.mix(0);
          for (const { seat } of all) seat.fill(hears, 0, PER_TICK);
        }
        timestamp += PER_TICK;
        ticks += ROOMS;
      }
      const { user, system } = process.cpuUsage(before);
      const took = (user + system) / 1e6;
      if (took >= seconds) return ticks / took;
    }
  };
  run(seconds(0.5));
  return run(seconds(1));
};

const seconds = (part: number): number => SECONDS * part;

export const run = async (): Promise<Row[]> => {
  let collections = 0;
  const observer = new PerformanceObserver((list) => {
    collections += list.getEntries().length;
  });
  observer.observe({ entryTypes: ['gc'] });
  const rows: Row[] = [];
  for (const parties of [3, 8]) {
    progress(`conference: rooms of ${parties}`);
    const rates = Array.from({ length: ROUNDS }, () => measure(parties));
    const rate = median(rates);
    rows.push(
      fact(`rooms of ${parties}: ticks of 20 ms mixed on one core`, `${spread(rates)} a second`),
      fact(
        `rooms of ${parties}: parties in them`,
        `${spread(rates.map((each) => each * parties))} party ticks a second`,
      ),
      fact(
        `rooms of ${parties}: in real time on one core`,
        `${spread(rates.map((each) => each / TICKS_PER_SECOND))} rooms`,
        '≥ 100 rooms',
        rate / TICKS_PER_SECOND >= 100,
      ),
    );
  }
  await new Promise((resolve) => setTimeout(resolve, 50)); // collections are told later
  observer.disconnect();
  rows.push(fact('collections of garbage in all of it', String(collections)));
  return rows;
};

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${markdown(await run())}\n`);
