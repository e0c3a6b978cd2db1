import type { Lease } from './lease.js';

/**
 * Leases in the order in which they were added; each can be removed from any position in constant time. The links are
 * fields of the leases, so that a lease can be in one queue at a time.
 */
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

  /** Adds a lease as the newest. It must not be in a queue. */
  add(lease: Lease): void {
    lease.queue = this;
    lease.older = this.#newest;
    lease.newer = undefined;
    if (this.#newest === undefined) this.#oldest = lease;
    else this.#newest.newer = lease;
    this.#newest = lease;
    this.#size += 1;
  }

  /** Removes a lease; does nothing if it is not in this queue. */
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
