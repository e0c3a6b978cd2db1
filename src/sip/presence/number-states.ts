import type { DirectoryNumber } from '../../core/identifiers.js';
import { type DeviceDatabase, reportOf } from '../../devices/index.js';

/** The state of directory numbers as presence shows it: whether a phone has it registered, and do not disturb. */
export class NumberStates {
  readonly #database: DeviceDatabase;

  constructor(database: DeviceDatabase) {
    this.#database = database;
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

  /** Both as one number: no NOTIFY is needed if it has not changed. */
  stateOf(dn: DirectoryNumber): number {
    return (this.isReachable(dn) ? 1 : 0) + (this.isDoNotDisturb(dn) ? 2 : 0);
  }
}
