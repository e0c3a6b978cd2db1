import { after, type Instant, seconds } from '../../core/time.js';
import type { MachineReading, WorkTime } from './readings.js';

/** How much of the time was spent working, in percent. */
export interface Load {
  readonly processors: readonly number[];
  readonly total: number;
  /** This process, of one processor. */
  readonly self: number;
}

/** Two looks that are compared are at least so far apart. */
const APART = seconds(1);

/** Makes percentages of work times: a look is compared with one that was at least a second before. */
export class LoadMeter {
  #before: { readonly at: Instant; readonly machine: MachineReading };
  #load: Load;

  /** Until a second has passed, the load is that since the machine was started. */
  constructor(machine: MachineReading, now: Instant) {
    this.#before = { at: now, machine };
    const idle: WorkTime = { busy: 0, total: 0 };
    this.#load = loadBetween({ ...machine, processors: machine.processors.map(() => idle), self: idle }, machine);
  }

  /** The load until `now`, when the machine was as `machine` says. */
  load(machine: MachineReading, now: Instant): Load {
    if (after(this.#before.at, APART) > now) return this.#load;
    this.#load = loadBetween(this.#before.machine, machine);
    this.#before = { at: now, machine };
    return this.#load;
  }
}

const loadBetween = (
  before: { readonly processors: readonly WorkTime[]; readonly self: WorkTime },
  now: Pick<MachineReading, 'processors' | 'self'>,
): Load => {
  const processors = now.processors.map((processor, index) => percent(before.processors[index], processor));
  const sum = processors.reduce((all, one) => all + one, 0);
  return { processors, total: sum / Math.max(1, processors.length), self: percent(before.self, now.self) };
};

const percent = (before: WorkTime = { busy: 0, total: 0 }, { busy, total }: WorkTime): number =>
  total <= before.total ? 0 : Math.max(0, ((busy - before.busy) / (total - before.total)) * 100);
