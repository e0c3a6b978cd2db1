// Leases in the order in which they came, each of which may leave from wherever it stands, in constant time. The links are the
// leases' own, so a lease stands in one queue at a time.

import type { Lease } from './lease.js';

export class LeaseQueue {
  #oldest: Lease | undefined;
  #newest: Lease | undefined;
  #size = 0;

  get oldest(): Lease | undefined {
    return this.#oldest;
  }

  get size(): number {
    return this.#size;
  }

  /** At the end. */
  add(lease: Lease): void {
    lease.queue = this;
    lease.older = this.#newest;
    lease.newer = undefined;
    if (this.#newest === undefined) this.#oldest = lease;
    else this.#newest.newer = lease;
    this.#newest = lease;
    this.#size += 1;
  }

  /** Nothing happens where it is not here. */
  remove(lease: Lease): void {
    if (lease.queue !== this) return;
    if (lease.older === undefined) this.#oldest = lease.newer;
    else lease.older.newer = lease.newer;
    if (lease.newer === undefined) this.#newest = lease.older;
    else lease.newer.older = lease.older;
    lease.queue = undefined;
    lease.older = undefined;
    lease.newer = undefined;
    this.#size -= 1;
  }
}
