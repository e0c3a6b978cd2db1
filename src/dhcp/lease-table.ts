import { DeadlineQueue } from '../core/deadline-queue.js';
import type { HasDeadlines } from '../core/deadline-timer.js';
import { after, type Duration, type Instant } from '../core/time.js';
import { AddressChooser, type AddressRequest, type Choice, NO_PROBER, type Prober } from './address-choice.js';
import { type Client, type Lease, type LeaseEnd, NO_CLIENT, newLease, type WrittenLease } from './lease.js';
import { type PoolOccupancy, poolOccupancy } from './pool-occupancy.js';
import { ServedSubnet } from './served-subnet.js';
import type { DhcpSettings } from './settings.js';
import type { LeaseBook, SharedLease, SharedLeases } from './shared-leases.js';
import { SubnetLeases } from './subnet-leases.js';
import { isSettled, type KnownClients, NO_DEVICES, UnknownClients } from './unknown-clients.js';

/** Is called for changes that must be written down, and for leases and offers that expire. */
export interface LeaseListener {
  /** The lease was bound, extended, released or declined. */
  onChanged(lease: Lease, now: Instant): void;
  /** The lease or quarantine expired; `was` and `client` are its state and client before. */
  onExpired(lease: Lease, was: 'bound' | 'declined', client: Client, now: Instant): void;
  /** `client` did not take the offer that was made at `since`; it has ended. */
  onLapsed(address: number, client: Client, since: Instant, now: Instant): void;
}

/** The relay that forwarded a message, and its option 82 in hexadecimal. */
export interface RelayInformation {
  readonly address: number;
  readonly information: string;
}

/**
 * Every address that was ever given: its client and its end. Knows nothing of messages; which address a client gets is
 * decided in `address-choice.ts`. Each method costs constant time per lease, or O(log n) if a deadline comes nearer.
 */
export class LeaseTable implements HasDeadlines, LeaseBook {
  readonly #listener: LeaseListener;
  readonly #unknown: UnknownClients;
  readonly #chooser: AddressChooser;
  readonly #byAddress = new Map<number, Lease>();
  readonly #deadlines = new DeadlineQueue<Lease>();
  #subnets: readonly ServedSubnet[] = [];
  #bySubnet = new Map<ServedSubnet, SubnetLeases>();
  #settings: DhcpSettings;

  constructor(
    settings: DhcpSettings,
    listener: LeaseListener,
    prober: Prober = NO_PROBER,
    known: KnownClients = NO_DEVICES,
    shared?: SharedLeases,
  ) {
    this.#settings = settings;
    this.#listener = listener;
    this.#unknown = new UnknownClients(known);
    this.#chooser = new AddressChooser(
      {
        leaseAt: (address) => this.#byAddress.get(address),
        create: (address, subnet) => this.#create(address, subnet),
        lapse: (offer, now) => this.#lapse(offer, now),
        endQuarantine: (resting) => {
          this.#deadlines.set(resting, undefined);
          this.#free(resting);
        },
        quarantine: (lease, now) => {
          this.#leasesOf(lease.subnet).unlinkClient(lease);
          lease.client = NO_CLIENT;
          this.decline(lease, now);
        },
      },
      prober,
      this.#unknown,
      shared,
    );
    this.configure(settings);
  }

  /** In order of configuration. */
  get subnets(): readonly ServedSubnet[] {
    return this.#subnets;
  }

  /** The leases in every state, offers included. */
  all(): IterableIterator<Lease> {
    return this.#byAddress.values();
  }

  get size(): number {
    return this.#byAddress.size;
  }

  /** The lease of an address. */
  leaseAt(address: number): Lease | undefined {
    return this.#byAddress.get(address);
  }

  /** The lease of a client, by its key, in a subnet; or its last one if no other client has that now. */
  leaseOf(subnet: ServedSubnet, client: string): Lease | undefined {
    return this.#leasesOf(subnet).byClient.get(client);
  }

  occupancy(subnet: ServedSubnet): { readonly size: number; readonly bound: number; readonly offered: number } {
    const { bound, offered } = this.#leasesOf(subnet);
    return { size: subnet.size, bound, offered };
  }

  /** The pools of a subnet, and what has become of their addresses. Looks at each lease. */
  pool(subnet: ServedSubnet): PoolOccupancy {
    return poolOccupancy(subnet, this.#byAddress.values());
  }

  /** How many of the subnet's addresses are leased, offered or in quarantine. */
  taken(subnet: ServedSubnet): number {
    return this.#leasesOf(subnet).taken;
  }

  /** Whether unknown clients may have one more address. */
  hasRoom(subnet: ServedSubnet): boolean {
    return this.#unknown.hasRoom(this.#leasesOf(subnet));
  }

  /** The longest lease that an unknown client may have; `undefined`: as long as others. */
  timeLimitFor(subnet: ServedSubnet, client: string, now: Instant): Duration | undefined {
    return this.#unknown.timeLimit(this.#leasesOf(subnet), client, now);
  }

  /** Takes other settings. Leases stay if a subnet still contains their address. */
  configure(settings: DhcpSettings): void {
    this.#settings = settings;
    this.#subnets = settings.subnets.map((one) => new ServedSubnet(one));
    this.#bySubnet = new Map(this.#subnets.map((subnet) => [subnet, new SubnetLeases(subnet)]));
    for (const lease of [...this.#byAddress.values()]) {
      const leases = this.#leasesAround(lease.address);
      if (leases === undefined || (lease.state === 'free' && !leases.subnet.isOurs(lease.address))) this.#delete(lease);
      else this.#insert(lease, leases);
    }
  }

  /**
   * Restores a lease that was written down, over the one that there is. If it has expired meanwhile, it is free and its
   * client remembered. `false`: no configured subnet has such a host, and nothing is restored.
   */
  restore(written: WrittenLease, now: Instant): boolean {
    const state = written.until <= now ? 'free' : written.state;
    const lease = this.#restore(written, state);
    if (lease === undefined) return false;
    this.#deadlines.set(lease, state === 'free' || lease.isForeign ? undefined : lease.until);
    return true;
  }

  learn(subnet: string, told: SharedLease, isForeign: boolean, now: Instant): void {
    if (this.#leasesAround(told.address)?.subnet.name !== subnet) return;
    const before = this.#byAddress.get(told.address);
    const since = before?.client.key === told.client.key ? before.since : now;
    const lease = this.#restore({ ...told, since, isForeign: isForeign && told.state !== 'free' }, told.state);
    if (lease === undefined) return;
    // Of a lease that another server gave this one never knows the end.
    this.#deadlines.set(lease, isForeign || told.state === 'free' ? undefined : lease.until);
  }

  revoke(address: number, now: Instant): void {
    const lease = this.#byAddress.get(address);
    if (lease?.state === 'bound') this.release(lease, now, 'expired');
  }

  /** Puts a lease as it was written down over the one that there is. `undefined`: no configured subnet has such a host. */
  #restore(written: WrittenLease, state: WrittenLease['state']): Lease | undefined {
    const leases = this.#leasesAround(written.address);
    if (leases?.subnet.hasHost(written.address) !== true) return undefined;
    const before = this.#byAddress.get(written.address);
    const lease = before ?? newLease(written.address, leases.subnet);
    if (before === undefined) this.#byAddress.set(lease.address, lease);
    else {
      leases.remove(lease);
      leases.unlinkClient(lease);
    }
    lease.state = state;
    lease.ended = written.state === 'bound' && lease.state === 'free' ? 'expired' : written.ended;
    // The client that declined an address shall not get it before others.
    const known = written.state !== 'declined';
    lease.client = known || lease.state === 'declined' ? written.client : NO_CLIENT;
    lease.since = written.since;
    lease.until = written.until;
    lease.granted = written.granted;
    lease.relay = written.relay;
    lease.relayInformation = written.relayInformation;
    lease.wasBound = known;
    lease.isFirstTerm = false;
    lease.isForeign = state !== 'free' && written.isForeign;
    this.#insert(lease, leases);
    return lease;
  }

  /**
   * Chooses an address for the client and holds it (RFC 2131 §4.3.1). One that the client has bound already stays
   * bound.
   */
  offer(subnet: ServedSubnet, client: Client, request: AddressRequest, granted: Duration, now: Instant): Choice {
    const leases = this.#leasesOf(subnet);
    const choice = this.#chooser.choose(leases, client, request, this.#settings.limits, now);
    const { lease } = choice;
    if (lease === undefined) return choice;
    lease.granted = granted;
    if (lease.state === 'bound') return choice;
    const known = lease.state === 'free' ? lease.client.key === client.key : lease.wasBound;
    if (lease.state !== 'offered' || lease.client.key !== client.key) {
      this.#take(lease, client, 'offered', !request.isDevice && request.reserved === undefined);
      lease.since = now;
    }
    lease.wasBound = known;
    lease.client = client;
    lease.until = after(now, this.#settings.offerTime);
    this.#deadlines.set(lease, lease.until);
    return choice;
  }

  /**
   * Leases the address to the client, or extends its lease. Ends the lease of the address that the client had before.
   */
  bind(lease: Lease, client: Client, granted: Duration, relay: RelayInformation | undefined, now: Instant): void {
    const leases = this.#leasesOf(lease.subnet);
    if (lease.state !== 'bound') {
      const isOffered = lease.state === 'offered' && lease.client.key === client.key;
      const isUnknown = isOffered ? lease.isUnknownClients : this.#unknown.includes(lease.subnet, client);
      this.#take(lease, client, 'bound', isUnknown);
      lease.since = now;
    } else if (lease.isFirstTerm && isSettled(lease, now)) {
      leases.remove(lease);
      lease.isFirstTerm = false;
      leases.add(lease);
    }
    lease.client = client;
    lease.wasBound = true;
    lease.ended = undefined;
    lease.granted = granted;
    lease.until = after(now, granted);
    if (relay !== undefined) {
      lease.relay = relay.address;
      lease.relayInformation = relay.information;
    }
    this.#deadlines.set(lease, lease.isForeign ? undefined : lease.until);
    this.#listener.onChanged(lease, now);
    const { former } = lease;
    lease.former = undefined;
    if (former?.state === 'bound' && former.client.key === client.key) this.release(former, now);
  }

  /**
   * A free address for a client that says that it has it, for when the lease file was lost. `undefined`: it is not
   * free, or not ours.
   */
  claim(subnet: ServedSubnet, address: number, reserved: number | undefined): Lease | undefined {
    if (address !== reserved && !subnet.isPooled(address)) return undefined;
    const lease = this.#byAddress.get(address);
    if (lease === undefined) return this.#create(address, subnet);
    return lease.state === 'free' ? lease : undefined;
  }

  /** Ends an offer that the client does not want. A lease that is not an offer stays. */
  withdraw(lease: Lease): void {
    if (lease.state !== 'offered') return;
    this.#deadlines.set(lease, undefined);
    this.#free(lease);
  }

  /** Ends a lease. It is remembered as the client's last address. */
  release(lease: Lease, now: Instant, ended: LeaseEnd = 'released'): void {
    lease.isForeign = false;
    this.#deadlines.set(lease, undefined);
    lease.until = now;
    lease.ended = ended;
    this.#free(lease);
    this.#listener.onChanged(lease, now);
  }

  /** Puts an address into quarantine, since another host uses it. */
  decline(lease: Lease, now: Instant): void {
    const leases = this.#leasesOf(lease.subnet);
    leases.remove(lease);
    leases.unlinkClient(lease);
    lease.state = 'declined';
    leases.add(lease);
    lease.wasBound = false;
    lease.isForeign = false;
    lease.since = now;
    lease.until = after(now, this.#settings.quarantine);
    this.#deadlines.set(lease, lease.until);
    this.#listener.onChanged(lease, now);
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
        this.#listener.onExpired(lease, state, client, now);
      }
    });
  }

  #leasesOf(subnet: ServedSubnet): SubnetLeases {
    const leases = this.#bySubnet.get(subnet);
    if (leases === undefined) throw new Error(`the subnet ${subnet.name} is not of this configuration`);
    return leases;
  }

  #leasesAround(address: number): SubnetLeases | undefined {
    for (const leases of this.#bySubnet.values()) if (leases.subnet.contains(address)) return leases;
    return undefined;
  }

  /** Makes the record of an address that has none yet. */
  #create(address: number, subnet: ServedSubnet): Lease {
    const lease = newLease(address, subnet);
    this.#byAddress.set(address, lease);
    this.#leasesOf(subnet).add(lease);
    return lease;
  }

  /** Puts an existing lease into the lists of a subnet. */
  #insert(lease: Lease, leases: SubnetLeases): void {
    const { subnet } = leases;
    const isTaken = lease.state !== 'free' && subnet.isPooled(lease.address);
    leases.adopt(lease, isTaken && this.#unknown.includes(subnet, lease.client));
  }

  #delete(lease: Lease): void {
    this.#byAddress.delete(lease.address);
    this.#deadlines.set(lease, undefined);
  }

  /** Gives the lease to the client, whatever it was before. */
  #take(lease: Lease, client: Client, state: 'offered' | 'bound', isUnknown: boolean): void {
    const withdrawn = this.#leasesOf(lease.subnet).take(lease, client, state, isUnknown);
    if (withdrawn !== undefined) this.#deadlines.set(withdrawn, undefined);
  }

  /** Ends an offer that its client has not taken. */
  #lapse(lease: Lease, now: Instant): void {
    const { address, client, since } = lease;
    this.withdraw(lease);
    this.#listener.onLapsed(address, client, since, now);
  }

  #free(lease: Lease): void {
    this.#leasesOf(lease.subnet).free(lease);
  }
}
