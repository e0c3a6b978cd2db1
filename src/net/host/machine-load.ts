// How busy this machine and this process are. On another system than Linux what is below /proc is absent, and 0.

import { readdirSync, readFileSync } from 'node:fs';
import os from 'node:os';

/** Milliseconds of work and of all time, since the machine or the process was started. */
interface BusyTime {
  readonly busy: number;
  readonly total: number;
}

/** The machine at one moment. */
export interface MachineLoad {
  readonly processors: readonly BusyTime[];
  readonly memory: { readonly totalKb: number; readonly freeKb: number };
  readonly processes: number;
  readonly threads: number;
  /** This process. `total` counts one processor. */
  readonly self: BusyTime & { readonly rssKb: number };
}

const KILOBYTE = 1024;

/** Looks at the machine. Reads the kernel's memory, and waits for no disk. */
export const machineLoad = (): MachineLoad => {
  const { user, system } = process.cpuUsage();
  return {
    processors: os.cpus().map(({ times: { idle, ...busy } }) => {
      const worked = Object.values(busy).reduce((all, one) => all + one, 0);
      return { busy: worked, total: worked + idle };
    }),
    memory: { totalKb: Math.round(os.totalmem() / KILOBYTE), freeKb: Math.round(os.freemem() / KILOBYTE) },
    processes: processes(),
    threads: threads(),
    self: {
      busy: (user + system) / 1000,
      total: process.uptime() * 1000,
      rssKb: Math.round(process.memoryUsage.rss() / KILOBYTE),
    },
  };
};

const processes = (): number => {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).length;
  } catch {
    return 0;
  }
};

/** The fourth word of /proc/loadavg: those that run, and all of them. */
const threads = (): number => {
  try {
    return Number(/\/(\d+) /.exec(readFileSync('/proc/loadavg', 'latin1'))?.[1] ?? 0);
  } catch {
    return 0;
  }
};
