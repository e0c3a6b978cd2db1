import type { Lease } from './lease.js';
import { LeaseQueue } from './lease-queue.js';
import type { ServedSubnet } from './served-subnet.js';

/**
 * The free addresses of a subnet. Taking one costs the same whether the pool is empty or nearly full: first come
 * addresses that were never used, in order, then those that were given back, the longest free first. So a client that
 * returns finds its last address free for as long as possible.
 */
export class AddressPool {
  readonly #subnet: ServedSubnet;
  /** The range, and in it the address, at which the unused addresses begin. */
  #range = 0;
  #next: number;
  readonly #givenBack = new LeaseQueue();

  constructor(subnet: ServedSubnet) {
    this.#subnet = subnet;
    this.#next = subnet.ranges[0]?.first ?? 0;
  }

  /** Takes the lowest address that was never used. `isUsed`: it was taken out of turn. Amortised constant time. */
  takeUnused(isUsed: (address: number) => boolean): number | undefined {
    for (let range = this.#subnet.ranges[this.#range]; range !== undefined; ) {
      if (this.#next > range.last) {
        this.#range += 1;
        range = this.#subnet.ranges[this.#range];
        this.#next = range?.first ?? 0;
        continue;
      }
      const address = this.#next;
      this.#next += 1;
      if (!isUsed(address) && !this.#subnet.isReserved(address)) return address;
    }
    return undefined;
  }

  /** The address that has been free longest, without taking it. */
  get longestFree(): Lease | undefined {
    return this.#givenBack.oldest;
  }

  /** Adds an address that has just become free. One that is reserved or in no pool is left out. */
  add(lease: Lease): void {
    if (this.#subnet.isPooled(lease.address)) this.#givenBack.add(lease);
  }

  /** Removes an address; does nothing if it is not here. */
  remove(lease: Lease): void {
    this.#givenBack.remove(lease);
  }
}
