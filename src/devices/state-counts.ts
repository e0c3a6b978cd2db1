// How many devices are in each state, counted where a device moves: whoever asks waits for no look at all of them.

import type { MutableRecord } from './record.js';
import { REGISTRATION, type RegistrationState } from './registration.js';

/** The only one that writes a record's state. */
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
