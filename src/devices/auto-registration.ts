// Gives numbers to phones that nobody configured, and brings back those that it gave before: the store is written before
// a number counts as given. Of registrations it knows nothing.

import { type DirectoryNumber, parseDeviceName } from '../core/identifiers.js';
import type { Instant } from '../core/time.js';
import type { AutoRegistered, AutoRegisteredStore } from './auto-registration-state.js';
import { type Model, modelById } from './models.js';
import { NewcomerLimit } from './newcomer-limit.js';
import { NumberPool } from './number-pool.js';
import type { RegistrationPolicy } from './policy.js';
import type { RefusalReason } from './reasons.js';
import type { RegistrationRequest } from './record.js';

export interface Allocation {
  readonly entry: AutoRegistered;
  readonly model: Model;
}

export class AutoRegistrar {
  readonly #store: AutoRegisteredStore;
  readonly #taken: (dn: DirectoryNumber) => boolean;
  readonly #newcomerLimit = new NewcomerLimit();
  /** Of the range that was last given from. */
  #numbers: NumberPool | undefined;

  /** `taken`: whether a device has the number. */
  constructor(store: AutoRegisteredStore, taken: (dn: DirectoryNumber) => boolean) {
    this.#store = store;
    this.#taken = taken;
  }

  /** What was given before the last restart, as far as the models are known. */
  *restored(): Iterable<Allocation> {
    for (const entry of this.#store.all()) {
      const model = modelById(entry.typeId);
      if (model !== undefined) yield { entry, model };
    }
  }

  /** A number that is safe from now on, or why there is none. `full`: no more devices may be registered. */
  allocate(
    attempt: RegistrationRequest,
    { autoRegistration: range }: RegistrationPolicy,
    full: boolean,
    now: Instant,
  ): Allocation | RefusalReason {
    const { protocol, typeId } = attempt;
    const name = parseDeviceName(attempt.name);
    if (range === undefined || name === undefined || typeId === undefined) return 'unknown-device';
    if (full) return 'full';
    const model = modelById(typeId);
    if (model === undefined || !model.protocols.includes(protocol)) return 'unsupported-model';
    const dn = this.#numbersOf(range).lowest();
    if (dn === undefined) return 'auto-registration-exhausted';
    if (!this.#newcomerLimit.admit(attempt.address, now)) return 'auto-registration-busy';
    const entry = { name, dn, typeId, protocol };
    try {
      this.#store.remember(entry);
    } catch {
      // A number that a restart would forget is not given away.
      return 'auto-registration-unsaved';
    }
    return { entry, model };
  }

  /** No device has this number any more. */
  release(dn: DirectoryNumber): void {
    this.#numbers?.release(dn);
  }

  #numbersOf({ first, last }: NonNullable<RegistrationPolicy['autoRegistration']>): NumberPool {
    if (this.#numbers?.first !== first || this.#numbers.last !== last)
      this.#numbers = new NumberPool(first, last, this.#taken);
    return this.#numbers;
  }
}
