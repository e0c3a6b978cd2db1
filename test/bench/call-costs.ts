// What something costs that can be switched off, such as calls for those that make none: keepalives and registrations beside a
// daemon without it, as the ratio of processor time per message. A third daemon is without it as well: how far two of the same
// are apart. The three run side by side and are asked in short rounds, one after the other, so that what the machine does
// besides meets all of them alike; they are started anew a few times, since no two processes are laid out alike.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  awaited,
  compiled,
  type LabcmOptions,
  labcm,
  loadOf,
  type Phones,
  PORTS,
  resultOf,
  sccpLoad,
} from './call-servers.js';
import type { Program } from './programs.js';
import { progress } from './progress.js';
import { writtenDialogue } from './sccp-dialogue.js';
import { fact, median, type Row, spread } from './table.js';

/** How often the three are started anew. */
const STARTS = Number(process.env.LABCM_BENCH_STARTS ?? 3);
/** Rounds of each start that count. */
const ROUNDS = Number(process.env.LABCM_BENCH_ROUNDS ?? 5);
const PHONES: Phones = { sip: 2000, sccp: 2000 };
const LINKS = 500;
const KEEPALIVES = 60_000;
const REGISTRATIONS = 1500;
const SECONDS = 1;
const WINDOW = 64;

/** What is switched on and off. */
export interface CostSwitch {
  /** As the rows name it. */
  readonly name: string;
  readonly on: LabcmOptions;
  readonly off: LabcmOptions;
  /** The ratio of processor time per message that it may have at most. */
  readonly most: number;
  /** How many pairs, where `LABCM_BENCH_PAIRS` says nothing. Absent: 7. */
  readonly pairs?: number;
}

/** Calls, which cost nothing where nobody calls. */
const CALLS: CostSwitch = { name: 'calls', on: { calls: 'on' }, off: { calls: 'off' }, most: 1.03 };

/** A daemon under measurement. */
interface Measured {
  readonly server: Program;
  readonly ports: typeof PORTS;
  /** Of the next REGISTER: a lower one than the last is refused. */
  cseq: number;
}

/** What the load of REGISTERs ends with. */
interface Registered {
  readonly answered: number;
  readonly refused: number;
  readonly last: number;
}

/** One kind of message; answers what of the server's processor each took, in microseconds. */
type Cost = (measured: Measured) => Promise<number>;

const costs = async (folder: string): Promise<Readonly<Record<string, Cost>>> => {
  const dialogue = await writtenDialogue(folder, PHONES.sccp);
  const registers = compiled(folder, 'sip-load');
  return {
    'an SCCP keepalive': async ({ server, ports }) => {
      const load = sccpLoad('keepalives', ports.sccp, dialogue, LINKS, KEEPALIVES);
      await awaited(load, 'held');
      const before = server.cpuSeconds;
      await resultOf(load);
      return ((server.cpuSeconds - before) / KEEPALIVES) * 1e6;
    },
    'an SCCP registration': async ({ server, ports }) => {
      const before = server.cpuSeconds;
      await resultOf(sccpLoad('register', ports.sccp, dialogue, 16, REGISTRATIONS));
      return ((server.cpuSeconds - before) / REGISTRATIONS) * 1e6;
    },
    'a REGISTER over UDP': async (measured) => {
      const { server, ports, cseq } = measured;
      const words = ['127.0.0.1', ports.sip, 'udp', PHONES.sip, WINDOW, SECONDS, 0, cseq].map(String);
      const load = loadOf(registers, words);
      await awaited(load, 'warm');
      const before = server.cpuSeconds;
      const { answered, refused, last } = await resultOf<Registered>(load);
      if (refused > 0) throw new Error(`${refused} REGISTERs were refused`);
      measured.cseq = last;
      return ((server.cpuSeconds - before) / answered) * 1e6;
    },
  };
};

const VARIANTS = ['on', 'off', 'off again'] as const;
type Variant = (typeof VARIANTS)[number];
/** Microseconds each, round by round. */
type Taken = Readonly<Record<Variant, number[]>>;

/** The three daemons, side by side. */
const startedOnce = async (folder: string, { on, off }: CostSwitch): Promise<Readonly<Record<Variant, Measured>>> => {
  const start = async (variant: Variant): Promise<Measured> => {
    const own = join(folder, variant.replace(' ', '-'));
    mkdirSync(own, { recursive: true });
    const at = 10 * VARIANTS.indexOf(variant);
    const ports = { sip: PORTS.sip + at, sccp: PORTS.sccp + at };
    return { server: await labcm(own, PHONES, { ...(variant === 'on' ? on : off), ports }), ports, cseq: 1 };
  };
  return { on: await start('on'), off: await start('off'), 'off again': await start('off again') };
};

/** A row for each kind of message. */
export const costRows = async (folder: string, given = CALLS): Promise<Row[]> => {
  const kinds = Object.entries(await costs(folder));
  const taken = new Map(kinds.map(([kind]): [string, Taken] => [kind, { on: [], off: [], 'off again': [] }]));
  for (let start = 0; start < STARTS; start += 1) {
    progress(`${given.name}: what it costs, start ${start + 1} of ${STARTS}`);
    const daemons = await startedOnce(folder, given);
    // The first round warms.
    for (const [kind, cost] of kinds)
      for (let round = -1; round < ROUNDS; round += 1)
        // Each of the three is first, second and last equally often.
        for (let turn = 0; turn < VARIANTS.length; turn += 1) {
          const variant = VARIANTS[(start + round + 1 + turn) % VARIANTS.length] ?? 'on';
          const each = await cost(daemons[variant]);
          if (round >= 0) taken.get(kind)?.[variant].push(each);
        }
    for (const { server } of Object.values(daemons)) await server.stop();
  }
  return [...taken].map(([kind, one]) => costRow(kind, given, one));
};

const costRow = (kind: string, { name, most }: CostSwitch, { on, off, 'off again': again }: Taken): Row => {
  const ratios = (values: readonly number[]): number[] =>
    values.map((value, index) => value / (off[index] ?? Number.NaN));
  const [ours, itself] = [ratios(on), ratios(again)];
  const ratio = median(ours);
  return {
    name: `${kind}, ${name} on beside ${name} off, ${ours.length} rounds: CPU each (ratio ${spread(ours, 3)}; off beside off ${spread(itself, 3)})`,
    ours: `${spread(on, 1)} µs`,
    peer: `${spread(off, 1)} µs`,
    ratio,
    aim: `≤ ${most}, or as far as off from off`,
    met: ratio <= most || ratio <= Math.max(median(itself), 1 / median(itself)),
  };
};

/** The row of what was lost or sent again. */
export const lostRow = (lost: number, repeated: number): Row =>
  fact('calls lost, messages sent again', `${lost}, ${repeated}`, '0, 0', lost + repeated === 0);
