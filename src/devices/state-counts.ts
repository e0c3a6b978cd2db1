import type { MutableRecord } from './record.js';
import { REGISTRATION, type RegistrationState } from './registration.js';

/**
 * How many devices are in each state. Counted at each change, so that a reader need not look at all devices. Only
 * this class writes the state of a record.
 */
export class StateCounts {
  readonly #counts = Object.fromEntries(Object.keys(REGISTRATION).map((state) => [state, 0])) as Record<
    RegistrationState,
    number
  >;

  get counts(): Readonly<Record<RegistrationState, number>> {
    return this.#counts;
  }

  enter({ state }: MutableRecord): void {
    this.#counts[state] += 1;
  }

  leave({ state }: MutableRecord): void {
    this.#counts[state] -= 1;
  }

  move(record: MutableRecord, next: RegistrationState): void {
    this.leave(record);
    record.state = next;
    this.enter(record);
  }
}
