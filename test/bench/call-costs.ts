// What something costs that can be switched off, such as calls for those that make none: keepalives and registrations beside a
// daemon without it, in pairs, as the ratio of processor time per message. Each pair has a third daemon, without it as well: how
// far two of the same are apart.

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

const PAIRS = 7;
const PHONES: Phones = { sip: 2000, sccp: 2000 };
const LINKS = 500;
const KEEPALIVES = 200_000;
const WARM_REGISTRATIONS = 2000;
const REGISTRATIONS = 4000;
const SECONDS = 3;
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

/** One kind of message; answers what of the server's processor each took, in microseconds. */
type Cost = (server: Program) => Promise<number>;

const costs = async (folder: string): Promise<Readonly<Record<string, Cost>>> => {
  const dialogue = await writtenDialogue(folder, PHONES.sccp);
  const registers = compiled(folder, 'sip-load');
  const keepalives = async (count: number): Promise<void> => {
    const load = sccpLoad('keepalives', PORTS.sccp, dialogue, LINKS, count);
    await awaited(load, 'held');
    await resultOf(load);
  };
  const register = (count: number): Promise<unknown> => resultOf(sccpLoad('register', PORTS.sccp, dialogue, 16, count));
  return {
    'an SCCP keepalive': async (server) => {
      await keepalives(KEEPALIVES / 10);
      const load = sccpLoad('keepalives', PORTS.sccp, dialogue, LINKS, KEEPALIVES);
      await awaited(load, 'held');
      const before = server.cpuSeconds;
      await resultOf(load);
      return ((server.cpuSeconds - before) / KEEPALIVES) * 1e6;
    },
    'an SCCP registration': async (server) => {
      await register(WARM_REGISTRATIONS);
      const before = server.cpuSeconds;
      await register(REGISTRATIONS);
      return ((server.cpuSeconds - before) / REGISTRATIONS) * 1e6;
    },
    'a REGISTER over UDP': async (server) => {
      const words = ['127.0.0.1', PORTS.sip, 'udp', PHONES.sip, WINDOW, SECONDS, 0, 1].map(String);
      const load = loadOf(registers, words);
      await awaited(load, 'warm');
      const before = server.cpuSeconds;
      const { answered, refused } = await resultOf<{ readonly answered: number; readonly refused: number }>(load);
      return ((server.cpuSeconds - before) / (answered + refused)) * 1e6;
    },
  };
};

const VARIANTS = ['on', 'off', 'off again'] as const;

/** A row for each kind of message. */
export const costRows = async (
  folder: string,
  { name: what, on: given, off: without, most, pairs: usual = PAIRS } = CALLS,
): Promise<Row[]> => {
  const pairs = Number(process.env.LABCM_BENCH_PAIRS ?? usual);
  const rows: Row[] = [];
  for (const [name, cost] of Object.entries(await costs(folder))) {
    const took = new Map(VARIANTS.map((variant) => [variant, [] as number[]]));
    for (let pair = 0; pair < pairs; pair += 1) {
      progress(`${what}: what ${name} costs with it and without, pair ${pair + 1} of ${pairs}`);
      // Each of the three is first, second and last equally often.
      for (let turn = 0; turn < VARIANTS.length; turn += 1) {
        const variant = VARIANTS[(pair + turn) % VARIANTS.length] ?? 'on';
        const server = await labcm(folder, PHONES, variant === 'on' ? given : without);
        took.get(variant)?.push(await cost(server));
        await server.stop();
      }
    }
    const of = (variant: (typeof VARIANTS)[number]): readonly number[] => took.get(variant) ?? [];
    const off = of('off');
    const ratios = (values: readonly number[]): number[] =>
      values.map((value, index) => value / (off[index] ?? Number.NaN));
    const on = ratios(of('on'));
    const itself = ratios(of('off again'));
    const ratio = median(on);
    rows.push({
      name: `${name}, ${what} on beside ${what} off, ${pairs} pairs: CPU each (ratio ${spread(on, 3)}; off beside off ${spread(itself, 3)})`,
      ours: `${spread(of('on'), 1)} µs`,
      peer: `${spread(off, 1)} µs`,
      ratio,
      aim: `≤ ${most}, or within off beside off`,
      met: ratio <= most || ratio <= Math.max(...itself),
    });
  }
  return rows;
};

/** The row of what was lost or sent again. */
export const lostRow = (lost: number, repeated: number): Row =>
  fact('calls lost, messages sent again', `${lost}, ${repeated}`, '0, 0', lost + repeated === 0);
