import { after, type Duration, type Instant } from '../core/time.js';
import type { Client, Lease } from './lease.js';
import type { Reason } from './reasons.js';
import type { ServedSubnet } from './served-subnet.js';
import { type DhcpLimits, FIRST_LEASES, KEPT_FOR_DEVICES, SHORT_LEASE } from './settings.js';
import type { SubnetLeases } from './subnet-leases.js';

/** The configured devices, for which the addresses are in the first place. */
export interface KnownClients {
  isDevice(client: Client): boolean;
  /** How many devices there are. */
  readonly size: number;
}

/** No device is configured. */
export const NO_DEVICES: KnownClients = { isDevice: () => false, size: 0 };

const MIN_OPEN_OFFERS = 16;

/**
 * What unknown clients may have of a pool. They may be one machine under many names, so a part of each pool is kept
 * from them, their open offers are bounded, and if many of them are new, their leases are short.
 */
export class UnknownClients {
  readonly #known: KnownClients;

  constructor(known: KnownClients) {
    this.#known = known;
  }

  /** Whether a client is unknown: it is no configured device, and no address of the subnet is reserved for it. */
  includes(subnet: ServedSubnet, client: Client): boolean {
    return subnet.reservationFor(client.mac, client.clientId, undefined) === undefined && !this.#known.isDevice(client);
  }

  /** Whether they may have one more address. */
  hasRoom({ subnet, heldByUnknown }: SubnetLeases): boolean {
    return heldByUnknown < this.#shareOf(subnet);
  }

  /**
   * Why an unknown client gets no free address; `undefined`: it may have one. `previous`: the lease that it had before.
   * The bound on open offers is for clients that had none.
   */
  refusal(leases: SubnetLeases, previous: Lease | undefined, { openOffers }: DhcpLimits): Reason | undefined {
    const { subnet, unknownOffers, taken } = leases;
    if (taken >= subnet.size) return 'pool-empty';
    if (!this.hasRoom(leases)) return unknownOffers.size > 0 ? 'too-many-open-offers' : 'kept-for-devices';
    const most = Math.max(MIN_OPEN_OFFERS, subnet.size * openOffers);
    return previous === undefined && unknownOffers.size >= most ? 'too-many-open-offers' : undefined;
  }

  /**
   * The longest lease for one of them; `undefined`: as long as others. Open offers count, since they will soon be
   * leases.
   */
  timeLimit(
    { byClient, firstLeases, unknownOffers, subnet }: SubnetLeases,
    client: string,
    now: Instant,
  ): Duration | undefined {
    const lease = byClient.get(client);
    if (lease?.state === 'bound' && isSettled(lease, now)) return undefined;
    return firstLeases + unknownOffers.size < subnet.size * FIRST_LEASES ? undefined : SHORT_LEASE;
  }

  /** How many addresses of the pools they may have. */
  #shareOf({ size }: ServedSubnet): number {
    return size - Math.min(Math.floor(size * KEPT_FOR_DEVICES), this.#known.size);
  }
}

/** Whether an extension of the lease counts, because its client is still there after a while. */
export const isSettled = ({ isFirstTerm: first, since }: Lease, now: Instant): boolean =>
  !first || after(since, (SHORT_LEASE / 2) as Duration) <= now;
