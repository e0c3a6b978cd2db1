import type { DeviceName, DirectoryNumber } from '../core/identifiers.js';
import type { DeviceDatabase } from './database.js';
import { reportOf } from './reports.js';

/** What the database knows of a directory number: who has it, whether a phone has it registered, and do not disturb. */
export class NumberStates {
  readonly #database: DeviceDatabase;
  /** Whether what phones set is kept with their devices. */
  readonly #isKept: () => boolean;

  constructor(database: DeviceDatabase, isKept: () => boolean = () => false) {
    this.#database = database;
    this.#isKept = isKept;
  }

  /** Whether what phones set is kept: then the device says it, else the last report of the phone. */
  get isKept(): boolean {
    return this.#isKept();
  }

  /** The devices that have such a line, registered or not. */
  *devicesOf(dn: DirectoryNumber): Iterable<DeviceName> {
    for (const { configured } of this.#database.byDirectoryNumber(dn)) yield configured.name;
  }

  /** Whether some device has that number bound. */
  isReachable(dn: DirectoryNumber): boolean {
    return this.#database.byDirectoryNumber(dn).some(({ registration }) => registration?.lines.includes(dn) ?? false);
  }

  /** Whether the user of a registered phone of that number does not want to be disturbed. */
  isDoNotDisturb(dn: DirectoryNumber): boolean {
    if (this.isKept)
      return this.#database
        .byDirectoryNumber(dn)
        .some(({ registration, configured }) => registration !== undefined && configured.doNotDisturb !== undefined);
    return this.#database.byDirectoryNumber(dn).some((record) => {
      const { registration } = record;
      const report = reportOf(record, 'doNotDisturb');
      return report?.value === true && registration !== undefined && report.at >= registration.startedAt;
    });
  }
}
