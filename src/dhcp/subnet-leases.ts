import { AddressPool } from './address-pool.js';
import { type Client, type Lease, NO_CLIENT } from './lease.js';
import { LeaseQueue } from './lease-queue.js';
import type { ServedSubnet } from './served-subnet.js';

/**
 * The leases of one subnet: moves them from state to state, finds them by client, and counts them. Sets no deadlines
 * and calls no listener; `LeaseTable` does.
 */
export class SubnetLeases {
  readonly subnet: ServedSubnet;
  readonly freeAddresses: AddressPool;
  /** By client key: its lease, or its last one if no other client has that now. */
  readonly byClient = new Map<string, Lease>();
  /** Offers to unknown clients, the oldest first. */
  readonly unknownOffers = new LeaseQueue();
  /** Declined addresses, the longest in quarantine first. */
  readonly resting = new LeaseQueue();
  bound = 0;
  offered = 0;
  /** Addresses of the pools that are offered or leased to unknown clients, or were declined by them. */
  heldByUnknown = 0;
  /** Leases of unknown clients that have not been extended yet. */
  firstLeases = 0;

  constructor(subnet: ServedSubnet) {
    this.subnet = subnet;
    this.freeAddresses = new AddressPool(subnet);
  }

  /** How many addresses no client can have now. */
  get taken(): number {
    return this.bound + this.offered + this.resting.size;
  }

  /**
   * Takes in a lease that exists already. `isUnknown`: it is taken, its address is pooled, and its client is unknown.
   */
  adopt(lease: Lease, isUnknown: boolean): void {
    lease.subnet = this.subnet;
    lease.former = undefined;
    lease.queue = undefined;
    lease.isUnknownClients = isUnknown;
    if (lease.wasBound && (lease.state !== 'free' || !this.byClient.has(lease.client.key)))
      this.byClient.set(lease.client.key, lease);
    this.add(lease);
  }

  /**
   * Gives a lease to a client, whatever it was before. An open offer of another address to the client is withdrawn and
   * returned, so that the caller can clear its deadline.
   */
  take(lease: Lease, client: Client, state: 'offered' | 'bound', isUnknown: boolean): Lease | undefined {
    this.remove(lease);
    if (lease.client.key !== client.key) {
      this.unlinkClient(lease);
      lease.relay = 0;
      lease.relayInformation = '';
      lease.ended = undefined;
    }
    const before = this.byClient.get(client.key);
    const withdrawn = before !== lease && before?.state === 'offered' ? before : undefined;
    if (before !== undefined && before !== lease) {
      lease.former = withdrawn === undefined ? before : withdrawn.former;
      if (withdrawn !== undefined) this.free(withdrawn);
    }
    lease.client = client;
    lease.state = state;
    lease.isUnknownClients = isUnknown && this.subnet.isPooled(lease.address);
    lease.isFirstTerm = state === 'bound' && lease.isUnknownClients;
    this.byClient.set(client.key, lease);
    this.add(lease);
    return withdrawn;
  }

  /** Makes a lease free. Its client is remembered if it was bound, else forgotten. */
  free(lease: Lease): void {
    this.remove(lease);
    const { former } = lease;
    lease.former = undefined;
    // An offer that was not taken leaves its client with the address that it has.
    if (former?.state === 'bound' && former.client.key === lease.client.key)
      this.byClient.set(former.client.key, former);
    if (!lease.wasBound) {
      this.unlinkClient(lease);
      lease.client = NO_CLIENT;
    }
    lease.state = 'free';
    lease.isUnknownClients = false;
    lease.isFirstTerm = false;
    this.add(lease);
  }

  /** Adds a lease to the queue and the counts of its state. */
  add(lease: Lease): void {
    switch (lease.state) {
      case 'free':
        this.freeAddresses.add(lease);
        return;
      case 'declined':
        this.resting.add(lease);
        break;
      case 'offered':
        this.offered += 1;
        if (lease.isUnknownClients) this.unknownOffers.add(lease);
        break;
      case 'bound':
        this.bound += 1;
        if (lease.isFirstTerm) this.firstLeases += 1;
    }
    if (lease.isUnknownClients) this.heldByUnknown += 1;
  }

  /** Removes a lease from the queue and the counts of its state. */
  remove(lease: Lease): void {
    switch (lease.state) {
      case 'free':
        this.freeAddresses.remove(lease);
        return;
      case 'declined':
        this.resting.remove(lease);
        break;
      case 'offered':
        this.offered -= 1;
        if (lease.isUnknownClients) this.unknownOffers.remove(lease);
        break;
      case 'bound':
        this.bound -= 1;
        if (lease.isFirstTerm) this.firstLeases -= 1;
    }
    if (lease.isUnknownClients) this.heldByUnknown -= 1;
  }

  /** The lease is no longer found by its client. */
  unlinkClient(lease: Lease): void {
    if (this.byClient.get(lease.client.key) === lease) this.byClient.delete(lease.client.key);
  }
}
