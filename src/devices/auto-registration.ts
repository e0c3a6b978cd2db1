import { type DirectoryNumber, parseDeviceName } from '../core/identifiers.js';
import type { Instant } from '../core/time.js';
import type { AutoRegistered, AutoRegisteredStore } from './auto-registration-state.js';
import { type Model, modelById } from './models.js';
import { NewcomerLimit } from './newcomer-limit.js';
import { NumberPool } from './number-pool.js';
import type { RegistrationPolicy } from './policy.js';
import type { RefusalReason } from './reasons.js';
import type { RegistrationRequest } from './record.js';

/** A number that was given, and the model of the phone. */
export interface Allocation {
  readonly entry: AutoRegistered;
  readonly model: Model;
}

/**
 * Gives directory numbers to phones that nobody configured: the lowest free one of the range. Restores those that it
 * gave before a restart. It knows no registrations.
 */
export class AutoRegistrar {
  readonly #store: AutoRegisteredStore;
  readonly #taken: (dn: DirectoryNumber) => boolean;
  readonly #newcomerLimit = new NewcomerLimit();
  /** The pool of the range that was used last. */
  #numbers: NumberPool | undefined;

  /** `taken` says whether a device has the number. */
  constructor(store: AutoRegisteredStore, taken: (dn: DirectoryNumber) => boolean) {
    this.#store = store;
    this.#taken = taken;
  }

  /** What was given before the last restart. Entries of unknown models are left out. */
  *restored(): Iterable<Allocation> {
    for (const entry of this.#store.all()) {
      const model = modelById(entry.typeId);
      if (model !== undefined) yield { entry, model };
    }
  }

  /** Allocates a number and writes it to the store, or says why there is none. `full`: no more devices may register. */
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
      // A number that would be forgotten by a restart must not be given.
      return 'auto-registration-unsaved';
    }
    return { entry, model };
  }

  /** Notes that no device has this number any more. */
  release(dn: DirectoryNumber): void {
    this.#numbers?.release(dn);
  }

  #numbersOf({ first, last }: NonNullable<RegistrationPolicy['autoRegistration']>): NumberPool {
    if (this.#numbers?.first !== first || this.#numbers.last !== last)
      this.#numbers = new NumberPool(first, last, this.#taken);
    return this.#numbers;
  }
}
