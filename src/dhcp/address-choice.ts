// Which address a client is offered: its own before any other, then a free one, then what somebody holds and does not use.

import { after, type Duration, type Instant, seconds } from '../core/time.js';
import { belongsTo, type Client, type Lease } from './lease.js';
import type { Reason } from './reasons.js';
import type { ServedSubnet } from './served-subnet.js';
import { type DhcpLimits, LEAST_REST, OFFER_PATIENCE } from './settings.js';
import type { SubnetLeases } from './subnet-leases.js';
import type { UnknownClients } from './unknown-clients.js';

/** Whether somebody answers at an address that is about to be given anew: RFC 2131 §2.2. Must answer at once. */
export interface Prober {
  inUse(address: number, mac: string, now: Instant): boolean;
}

export const NO_PROBER: Prober = { inUse: () => false };

/** What a client would like, as far as it matters for its address. */
export interface AddressRequest {
  /** Option 50. */
  readonly address: number | undefined;
  /** Its reservation's address here. */
  readonly reserved: number | undefined;
  /** It is a device of ours: bounds that are there for unknown clients do not apply. */
  readonly isDevice: boolean;
  /** It was turned away a short while ago. */
  readonly isRepeated: boolean;
}

export type Choice =
  | { readonly lease: Lease; readonly reason: Reason }
  | { readonly lease: undefined; readonly reason: Reason };

/** The book, as far as choosing reads and changes it. */
export interface LeaseStore {
  leaseAt(address: number): Lease | undefined;
  /** The record of an address that has none. */
  create(address: number, subnet: ServedSubnet): Lease;
  /** Its client did not take the offer: it is free. */
  lapse(offer: Lease, now: Instant): void;
  /** It has rested enough: it is free. */
  endQuarantine(resting: Lease): void;
  /** Somebody was found to use it: it rests. */
  quarantine(free: Lease, now: Instant): void;
}

/** Addresses that the prober may find in use before a client is told nothing. */
const MAX_PROBES = 4;
const AT_ONCE = seconds(0);
const A_SECOND = seconds(1);

export class AddressChooser {
  readonly #store: LeaseStore;
  readonly #prober: Prober;
  readonly #unknown: UnknownClients;

  constructor(store: LeaseStore, prober: Prober, unknown: UnknownClients) {
    this.#store = store;
    this.#prober = prober;
    this.#unknown = unknown;
  }

  /** RFC 2131 §4.3.1: the current binding, the previous address, the one asked for, any. A reservation goes before all. */
  choose(leases: SubnetLeases, client: Client, request: AddressRequest, limits: DhcpLimits, now: Instant): Choice {
    const { reserved, isDevice } = request;
    if (reserved !== undefined) {
      const lease = this.#store.leaseAt(reserved) ?? this.#store.create(reserved, leases.subnet);
      const its = lease.state !== 'declined' && belongsTo(lease, client, reserved);
      if (lease.state === 'free' || its) return { lease, reason: 'reserved' };
      // Somebody had it before it was reserved, or it rests: another one until it is free.
    }
    const previous = leases.byClient.get(client.key);
    if (previous !== undefined && previous.state !== 'free' && leases.subnet.isPooled(previous.address))
      return { lease: previous, reason: previous.state === 'bound' ? 'current-binding' : 'same-offer' };
    const isKnown = isDevice || reserved !== undefined;
    const refusal = isKnown ? undefined : this.#unknown.refusal(leases, previous, limits);
    const free = refusal === undefined ? this.#free(leases, client, previous, request.address, now) : undefined;
    if (free !== undefined) return free;
    const reason = refusal ?? 'pool-empty';
    const lease = this.#unused(leases, isKnown, patienceWith(reason, isKnown, request), now);
    return lease === undefined ? { lease, reason } : { lease, reason: 'given-on' };
  }

  #free(
    { subnet, freeAddresses }: SubnetLeases,
    client: Client,
    previous: Lease | undefined,
    requested: number | undefined,
    now: Instant,
  ): Choice | undefined {
    if (previous?.state === 'free' && subnet.isPooled(previous.address))
      return { lease: previous, reason: 'previous-address' };
    if (requested !== undefined && subnet.isPooled(requested)) {
      const lease = this.#store.leaseAt(requested) ?? this.#store.create(requested, subnet);
      if (lease.state === 'free' && !this.#isInUse(lease, client, now)) return { lease, reason: 'requested-address' };
    }
    const unused = freeAddresses.takeUnused((address) => this.#store.leaseAt(address) !== undefined);
    if (unused !== undefined) return { lease: this.#store.create(unused, subnet), reason: 'free-address' };
    for (let probes = 0; probes < MAX_PROBES; probes += 1) {
      const lease = freeAddresses.longestFree;
      if (lease === undefined) break;
      if (!this.#isInUse(lease, client, now)) return { lease, reason: 'free-address' };
    }
    return undefined;
  }

  /**
   * What somebody holds and does not use: the oldest offer to an unknown client, where it has had its time, else the address
   * that has rested longest. What an unknown client declined counts as such clients' own.
   */
  #unused({ unknownOffers, resting }: SubnetLeases, isKnown: boolean, patience: Duration | undefined, now: Instant) {
    const offer = unknownOffers.oldest;
    if (offer !== undefined && patience !== undefined && after(offer.since, patience) <= now) {
      this.#store.lapse(offer, now);
      return offer;
    }
    const rested = resting.oldest;
    if (rested === undefined || after(rested.since, LEAST_REST) > now || !(isKnown || rested.isUnknownClients))
      return undefined;
    this.#store.endQuarantine(rested);
    return rested;
  }

  /** Asks the prober; an address in use rests. */
  #isInUse(lease: Lease, { mac }: Client, now: Instant): boolean {
    if (!this.#prober.inUse(lease.address, mac, now)) return false;
    this.#store.quarantine(lease, now);
    return true;
  }
}

/**
 * How long an offer to an unknown client must have waited before it is given on; `undefined`: it is kept. Whoever is known
 * goes first. Where offers fill the share of unknown clients, so does whoever asks again; where they fill a whole pool, which is
 * a small one then, an offer has a second.
 */
const patienceWith = (reason: Reason, isKnown: boolean, { isRepeated }: AddressRequest): Duration | undefined => {
  if (isKnown) return AT_ONCE;
  if (reason === 'too-many-open-offers') return isRepeated ? AT_ONCE : OFFER_PATIENCE;
  return isRepeated ? A_SECOND : undefined;
};
