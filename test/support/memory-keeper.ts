// Keeps what users set in the device database at once, as the daemon does after it is on the disk.

import type { FeatureKeeper } from '../../src/calls/index.js';
import type { DirectoryNumber } from '../../src/core/identifiers.js';
import type { Instant } from '../../src/core/time.js';
import type { DeviceDatabase } from '../../src/devices/index.js';

export class MemoryKeeper implements FeatureKeeper {
  /** What was asked for, in order. */
  readonly wishes: unknown[] = [];

  constructor(
    readonly database: DeviceDatabase,
    readonly now: () => Instant,
  ) {}

  keepForward(...[device, dn, kind, number]: Parameters<FeatureKeeper['keepForward']>): void {
    this.wishes.push([device, dn, kind, number]);
    for (const { configured } of [...this.database.byDirectoryNumber(dn as DirectoryNumber)]) {
      const lines = configured.lines.map((line) => {
        const { [kind]: _, ...others } = line.forward;
        return line.dn === dn
          ? { ...line, forward: { ...others, ...(number === undefined ? {} : { [kind]: number }) } }
          : line;
      });
      this.database.put({ ...configured, lines }, 'runtime', this.now());
    }
  }

  keepDoNotDisturb(...[device, option]: Parameters<FeatureKeeper['keepDoNotDisturb']>): void {
    this.wishes.push([device, option]);
    const configured = this.database.byName(device)?.configured;
    if (configured !== undefined) this.database.put({ ...configured, doNotDisturb: option }, 'runtime', this.now());
  }
}
