// What clients that nobody configured may have of a pool. They may be anybody, also one station under many names, so a part
// of each pool is kept from them, their open offers are bounded, and where many of them are new their leases are short.

import { after, type Duration, type Instant } from '../core/time.js';
import type { Client, Lease } from './lease.js';
import type { Reason } from './reasons.js';
import type { ServedSubnet } from './served-subnet.js';
import { type DhcpLimits, FIRST_LEASES, KEPT_FOR_DEVICES, SHORT_LEASE } from './settings.js';
import type { SubnetLeases } from './subnet-leases.js';

/** The devices, whom the addresses are for in the first place. */
export interface KnownClients {
  isDevice(client: Client): boolean;
  /** How many devices there are. */
  readonly size: number;
}

export const NO_DEVICES: KnownClients = { isDevice: () => false, size: 0 };

const MIN_OPEN_OFFERS = 16;

export class UnknownClients {
  readonly #known: KnownClients;

  constructor(known: KnownClients) {
    this.#known = known;
  }

  /** It is no device, and no address of the subnet is reserved for it. */
  includes(subnet: ServedSubnet, client: Client): boolean {
    return subnet.reservationFor(client.mac, client.clientId, undefined) === undefined && !this.#known.isDevice(client);
  }

  /** Whether they may have one address more. */
  hasRoom({ subnet, heldByUnknown }: SubnetLeases): boolean {
    return heldByUnknown < this.#shareOf(subnet);
  }

  /**
   * Why one of them may have none of the free addresses. `own`: what it had before; bounds on offers are for those that
   * nobody has seen yet.
   */
  refusal(leases: SubnetLeases, previous: Lease | undefined, { openOffers }: DhcpLimits): Reason | undefined {
    const { subnet, unknownOffers, taken } = leases;
    if (taken >= subnet.size) return 'pool-empty';
    if (!this.hasRoom(leases)) return unknownOffers.size > 0 ? 'too-many-open-offers' : 'kept-for-devices';
    const most = Math.max(MIN_OPEN_OFFERS, subnet.size * openOffers);
    return previous === undefined && unknownOffers.size >= most ? 'too-many-open-offers' : undefined;
  }

  /** What a lease of theirs is cut to; `undefined`: it is as long as any. What is on offer will soon be leased. */
  timeLimit(
    { byClient, firstLeases, unknownOffers, subnet }: SubnetLeases,
    client: string,
    now: Instant,
  ): Duration | undefined {
    const lease = byClient.get(client);
    if (lease?.state === 'bound' && isSettled(lease, now)) return undefined;
    return firstLeases + unknownOffers.size < subnet.size * FIRST_LEASES ? undefined : SHORT_LEASE;
  }

  /** How many addresses of the pool they may have. */
  #shareOf({ size }: ServedSubnet): number {
    return size - Math.min(Math.floor(size * KEPT_FOR_DEVICES), this.#known.size);
  }
}

/** Its client is still there after a while: extending it counts. */
export const isSettled = ({ isFirstTerm: first, since }: Lease, now: Instant): boolean =>
  !first || after(since, (SHORT_LEASE / 2) as Duration) <= now;
