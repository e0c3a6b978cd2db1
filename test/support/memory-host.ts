// A machine in memory, which a test changes.

import type { MacAddress } from '../../src/core/identifiers.js';
import { type WallTime, wallTime } from '../../src/core/time.js';
import type { HostReader, KernelCounters } from '../../src/net/ports.js';

export class MemoryHost implements HostReader {
  /** `undefined`: a system without such files. */
  kernel: KernelCounters | undefined = {
    udpNoPorts: 1000,
    tcpOutRsts: 2000,
    rcvbufErrors: 3000,
    listenOverflows: 4000,
  };
  local: readonly string[] = ['127.0.0.1', '10.10.210.10'];
  readonly table = new Map<string, string>();
  /** By path, in milliseconds. */
  readonly files = new Map<string, number>();
  /** How often the ARP table was read. */
  readings = 0;

  counters(): KernelCounters | undefined {
    return this.kernel;
  }

  /** Some counters rise. */
  rise(by: Partial<KernelCounters>): void {
    const before = this.kernel;
    if (before === undefined) return;
    const risen = Object.entries(by).map(([name, count]) => [name, before[name as keyof KernelCounters] + count]);
    this.kernel = { ...before, ...Object.fromEntries(risen) };
  }

  neighbours(): ReadonlyMap<string, MacAddress> {
    this.readings += 1;
    return new Map(this.table) as Map<string, MacAddress>;
  }

  addresses(): readonly string[] {
    return this.local;
  }

  async changedAt(file: string): Promise<WallTime | undefined> {
    const at = this.files.get(file);
    return at === undefined ? undefined : wallTime(at);
  }
}
