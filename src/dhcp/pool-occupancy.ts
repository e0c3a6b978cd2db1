// How much of the pools of a subnet is used, for people.

import { ipv4Text } from './ipv4.js';
import type { Lease, LeaseState } from './lease.js';
import type { ServedSubnet } from './served-subnet.js';

/** The addresses of a subnet that this server may give. */
export interface PoolOccupancy {
  /** `10.10.210.0/24`. */
  readonly subnet: string;
  /** `10.10.210.10-10.10.210.99`, without what is excluded. */
  readonly ranges: readonly string[];
  /** Addresses for anybody: how many, and what they are. */
  readonly size: number;
  readonly leased: number;
  readonly offered: number;
  readonly declined: number;
  readonly free: number;
  /** Addresses that are reserved for one client each. */
  readonly reserved: { readonly size: number; readonly leased: number };
}

/** Looks at each lease of the subnet. */
export const poolOccupancy = (
  subnet: ServedSubnet,
  leases: Iterable<Pick<Lease, 'subnet' | 'address' | 'state'>>,
): PoolOccupancy => {
  const pooled: Record<LeaseState, number> = { bound: 0, offered: 0, declined: 0, free: 0 };
  let reservedLeased = 0;
  for (const { subnet: its, address, state } of leases) {
    if (its !== subnet) continue;
    if (subnet.isReserved(address)) reservedLeased += state === 'bound' ? 1 : 0;
    // A reload may have taken an address out of the pools that is leased still.
    else if (subnet.isPooled(address)) pooled[state] += 1;
  }
  const { bound: leased, offered, declined } = pooled;
  return {
    subnet: subnet.name,
    ranges: subnet.ranges.map(({ first, last }) => `${ipv4Text(first)}-${ipv4Text(last)}`),
    size: subnet.size,
    leased,
    offered,
    declined,
    free: subnet.size - leased - offered - declined,
    reserved: { size: subnet.reservations, leased: reservedLeased },
  };
};
