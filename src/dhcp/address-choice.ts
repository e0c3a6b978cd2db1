// Which address a client is offered: its own before any other, then a free one, then what somebody holds and does not use.

import { after, type Duration, type Instant, seconds } from '../core/time.js';
import { type Client, holds, type Lease } from './lease.js';
import type { Reason } from './reasons.js';
import { type DhcpLimits, LEAST_REST, OFFER_PATIENCE } from './settings.js';
import type { Subnet } from './subnet.js';
import type { SubnetLeases } from './subnet-leases.js';
import type { UnknownClients } from './unknown-clients.js';

/** Whether somebody answers at an address that is about to be given anew: RFC 2131 §2.2. Must answer at once. */
export interface Prober {
  inUse(address: number, mac: string, now: Instant): boolean;
}

export const NO_PROBER: Prober = { inUse: () => false };

/** What a client would like, as far as it matters for its address. */
export interface Wish {
  /** Option 50. */
  readonly address: number | undefined;
  /** Its reservation's address here. */
  readonly reserved: number | undefined;
  /** It is a device of ours: bounds that are there for unknown clients do not apply. */
  readonly isDevice: boolean;
  /** It was turned away a short while ago. */
  readonly asksAgain: boolean;
}

export type Choice =
  | { readonly lease: Lease; readonly reason: Reason }
  | { readonly lease: undefined; readonly reason: Reason };

/** The book, as far as choosing reads and changes it. */
export interface Shelves {
  at(address: number): Lease | undefined;
  /** The record of an address that has none. */
  record(address: number, subnet: Subnet): Lease;
  /** Its client did not take the offer: it is free. */
  lapse(offer: Lease, now: Instant): void;
  /** It has rested enough: it is free. */
  wake(resting: Lease): void;
  /** Somebody was found to use it: it rests. */
  putToRest(free: Lease, now: Instant): void;
}

/** Addresses that the prober may find in use before a client is told nothing. */
const MAX_PROBES = 4;
const AT_ONCE = seconds(0);
const A_SECOND = seconds(1);

export class AddressChooser {
  readonly #shelves: Shelves;
  readonly #prober: Prober;
  readonly #unknown: UnknownClients;

  constructor(shelves: Shelves, prober: Prober, unknown: UnknownClients) {
    this.#shelves = shelves;
    this.#prober = prober;
    this.#unknown = unknown;
  }

  /** RFC 2131 §4.3.1: the current binding, the previous address, the one asked for, any. A reservation goes before all. */
  choose(page: SubnetLeases, client: Client, wish: Wish, limits: DhcpLimits, now: Instant): Choice {
    const { reserved, isDevice } = wish;
    if (reserved !== undefined) {
      const lease = this.#shelves.at(reserved) ?? this.#shelves.record(reserved, page.subnet);
      const its = lease.state !== 'declined' && holds(lease, client, reserved);
      if (lease.state === 'free' || its) return { lease, reason: 'reserved' };
      // Somebody had it before it was reserved, or it rests: another one until it is free.
    }
    const own = page.byClient.get(client.key);
    if (own !== undefined && own.state !== 'free' && page.subnet.isPooled(own.address))
      return { lease: own, reason: own.state === 'bound' ? 'current-binding' : 'same-offer' };
    const isKnown = isDevice || reserved !== undefined;
    const refusal = isKnown ? undefined : this.#unknown.refusal(page, own, limits);
    const free = refusal === undefined ? this.#free(page, client, own, wish.address, now) : undefined;
    if (free !== undefined) return free;
    const reason = refusal ?? 'pool-empty';
    const lease = this.#unused(page, isKnown, patienceWith(reason, isKnown, wish), now);
    return lease === undefined ? { lease, reason } : { lease, reason: 'given-on' };
  }

  #free(
    { subnet, free }: SubnetLeases,
    client: Client,
    own: Lease | undefined,
    wanted: number | undefined,
    now: Instant,
  ): Choice | undefined {
    if (own?.state === 'free' && subnet.isPooled(own.address)) return { lease: own, reason: 'previous-address' };
    if (wanted !== undefined && subnet.isPooled(wanted)) {
      const lease = this.#shelves.at(wanted) ?? this.#shelves.record(wanted, subnet);
      if (lease.state === 'free' && !this.#isUsed(lease, client, now)) return { lease, reason: 'requested-address' };
    }
    const unused = free.takeUnused((address) => this.#shelves.at(address) !== undefined);
    if (unused !== undefined) return { lease: this.#shelves.record(unused, subnet), reason: 'free-address' };
    for (let probes = 0; probes < MAX_PROBES; probes += 1) {
      const lease = free.longestFree;
      if (lease === undefined) break;
      if (!this.#isUsed(lease, client, now)) return { lease, reason: 'free-address' };
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
      this.#shelves.lapse(offer, now);
      return offer;
    }
    const rested = resting.oldest;
    if (rested === undefined || after(rested.since, LEAST_REST) > now || !(isKnown || rested.unknown)) return undefined;
    this.#shelves.wake(rested);
    return rested;
  }

  /** Asks the prober; an address in use rests. */
  #isUsed(lease: Lease, { mac }: Client, now: Instant): boolean {
    if (!this.#prober.inUse(lease.address, mac, now)) return false;
    this.#shelves.putToRest(lease, now);
    return true;
  }
}

/**
 * How long an offer to an unknown client must have waited before it is given on; `undefined`: it is kept. Whoever is known
 * goes first. Where offers fill the share of unknown clients, so does whoever asks again; where they fill a whole pool, which is
 * a small one then, an offer has a second.
 */
const patienceWith = (reason: Reason, isKnown: boolean, { asksAgain }: Wish): Duration | undefined => {
  if (isKnown) return AT_ONCE;
  if (reason === 'too-many-open-offers') return asksAgain ? AT_ONCE : OFFER_PATIENCE;
  return asksAgain ? A_SECOND : undefined;
};
