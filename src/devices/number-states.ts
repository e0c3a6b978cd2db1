import type { DeviceName, DirectoryNumber } from '../core/identifiers.js';
import type { DeviceDatabase } from './database.js';
import { reportOf } from './reports.js';

/** What the database knows of a directory number: who has it, whether a phone has it registered, and do not disturb. */
export class NumberStates {
  readonly #database: DeviceDatabase;

  constructor(database: DeviceDatabase) {
    this.#database = database;
  }

  /** The devices that have such a line, registered or not. */
  *devicesOf(dn: DirectoryNumber): Iterable<DeviceName> {
    for (const { configured } of this.#database.byDirectoryNumber(dn)) yield configured.name;
  }

  /** Whether some device has that number bound. */
  isReachable(dn: DirectoryNumber): boolean {
    return this.#database.byDirectoryNumber(dn).some(({ registration }) => registration?.lines.includes(dn) ?? false);
  }

  /** Whether a phone of that number has set do not disturb since it registered. */
  isDoNotDisturb(dn: DirectoryNumber): boolean {
    return this.#database.byDirectoryNumber(dn).some((record) => {
      const { registration } = record;
      const report = reportOf(record, 'doNotDisturb');
      return report?.value === true && registration !== undefined && report.at >= registration.startedAt;
    });
  }
}
