// What this node may give of one subnet's pools: the addresses that it holds in reserve, and where the next ones come from.

import { ipv4Text } from '../dhcp/ipv4.js';
import type { SharedSubnet } from '../dhcp/shared-leases.js';
import { LowestFree, rangesOf, reserveSize, SortedNumbers } from './reserve.js';

/** The share of this node in a subnet. */
export class SubnetReserve {
  readonly subnet: SharedSubnet;
  /** Free addresses that this node alone may give. */
  readonly held = new SortedNumbers();
  /** Addresses that it is about to hold. */
  readonly claiming = new Set<number>();
  /** Addresses that it is about to give back. */
  readonly returning = new Set<number>();
  /** How many addresses of the pools are in other hands: leased, at rest, or in the reserve of other nodes. */
  others = 0;
  readonly #free: LowestFree;

  /** `isTaken`: somebody holds the address, on the bus or in the table. */
  constructor(subnet: SharedSubnet, isTaken: (address: number) => boolean) {
    this.subnet = subnet;
    this.#free = new LowestFree(
      subnet.ranges,
      (address) => subnet.isReserved(address) || this.claiming.has(address) || isTaken(address),
    );
  }

  /** How many it should hold. */
  get size(): number {
    return reserveSize(this.subnet.size - this.others);
  }

  /** Whether the address is in a pool, and nobody's by configuration. */
  isPooled(address: number): boolean {
    return (
      !this.subnet.isReserved(address) &&
      this.subnet.ranges.some(({ first, last }) => address >= first && address <= last)
    );
  }

  /** The lowest address that nobody holds. It stays so until it is claimed. */
  lowestFree(): number | undefined {
    return this.#free.lowest();
  }

  /** Nobody holds the address any more. */
  release(address: number): void {
    this.#free.release(address);
  }

  /** What is too much by far, the highest ones: as less is free, less is kept from others. */
  surplus(): readonly number[] {
    const { size } = this;
    return this.held.size > 2 * size ? [...this.held].slice(size - this.held.size) : [];
  }

  /** For people. */
  get ranges(): readonly string[] {
    return rangesOf(this.held, ipv4Text);
  }
}
