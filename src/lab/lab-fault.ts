import type { WrittenConfig } from '../config/index.js';
import type { ApiFault, FaultsView } from '../http/index.js';

/** Whom a fault meets, where, when, how often and for how long: an item of `inject` in the configuration. */
export type LabFaultRule = NonNullable<WrittenConfig['inject']>[number];

/** A fault that the daemon of a lab makes on purpose. */
export class LabFault {
  readonly id: string;
  readonly #faults: FaultsView;
  #last: ApiFault;

  constructor(faults: FaultsView, added: ApiFault) {
    this.id = added.id;
    this.#faults = faults;
    this.#last = added;
  }

  /** Messages that it met, also those that `skip` and `chance` let pass. */
  get matched(): number {
    return this.#now().matched;
  }

  /** How often it was made. */
  get injected(): number {
    return this.#now().injected;
  }

  /** `over`: it meets nothing any more. */
  get state(): ApiFault['state'] {
    return this.#now().state;
  }

  /** Ends it. What waited because of it leaves at once. Once more has no effect. */
  clear(): void {
    const cleared = this.#faults.clear(this.id);
    if (cleared !== undefined) this.#last = { ...cleared, state: 'over' };
  }

  /** As it is, or as it was when it was cleared. */
  #now(): ApiFault {
    this.#last = this.#faults.all().find(({ id }) => id === this.id) ?? this.#last;
    return this.#last;
  }
}
