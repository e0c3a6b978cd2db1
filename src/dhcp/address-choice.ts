import { after, type Duration, type Instant, seconds } from '../core/time.js';
import { belongsTo, type Client, type Lease } from './lease.js';
import type { Reason } from './reasons.js';
import type { ServedSubnet } from './served-subnet.js';
import { type DhcpLimits, LEAST_REST, OFFER_PATIENCE } from './settings.js';
import type { SharedLeases } from './shared-leases.js';
import type { SubnetLeases } from './subnet-leases.js';
import type { UnknownClients } from './unknown-clients.js';

/**
 * Finds out whether an address that is about to be allocated is in use already (RFC 2131 §2.2). Must answer at once.
 */
export interface Prober {
  inUse(address: number, mac: string, now: Instant): boolean;
}

/** Finds no address in use. */
export const NO_PROBER: Prober = { inUse: () => false };

/** What matters about a client for the choice of its address. */
export interface AddressRequest {
  /** Option 50. */
  readonly address: number | undefined;
  /** Its reservation's address here. */
  readonly reserved: number | undefined;
  /** It is a configured device: the bounds on unknown clients do not apply. */
  readonly isDevice: boolean;
  /** It was turned away a short while ago, and asks again. */
  readonly isRepeated: boolean;
}

/** The lease that was chosen, or none; and why. */
export type Choice =
  | { readonly lease: Lease; readonly reason: Reason }
  | { readonly lease: undefined; readonly reason: Reason };

/** What the choice reads and changes of the lease table. */
export interface LeaseStore {
  leaseAt(address: number): Lease | undefined;
  /** Makes the record of an address that has none yet. */
  create(address: number, subnet: ServedSubnet): Lease;
  /** Ends an offer that its client did not take: the address is free. */
  lapse(offer: Lease, now: Instant): void;
  /** Frees a declined address before its time. */
  endQuarantine(resting: Lease): void;
  /** Sets aside a free address that was found in use. */
  quarantine(free: Lease, now: Instant): void;
}

/** How many addresses the prober may find in use before the client gets none. */
const MAX_PROBES = 4;
const AT_ONCE = seconds(0);
const A_SECOND = seconds(1);

/**
 * Chooses the address that a client is offered: the one that it has or had, then a free one, then one that another
 * client was offered and has not taken, or that was declined.
 */
export class AddressChooser {
  readonly #store: LeaseStore;
  readonly #prober: Prober;
  readonly #unknown: UnknownClients;
  readonly #shared: SharedLeases | undefined;

  /** `shared`: the other servers that give addresses of the same pools, where there are some. */
  constructor(store: LeaseStore, prober: Prober, unknown: UnknownClients, shared?: SharedLeases) {
    this.#store = store;
    this.#prober = prober;
    this.#unknown = unknown;
    this.#shared = shared;
  }

  /**
   * RFC 2131 §4.3.1: the current binding, the previous address, the requested one, any. A reservation goes before all
   * of them.
   */
  choose(leases: SubnetLeases, client: Client, request: AddressRequest, limits: DhcpLimits, now: Instant): Choice {
    const { reserved, isDevice } = request;
    if (reserved !== undefined) {
      const lease = this.#store.leaseAt(reserved) ?? this.#store.create(reserved, leases.subnet);
      const its = lease.state !== 'declined' && belongsTo(lease, client, reserved);
      if (lease.state === 'free' || its) return { lease, reason: 'reserved' };
      // Another client had it before it was reserved, or it was declined: choose another one until it is free.
    }
    const previous = leases.byClient.get(client.key);
    if (
      previous !== undefined &&
      previous.state !== 'free' &&
      leases.subnet.isPooled(previous.address) &&
      (previous.state !== 'bound' || this.#mayGive(previous, client))
    )
      return { lease: previous, reason: previous.state === 'bound' ? 'current-binding' : 'same-offer' };
    const isKnown = isDevice || reserved !== undefined;
    const refusal = isKnown ? undefined : this.#unknown.refusal(leases, previous, limits);
    const free = refusal === undefined ? this.#free(leases, client, previous, request.address, now) : undefined;
    if (free !== undefined) return free;
    const reason = refusal ?? (this.#shared?.isReachable === false ? 'cut-off' : 'pool-empty');
    const lease = this.#unused(leases, isKnown, patienceWith(reason, isKnown, request), now);
    return lease === undefined ? { lease, reason } : { lease, reason: 'given-on' };
  }

  #free(
    leases: SubnetLeases,
    client: Client,
    previous: Lease | undefined,
    requested: number | undefined,
    now: Instant,
  ): Choice | undefined {
    const { subnet, freeAddresses } = leases;
    if (previous?.state === 'free' && subnet.isPooled(previous.address) && this.#mayGive(previous, client))
      return { lease: previous, reason: 'previous-address' };
    if (requested !== undefined && subnet.isPooled(requested)) {
      const lease = this.#store.leaseAt(requested) ?? this.#store.create(requested, subnet);
      if (lease.state === 'free' && this.#mayGive(lease, client) && !this.#isInUse(lease, client, now))
        return { lease, reason: 'requested-address' };
    }
    if (this.#shared !== undefined) return this.#sharedAddress(this.#shared, leases, client, now);
    const unused = freeAddresses.takeUnused((address) => this.#store.leaseAt(address) !== undefined);
    if (unused !== undefined) return { lease: this.#store.create(unused, subnet), reason: 'free-address' };
    for (let probes = 0; probes < MAX_PROBES; probes += 1) {
      const lease = freeAddresses.longestFree;
      if (lease === undefined) break;
      if (!this.#isInUse(lease, client, now)) return { lease, reason: 'free-address' };
    }
    return undefined;
  }

  /** An address that no other server gives. */
  #sharedAddress(shared: SharedLeases, { subnet }: SubnetLeases, client: Client, now: Instant): Choice | undefined {
    const isUsable = (address: number): boolean => (this.#store.leaseAt(address)?.state ?? 'free') === 'free';
    for (let probes = 0; probes < MAX_PROBES; probes += 1) {
      const address = shared.pick(subnet, isUsable, now);
      if (address === undefined) return undefined;
      const known = this.#store.leaseAt(address);
      if (known === undefined) return { lease: this.#store.create(address, subnet), reason: 'free-address' };
      if (!this.#isInUse(known, client, now)) return { lease: known, reason: 'free-address' };
    }
    return undefined;
  }

  #mayGive({ subnet, address }: Lease, client: Client): boolean {
    return this.#shared === undefined || this.#shared.mayGive(subnet, address, client);
  }

  /**
   * An address that is held and not used: the oldest offer to an unknown client if it is older than `patience`, else
   * the address that was declined longest ago. An unknown client gets only what an unknown client declined.
   */
  #unused({ unknownOffers, resting }: SubnetLeases, isKnown: boolean, patience: Duration | undefined, now: Instant) {
    const offer = unknownOffers.oldest;
    if (offer !== undefined && patience !== undefined && after(offer.since, patience) <= now) {
      this.#store.lapse(offer, now);
      return offer;
    }
    const rested = resting.oldest;
    if (rested?.isForeign === true) return undefined;
    if (rested === undefined || after(rested.since, LEAST_REST) > now || !(isKnown || rested.isUnknownClients))
      return undefined;
    this.#store.endQuarantine(rested);
    return rested;
  }

  /** Asks the prober. Sets the address aside if it is in use. */
  #isInUse(lease: Lease, { mac }: Client, now: Instant): boolean {
    if (!this.#prober.inUse(lease.address, mac, now)) return false;
    this.#store.quarantine(lease, now);
    return true;
  }
}

/**
 * How old an offer to an unknown client must be before another client gets its address; `undefined`: it is kept. Known
 * clients do not wait. If offers fill the share of unknown clients, neither does a client that asks again. If they fill
 * a whole pool, which must be a small one, an offer has a second.
 */
const patienceWith = (reason: Reason, isKnown: boolean, { isRepeated }: AddressRequest): Duration | undefined => {
  if (isKnown) return AT_ONCE;
  if (reason === 'too-many-open-offers') return isRepeated ? AT_ONCE : OFFER_PATIENCE;
  return isRepeated ? A_SECOND : undefined;
};
