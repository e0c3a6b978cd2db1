// The lease book: every address that was ever given, who has it and until when. It knows nothing of messages, and which
// address a client gets is decided in `address-choice.ts`. Each answer costs constant time, or O(log n) where a deadline moves nearer.

import { DeadlineQueue } from '../core/deadline-queue.js';
import type { HasDeadlines } from '../core/deadline-timer.js';
import { after, type Duration, type Instant } from '../core/time.js';
import { AddressChooser, type Choice, NO_PROBER, type Prober, type Wish } from './address-choice.js';
import { type Client, type Lease, type LeaseEnd, NOBODY, newLease, type WrittenLease } from './lease.js';
import type { DhcpSettings } from './settings.js';
import { Subnet } from './subnet.js';
import { SubnetLeases } from './subnet-leases.js';
import { isSettled, type KnownClients, NO_DEVICES, UnknownClients } from './unknown-clients.js';

/** What hears of changes that outlive the process, and of leases that run out by themselves. */
export interface LeaseListener {
  /** Bound, extended, given back, declined or fit for use again. */
  changed(lease: Lease, now: Instant): void;
  /** Ran out: `was` is what it had been until now, for `client`. */
  ranOut(lease: Lease, was: 'bound' | 'declined', client: Client, now: Instant): void;
  /** `client` did not take the offer of `since`, and has it no more. */
  lapsed(address: number, client: Client, since: Instant, now: Instant): void;
}

/** The relay that passed a message on, and its option 82 in hexadecimal. */
export interface RelayTrail {
  readonly address: number;
  readonly information: string;
}

export class LeaseTable implements HasDeadlines {
  readonly #keeper: LeaseListener;
  readonly #unknown: UnknownClients;
  readonly #chooser: AddressChooser;
  readonly #byAddress = new Map<number, Lease>();
  readonly #deadlines = new DeadlineQueue<Lease>();
  #subnets: readonly Subnet[] = [];
  #pages = new Map<Subnet, SubnetLeases>();
  #settings: DhcpSettings;

  constructor(
    settings: DhcpSettings,
    keeper: LeaseListener,
    prober: Prober = NO_PROBER,
    known: KnownClients = NO_DEVICES,
  ) {
    this.#settings = settings;
    this.#keeper = keeper;
    this.#unknown = new UnknownClients(known);
    this.#chooser = new AddressChooser(
      {
        at: (address) => this.#byAddress.get(address),
        record: (address, subnet) => this.#record(address, subnet),
        lapse: (offer, now) => this.#lapse(offer, now),
        wake: (resting) => {
          this.#deadlines.set(resting, undefined);
          this.#free(resting);
        },
        putToRest: (lease, now) => {
          this.#page(lease.subnet).disown(lease);
          lease.client = NOBODY;
          this.decline(lease, now);
        },
      },
      prober,
      this.#unknown,
    );
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
    const { bound, offered } = this.#page(subnet);
    return { size: subnet.size, bound, offered };
  }

  /** How many of the subnet's addresses are leased, on offer or at rest. */
  taken(subnet: Subnet): number {
    return this.#page(subnet).taken;
  }

  /** Whether an unknown client may have one address more. */
  hasRoom(subnet: Subnet): boolean {
    return this.#unknown.haveRoom(this.#page(subnet));
  }

  /** What an unknown client's lease is cut to; `undefined`: it is as long as any. */
  cutFor(subnet: Subnet, client: string, now: Instant): Duration | undefined {
    return this.#unknown.cut(this.#page(subnet), client, now);
  }

  /** Other subnets from now on. Leases stay where a subnet still holds their address. */
  configure(settings: DhcpSettings): void {
    this.#settings = settings;
    this.#subnets = settings.subnets.map((one) => new Subnet(one));
    this.#pages = new Map(this.#subnets.map((subnet) => [subnet, new SubnetLeases(subnet)]));
    for (const lease of [...this.#byAddress.values()]) {
      const page = this.#pageAt(lease.address);
      if (page === undefined || (lease.state === 'free' && !page.subnet.isOurs(lease.address))) this.#forget(lease);
      else this.#enter(lease, page);
    }
  }

  /**
   * Brings back what was written down, over what was before. What has run out meanwhile is free, its client remembered.
   * `false`: no configured subnet has a host of that address, and nothing is remembered.
   */
  restore(written: WrittenLease, now: Instant): boolean {
    const page = this.#pageAt(written.address);
    if (page?.subnet.hasHost(written.address) !== true) return false;
    const before = this.#byAddress.get(written.address);
    const lease = before ?? newLease(written.address, page.subnet);
    if (before === undefined) this.#byAddress.set(lease.address, lease);
    else {
      page.leave(lease);
      page.disown(lease);
    }
    lease.state = written.until <= now ? 'free' : written.state;
    lease.ended = written.state === 'bound' && lease.state === 'free' ? 'expired' : written.ended;
    // Whoever declined an address is not to be given it before others.
    const known = written.state !== 'declined';
    lease.client = known || lease.state === 'declined' ? written.client : NOBODY;
    lease.since = written.since;
    lease.until = written.until;
    lease.granted = written.granted;
    lease.relay = written.relay;
    lease.relayInformation = written.relayInformation;
    lease.known = known;
    lease.first = false;
    this.#enter(lease, page);
    this.#deadlines.set(lease, lease.state === 'free' ? undefined : lease.until);
    return true;
  }

  /** Holds an address for the client: RFC 2131 §4.3.1. An address that it has bound already stays bound. */
  offer(subnet: Subnet, client: Client, wish: Wish, granted: Duration, now: Instant): Choice {
    const page = this.#page(subnet);
    const choice = this.#chooser.choose(page, client, wish, this.#settings.limits, now);
    const { lease } = choice;
    if (lease === undefined) return choice;
    lease.granted = granted;
    if (lease.state === 'bound') return choice;
    const known = lease.state === 'free' ? lease.client.key === client.key : lease.known;
    if (lease.state !== 'offered' || lease.client.key !== client.key) {
      this.#take(page, lease, client, 'offered', !wish.isDevice && wish.reserved === undefined);
      lease.since = now;
    }
    lease.known = known;
    lease.client = client;
    lease.until = after(now, this.#settings.offerTime);
    this.#deadlines.set(lease, lease.until);
    return choice;
  }

  /** Leases the address to the client that it was offered to, or extends its lease. */
  bind(lease: Lease, client: Client, granted: Duration, relay: RelayTrail | undefined, now: Instant): void {
    const page = this.#page(lease.subnet);
    if (lease.state !== 'bound') {
      const isOffered = lease.state === 'offered' && lease.client.key === client.key;
      const isUnknown = isOffered ? lease.unknown : this.#unknown.includes(lease.subnet, client);
      this.#take(page, lease, client, 'bound', isUnknown);
      lease.since = now;
    } else if (lease.first && isSettled(lease, now)) {
      page.leave(lease);
      lease.first = false;
      page.enter(lease);
    }
    lease.client = client;
    lease.known = true;
    lease.ended = undefined;
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

  /** The client has it no more; it is remembered as its last address. */
  release(lease: Lease, now: Instant, ended: LeaseEnd = 'released'): void {
    this.#deadlines.set(lease, undefined);
    lease.until = now;
    lease.ended = ended;
    this.#free(lease);
    this.#keeper.changed(lease, now);
  }

  /** The address is in use by a stranger: it rests. */
  decline(lease: Lease, now: Instant): void {
    const page = this.#page(lease.subnet);
    page.leave(lease);
    page.disown(lease);
    lease.state = 'declined';
    page.enter(lease);
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
      if (state === 'offered') this.#lapse(lease, now);
      else {
        lease.ended = state === 'bound' ? 'expired' : undefined;
        this.#free(lease);
        this.#keeper.ranOut(lease, state, client, now);
      }
    });
  }

  // ── keeping ───────────────────────────────────────────────────────────────────────────────────────────────────

  #page(subnet: Subnet): SubnetLeases {
    const page = this.#pages.get(subnet);
    if (page === undefined) throw new Error(`the subnet ${subnet.name} is not of this configuration`);
    return page;
  }

  #pageAt(address: number): SubnetLeases | undefined {
    for (const page of this.#pages.values()) if (page.subnet.contains(address)) return page;
    return undefined;
  }

  /** The record of an address that has none. It is of no list until it is taken. */
  #record(address: number, subnet: Subnet): Lease {
    const lease = newLease(address, subnet);
    this.#byAddress.set(address, lease);
    this.#page(subnet).enter(lease);
    return lease;
  }

  /** Puts a lease that is there already into the lists of a page. */
  #enter(lease: Lease, page: SubnetLeases): void {
    lease.subnet = page.subnet;
    lease.former = undefined;
    lease.queue = undefined;
    lease.unknown =
      lease.state !== 'free' &&
      page.subnet.isPooled(lease.address) &&
      this.#unknown.includes(page.subnet, lease.client);
    if (lease.known && (lease.state !== 'free' || !page.byClient.has(lease.client.key)))
      page.byClient.set(lease.client.key, lease);
    page.enter(lease);
  }

  #forget(lease: Lease): void {
    this.#byAddress.delete(lease.address);
    this.#deadlines.set(lease, undefined);
  }

  /** From whatever it was to the client's. */
  #take(page: SubnetLeases, lease: Lease, client: Client, state: 'offered' | 'bound', isUnknown: boolean): void {
    page.leave(lease);
    if (lease.client.key !== client.key) {
      page.disown(lease);
      lease.relay = 0;
      lease.relayInformation = '';
      lease.ended = undefined;
    }
    const before = page.byClient.get(client.key);
    if (before !== undefined && before !== lease) {
      lease.former = before.state === 'offered' ? before.former : before;
      this.withdraw(before);
    }
    lease.client = client;
    lease.state = state;
    lease.unknown = isUnknown && page.subnet.isPooled(lease.address);
    lease.first = state === 'bound' && lease.unknown;
    page.byClient.set(client.key, lease);
    page.enter(lease);
  }

  /** Its client has not taken the offer. */
  #lapse(lease: Lease, now: Instant): void {
    const { address, client, since } = lease;
    this.withdraw(lease);
    this.#keeper.lapsed(address, client, since, now);
  }

  #free(lease: Lease): void {
    const page = this.#page(lease.subnet);
    page.leave(lease);
    const { former } = lease;
    lease.former = undefined;
    // An offer that was not taken leaves its client with what it has.
    if (former?.state === 'bound' && former.client.key === lease.client.key)
      page.byClient.set(former.client.key, former);
    if (!lease.known) {
      page.disown(lease);
      lease.client = NOBODY;
    }
    lease.state = 'free';
    lease.unknown = false;
    lease.first = false;
    page.enter(lease);
  }
}
