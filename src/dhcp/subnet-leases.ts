// The leases of one subnet by their state, and how many of its addresses clients have that nobody configured.

import type { Lease } from './lease.js';
import { LeaseQueue } from './lease-queue.js';
import { AddressPool } from './pool.js';
import type { Subnet } from './subnet.js';

export class SubnetLeases {
  readonly subnet: Subnet;
  readonly free: AddressPool;
  /** The address of each client, or its last one where nobody else has it now. */
  readonly byClient = new Map<string, Lease>();
  /** Offers to unknown clients, the oldest first. */
  readonly unknownOffers = new LeaseQueue();
  /** Addresses that rest, the one that has rested longest first. */
  readonly resting = new LeaseQueue();
  bound = 0;
  offered = 0;
  /** Addresses of the pool that are on offer to unknown clients, leased to them, or declined by them. */
  heldByUnknown = 0;
  /** Leases of unknown clients that were not extended yet. */
  firstLeases = 0;

  constructor(subnet: Subnet) {
    this.subnet = subnet;
    this.free = new AddressPool(subnet);
  }

  /** Addresses that are nobody's to have now. */
  get taken(): number {
    return this.bound + this.offered + this.resting.size;
  }

  /** Counts the lease in by its state. */
  enter(lease: Lease): void {
    switch (lease.state) {
      case 'free':
        this.free.add(lease);
        return;
      case 'declined':
        this.resting.add(lease);
        break;
      case 'offered':
        this.offered += 1;
        if (lease.unknown) this.unknownOffers.add(lease);
        break;
      case 'bound':
        this.bound += 1;
        if (lease.first) this.firstLeases += 1;
    }
    if (lease.unknown) this.heldByUnknown += 1;
  }

  /** Out of the queue and the counts that its state puts it in. */
  leave(lease: Lease): void {
    switch (lease.state) {
      case 'free':
        this.free.remove(lease);
        return;
      case 'declined':
        this.resting.remove(lease);
        break;
      case 'offered':
        this.offered -= 1;
        if (lease.unknown) this.unknownOffers.remove(lease);
        break;
      case 'bound':
        this.bound -= 1;
        if (lease.first) this.firstLeases -= 1;
    }
    if (lease.unknown) this.heldByUnknown -= 1;
  }

  /** Its client is no longer found by it. */
  disown(lease: Lease): void {
    if (this.byClient.get(lease.client.key) === lease) this.byClient.delete(lease.client.key);
  }
}
