// Which addresses of a subnet are free. Taking one costs the same whether the pool is empty or nearly full: addresses
// never used come in order, then those that were given back, longest free first, so that a client that returns
// finds its own again for as long as may be.

import type { Lease } from './lease.js';
import { LeaseQueue } from './lease-queue.js';
import type { ServedSubnet } from './served-subnet.js';

export class AddressPool {
  readonly #subnet: ServedSubnet;
  /** Where the addresses never looked at begin. */
  #range = 0;
  #next: number;
  readonly #givenBack = new LeaseQueue();

  constructor(subnet: ServedSubnet) {
    this.#subnet = subnet;
    this.#next = subnet.ranges[0]?.first ?? 0;
  }

  /** The lowest address never used; `isUsed` tells of those that were taken out of turn. Amortised constant time. */
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

  /** Given back just now. An address that is not for anybody is left out. */
  add(lease: Lease): void {
    if (this.#subnet.isPooled(lease.address)) this.#givenBack.add(lease);
  }

  /** Taken, from wherever it stands; nothing happens where it is not here. */
  remove(lease: Lease): void {
    this.#givenBack.remove(lease);
  }
}
