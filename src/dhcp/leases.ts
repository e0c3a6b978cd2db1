// The lease book: every address that was ever given, who has it and until when. It decides which address a client gets
// and knows nothing of messages. Each answer costs constant time, or O(log n) where a deadline moves nearer.

import { Deadlines } from '../core/deadlines.js';
import type { Engine } from '../core/pump.js';
import { after, type Duration, type Instant } from '../core/time.js';
import { type Client, holds, type Lease, NOBODY, newLease, type WrittenLease } from './lease.js';
import { AddressPool } from './pool.js';
import type { Reason } from './reasons.js';
import type { DhcpSettings } from './settings.js';
import { Subnet } from './subnet.js';

/** What hears of changes that outlive the process, and of leases that run out by themselves. */
export interface LeaseKeeper {
  /** Bound, extended, given back, declined or fit for use again. */
  changed(lease: Lease, now: Instant): void;
  /** Ran out: `was` is what it had been until now, for `client`. */
  ranOut(lease: Lease, was: 'bound' | 'declined', client: Client, now: Instant): void;
}

/** Whether somebody answers at an address that is about to be given anew: RFC 2131 §2.2. Must answer at once. */
export interface Prober {
  inUse(address: number, mac: string, now: Instant): boolean;
}

export const NO_PROBER: Prober = { inUse: () => false };

/** The relay that passed a message on, and its option 82 in hexadecimal. */
export interface RelayTrail {
  readonly address: number;
  readonly information: string;
}

/** What a client would like, as far as it matters for its address. */
export interface Wish {
  /** Option 50. */
  readonly address: number | undefined;
  /** Its reservation's address here. */
  readonly reserved: number | undefined;
  /** It is a device of ours: bounds that are there for strangers do not apply. */
  readonly isDevice: boolean;
}

export type Choice =
  | { readonly lease: Lease; readonly reason: Reason }
  | { readonly lease: undefined; readonly reason: Reason };

interface Page {
  readonly subnet: Subnet;
  readonly pool: AddressPool;
  readonly byClient: Map<string, Lease>;
  openOffers: number;
  bound: number;
}

const MIN_OPEN_OFFERS = 16;
/** Addresses that the prober may find in use before a client is told nothing. */
const MAX_PROBES = 4;

export class LeaseBook implements Engine {
  readonly #keeper: LeaseKeeper;
  readonly #prober: Prober;
  readonly #byAddress = new Map<number, Lease>();
  readonly #deadlines = new Deadlines<Lease>();
  #subnets: readonly Subnet[] = [];
  #pages = new Map<Subnet, Page>();
  #settings: DhcpSettings;

  constructor(settings: DhcpSettings, keeper: LeaseKeeper, prober: Prober = NO_PROBER) {
    this.#settings = settings;
    this.#keeper = keeper;
    this.#prober = prober;
    this.configure(settings);
  }

  /** In order of configuration. */
  get subnets(): readonly Subnet[] {
    return this.#subnets;
  }

  /** Leases of every state, offers included. */
  leases(): IterableIterator<Lease> {
    return this.#byAddress.values();
  }

  get size(): number {
    return this.#byAddress.size;
  }

  /** Who has the address, or had it last. */
  at(address: number): Lease | undefined {
    return this.#byAddress.get(address);
  }

  /** The address of a client in a subnet, or its last one where nobody else has it now. */
  of(subnet: Subnet, client: string): Lease | undefined {
    return this.#page(subnet).byClient.get(client);
  }

  occupancy(subnet: Subnet): { readonly size: number; readonly bound: number; readonly offered: number } {
    const { bound, openOffers } = this.#page(subnet);
    return { size: subnet.size, bound, offered: openOffers };
  }

  /** Other subnets from now on. Leases stay where a subnet still holds their address. */
  configure(settings: DhcpSettings): void {
    this.#settings = settings;
    this.#subnets = settings.subnets.map((one) => new Subnet(one));
    this.#pages = new Map(this.#subnets.map((subnet) => [subnet, newPage(subnet)]));
    for (const lease of [...this.#byAddress.values()]) {
      const page = this.#pageAt(lease.address);
      if (page === undefined || (lease.state === 'free' && !page.subnet.isOurs(lease.address))) this.#forget(lease);
      else this.#enter(lease, page);
    }
  }

  /** Brings back what was written down, over what was before. What has run out meanwhile is free, its client remembered. */
  restore(written: WrittenLease, now: Instant): void {
    const page = this.#pageAt(written.address);
    if (page === undefined) return;
    const before = this.#byAddress.get(written.address);
    const lease = before ?? newLease(written.address, page.subnet);
    if (before === undefined) this.#byAddress.set(lease.address, lease);
    else {
      this.#leave(lease);
      this.#disown(lease);
    }
    lease.state = written.until <= now ? 'free' : written.state;
    // Whoever declined an address is not to be given it before others.
    const known = written.state !== 'declined';
    lease.client = known || lease.state === 'declined' ? written.client : NOBODY;
    lease.since = written.since;
    lease.until = written.until;
    lease.granted = written.granted;
    lease.relay = written.relay;
    lease.relayInformation = written.relayInformation;
    lease.known = known;
    this.#enter(lease, page);
    this.#deadlines.set(lease, lease.state === 'free' ? undefined : lease.until);
  }

  /** Holds an address for the client: RFC 2131 §4.3.1. An address that it has bound already stays bound. */
  offer(subnet: Subnet, client: Client, wish: Wish, granted: Duration, now: Instant): Choice {
    const page = this.#page(subnet);
    const choice = this.#choose(page, client, wish, now);
    const { lease } = choice;
    if (lease === undefined) return choice;
    lease.granted = granted;
    if (lease.state === 'bound') return choice;
    const known = lease.state === 'free' ? lease.client.key === client.key : lease.known;
    if (lease.state !== 'offered' || lease.client.key !== client.key) this.#take(page, lease, client, 'offered');
    lease.known = known;
    lease.client = client;
    lease.since = now;
    lease.until = after(now, this.#settings.offerTime);
    this.#deadlines.set(lease, lease.until);
    return choice;
  }

  /** Leases the address to the client that it was offered to, or extends its lease. */
  bind(lease: Lease, client: Client, granted: Duration, relay: RelayTrail | undefined, now: Instant): void {
    const page = this.#page(lease.subnet);
    if (lease.state !== 'bound') {
      this.#take(page, lease, client, 'bound');
      lease.since = now;
    }
    lease.client = client;
    lease.known = true;
    lease.granted = granted;
    lease.until = after(now, granted);
    if (relay !== undefined) {
      lease.relay = relay.address;
      lease.relayInformation = relay.information;
    }
    this.#deadlines.set(lease, lease.until);
    this.#keeper.changed(lease, now);
    const { former } = lease;
    lease.former = undefined;
    if (former?.state === 'bound' && former.client.key === client.key) this.release(former, now);
  }

  /** A free address of ours for a client that says it has it: after the book was lost. `undefined`: not free. */
  claim(subnet: Subnet, address: number, reserved: number | undefined): Lease | undefined {
    if (address !== reserved && !subnet.isPooled(address)) return undefined;
    const lease = this.#byAddress.get(address);
    if (lease === undefined) return this.#record(address, subnet);
    return lease.state === 'free' ? lease : undefined;
  }

  /** Takes back an offer that the client does not want. What is bound stays. */
  withdraw(lease: Lease): void {
    if (lease.state !== 'offered') return;
    this.#deadlines.set(lease, undefined);
    this.#free(lease);
  }

  /** The client gave it back; it is remembered as its last address. */
  release(lease: Lease, now: Instant): void {
    this.#deadlines.set(lease, undefined);
    lease.until = now;
    this.#free(lease);
    this.#keeper.changed(lease, now);
  }

  /** The address is in use by a stranger: it rests. */
  decline(lease: Lease, now: Instant): void {
    this.#leave(lease);
    this.#disown(lease);
    lease.state = 'declined';
    lease.known = false;
    lease.since = now;
    lease.until = after(now, this.#settings.quarantine);
    this.#deadlines.set(lease, lease.until);
    this.#keeper.changed(lease, now);
  }

  nextDeadline(): Instant | undefined {
    return this.#deadlines.next();
  }

  expire(now: Instant): void {
    this.#deadlines.expire(now, (lease) => {
      const { state, client } = lease;
      if (state === 'free') return;
      this.#free(lease);
      if (state !== 'offered') this.#keeper.ranOut(lease, state, client, now);
    });
  }

  // ── choosing ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** RFC 2131 §4.3.1: the current binding, the previous address, the one asked for, any. A reservation goes before all. */
  #choose(page: Page, client: Client, { address, reserved, isDevice }: Wish, now: Instant): Choice {
    if (reserved !== undefined) {
      const lease = this.#byAddress.get(reserved) ?? this.#record(reserved, page.subnet);
      const its = lease.state !== 'declined' && holds(lease, client, reserved);
      if (lease.state === 'free' || its) return { lease, reason: 'reserved' };
      // Somebody had it before it was reserved, or it rests: another one until it is free.
    }
    const own = page.byClient.get(client.key);
    if (own !== undefined && own.state !== 'free' && page.subnet.isPooled(own.address))
      return { lease: own, reason: own.state === 'bound' ? 'current-binding' : 'same-offer' };
    if (own === undefined && !isDevice && !this.#mayOffer(page))
      return { lease: undefined, reason: 'too-many-open-offers' };
    if (own?.state === 'free' && page.subnet.isPooled(own.address)) return { lease: own, reason: 'previous-address' };
    if (address !== undefined && page.subnet.isPooled(address)) {
      const lease = this.#byAddress.get(address) ?? this.#record(address, page.subnet);
      if (lease.state === 'free' && !this.#isUsed(lease, client, now)) return { lease, reason: 'requested-address' };
    }
    return this.#anyFree(page, client, now);
  }

  #anyFree(page: Page, client: Client, now: Instant): Choice {
    const unused = page.pool.takeUnused((address) => this.#byAddress.has(address));
    if (unused !== undefined) return { lease: this.#record(unused, page.subnet), reason: 'free-address' };
    for (let probes = 0; probes < MAX_PROBES; probes += 1) {
      const lease = page.pool.longestFree;
      if (lease === undefined) break;
      if (!this.#isUsed(lease, client, now)) return { lease, reason: 'free-address' };
    }
    return { lease: undefined, reason: 'pool-empty' };
  }

  /** Asks the prober; an address in use rests. */
  #isUsed(lease: Lease, { mac }: Client, now: Instant): boolean {
    if (!this.#prober.inUse(lease.address, mac, now)) return false;
    this.#disown(lease);
    lease.client = NOBODY;
    this.decline(lease, now);
    return true;
  }

  #mayOffer({ openOffers, subnet }: Page): boolean {
    return openOffers < Math.max(MIN_OPEN_OFFERS, subnet.size * this.#settings.limits.openOffers);
  }

  // ── keeping ───────────────────────────────────────────────────────────────────────────────────────────────────

  #page(subnet: Subnet): Page {
    const page = this.#pages.get(subnet);
    if (page === undefined) throw new Error(`the subnet ${subnet.name} is not of this configuration`);
    return page;
  }

  #pageAt(address: number): Page | undefined {
    for (const page of this.#pages.values()) if (page.subnet.contains(address)) return page;
    return undefined;
  }

  /** The record of an address that has none. It is of no list until it is taken. */
  #record(address: number, subnet: Subnet): Lease {
    const lease = newLease(address, subnet);
    this.#byAddress.set(address, lease);
    this.#page(subnet).pool.add(lease);
    return lease;
  }

  /** Puts a lease that is there already into the lists of a page. */
  #enter(lease: Lease, page: Page): void {
    lease.subnet = page.subnet;
    lease.former = undefined;
    lease.older = undefined;
    lease.newer = undefined;
    if (lease.known && (lease.state !== 'free' || !page.byClient.has(lease.client.key)))
      page.byClient.set(lease.client.key, lease);
    if (lease.state === 'free') page.pool.add(lease);
    if (lease.state === 'bound') page.bound += 1;
    if (lease.state === 'offered') page.openOffers += 1;
  }

  #forget(lease: Lease): void {
    this.#byAddress.delete(lease.address);
    this.#deadlines.set(lease, undefined);
  }

  /** From whatever it was to the client's. */
  #take(page: Page, lease: Lease, client: Client, state: 'offered' | 'bound'): void {
    this.#leave(lease);
    if (lease.client.key !== client.key) {
      this.#disown(lease);
      lease.relay = 0;
      lease.relayInformation = '';
    }
    const before = page.byClient.get(client.key);
    if (before !== undefined && before !== lease) {
      lease.former = before.state === 'offered' ? before.former : before;
      this.withdraw(before);
    }
    lease.client = client;
    lease.state = state;
    page.byClient.set(client.key, lease);
    if (state === 'bound') page.bound += 1;
    else page.openOffers += 1;
  }

  /** Out of the list or count that its state puts it in. */
  #leave(lease: Lease): void {
    const page = this.#page(lease.subnet);
    if (lease.state === 'free') page.pool.remove(lease);
    if (lease.state === 'bound') page.bound -= 1;
    if (lease.state === 'offered') page.openOffers -= 1;
  }

  /** Its client is no longer found by it. */
  #disown(lease: Lease): void {
    const { byClient } = this.#page(lease.subnet);
    if (byClient.get(lease.client.key) === lease) byClient.delete(lease.client.key);
  }

  #free(lease: Lease): void {
    const page = this.#page(lease.subnet);
    this.#leave(lease);
    const { former } = lease;
    lease.former = undefined;
    // An offer that was not taken leaves its client with what it has.
    if (former?.state === 'bound' && former.client.key === lease.client.key)
      page.byClient.set(former.client.key, former);
    if (!lease.known) {
      this.#disown(lease);
      lease.client = NOBODY;
    }
    lease.state = 'free';
    page.pool.add(lease);
  }
}

const newPage = (subnet: Subnet): Page => ({
  subnet,
  pool: new AddressPool(subnet),
  byClient: new Map(),
  openOffers: 0,
  bound: 0,
});
