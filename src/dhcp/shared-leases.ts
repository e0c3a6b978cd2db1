// What the DHCP server needs of the other servers of its cluster, which give addresses of the same pools: a port. Without
// them this server is alone with its pools, and nothing waits.

import type { Duration, Instant } from '../core/time.js';
import type { Client, Lease, LeaseState, WrittenLease } from './lease.js';

/**
 * What became of a lease that was to be written. `written`: all servers know it, or nobody else can give the address.
 * `taken`: another server gave the address to another client first. `unknown`: the others cannot be reached, and nobody knows.
 */
export type LeaseWrite = 'written' | 'taken' | 'unknown';

/** A subnet, as far as the servers share it. */
export interface SharedSubnet {
  /** `10.10.210.0/24`. */
  readonly name: string;
  /** The pools without the exclusions, in order. Reserved addresses are still among them. */
  readonly ranges: readonly { readonly first: number; readonly last: number }[];
  /** How many addresses of the pools are not reserved. */
  readonly size: number;
  /** Whether the configuration reserves the address for one client: then no server gives it to another. */
  isReserved(address: number): boolean;
}

/** What of a lease the servers tell each other. */
export interface SharedLease extends Omit<WrittenLease, 'since' | 'state' | 'isForeign'> {
  readonly state: Exclude<LeaseState, 'offered'>;
}

/** The lease table, as the other servers' leases come into it. */
export interface LeaseBook {
  readonly subnets: readonly SharedSubnet[];
  /** The leases in every state, offers included. */
  all(): IterableIterator<Lease>;
  leaseAt(address: number): Lease | undefined;
  /**
   * Takes in a lease as the servers tell it, over the one that there is. `isForeign`: another server gave the address, and it
   * alone says when the lease has ended.
   */
  learn(subnet: string, lease: SharedLease, isForeign: boolean, now: Instant): void;
  /** Ends a lease that the client was not told of. */
  revoke(address: number, now: Instant): void;
}

/** The leases of all servers. */
export interface SharedLeases {
  /** The table has been read: leases go to and fro between it and the other servers from now on. */
  serve(book: LeaseBook): void;
  /** The subnets may have changed. */
  configured(): void;
  /**
   * The next address that this server may give to a client that has none: of its reserve, else of what nobody holds.
   * `isUsable`: whether the table has the address free. `undefined`: there is none.
   */
  pick(subnet: SharedSubnet, isUsable: (address: number) => boolean, now: Instant): number | undefined;
  /** Whether other servers can be reached: then more addresses than those in reserve can be given. */
  readonly isReachable: boolean;
  /**
   * Whether this server may give the address to a client that does not say that it has it: a free one, or the client's own.
   * The client may have given it back to another server.
   */
  mayGive(subnet: SharedSubnet, address: number, client: Client): boolean;
  /**
   * Whether this server knows what became of the address, so that it may refuse a client that says that it has it: it alone can
   * give it, or whoever can would have told of it.
   */
  mayRefuse(subnet: SharedSubnet, address: number): boolean;
  /** The longest time for which a lease may be extended now; zero: not at all. `undefined`: as long as usual. */
  longest(lease: Lease, now: Instant): Duration | undefined;
  /** The lease was bound, extended, released, declined, has expired or rested: the others are told. */
  changed(lease: Lease): void;
  /** When the acknowledgement of a lease may leave. A newer call for the same address ends the older one: `unknown`. */
  settled(lease: Lease): LeaseWrite | Promise<LeaseWrite>;
}
