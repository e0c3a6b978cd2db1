import { type DirectoryNumber, deviceKey, parseDeviceName } from '../core/identifiers.js';
import type { Instant } from '../core/time.js';
import type { AutoRegistered, AutoRegisteredStore } from './auto-registration-state.js';
import { type Model, modelById } from './models.js';
import { NewcomerLimit } from './newcomer-limit.js';
import { NumberPool } from './number-pool.js';
import type { RegistrationPolicy } from './policy.js';
import { REFUSALS, type RefusalReason } from './reasons.js';
import type { RegistrationRequest } from './record.js';
import type { SharedNumbers } from './shared-numbers.js';

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
  /** Present in a cluster: then numbers come from there. */
  #shared: SharedNumbers | undefined;

  /** `taken` says whether a device has the number. */
  constructor(store: AutoRegisteredStore, taken: (dn: DirectoryNumber) => boolean) {
    this.#store = store;
    this.#taken = taken;
  }

  /** Takes numbers that no other node of the cluster gives. */
  share(numbers: SharedNumbers): void {
    this.#shared = numbers;
  }

  /** What was given before the last restart: the last number of each name. Entries of unknown models are left out. */
  *restored(): Iterable<Allocation> {
    const last = new Map(this.#store.all().map((entry) => [deviceKey(entry.name), entry]));
    for (const entry of last.values()) {
      const model = modelById(entry.typeId);
      if (model !== undefined) yield { entry, model };
    }
  }

  /** What another node has given. It is written to the store, where this node had given the phone another number. */
  learnt(entry: AutoRegistered, replaced: boolean): Allocation | undefined {
    const model = modelById(entry.typeId);
    if (model === undefined || !model.protocols.includes(entry.protocol)) return undefined;
    if (replaced) this.#remember(entry);
    return { entry, model };
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
    const dn = this.#shared?.numberOf(name) ?? this.#lowest(range);
    if (isRefusal(dn)) return dn;
    if (!this.#newcomerLimit.admit(attempt.address, now)) return 'auto-registration-busy';
    const entry = { name, dn, typeId, protocol };
    // A number that would be forgotten by a restart must not be given.
    if (!this.#remember(entry)) return 'auto-registration-unsaved';
    return { entry, model };
  }

  /** Notes that a device of this entry is there: the other nodes of the cluster are told. */
  given(entry: AutoRegistered): void {
    this.#shared?.given(entry);
  }

  /** Notes that no device has this number any more. */
  release(dn: DirectoryNumber): void {
    this.#numbers?.release(dn);
    this.#shared?.released(dn);
  }

  /** `false`: it could not be written. */
  #remember(entry: AutoRegistered): boolean {
    try {
      this.#store.remember(entry);
      return true;
    } catch {
      return false;
    }
  }

  #lowest(range: NonNullable<RegistrationPolicy['autoRegistration']>): DirectoryNumber | RefusalReason {
    if (this.#shared !== undefined) return this.#shared.lowest(range);
    return this.#numbersOf(range).lowest() ?? 'auto-registration-exhausted';
  }

  #numbersOf({ first, last }: NonNullable<RegistrationPolicy['autoRegistration']>): NumberPool {
    if (this.#numbers?.first !== first || this.#numbers.last !== last)
      this.#numbers = new NumberPool(first, last, this.#taken);
    return this.#numbers;
  }
}

const isRefusal = (found: DirectoryNumber | RefusalReason): found is RefusalReason => found in REFUSALS;
