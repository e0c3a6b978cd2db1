// The leases of DHCP over all nodes that serve the same subnets: no address is given twice, and each node can extend a lease.
//
// Each address has a home: the node that gave it, or that holds it in reserve. The home alone gives it to another client, and
// alone ends its lease; any node may extend the lease for the same client, and may take it back when the client gives it back.
// So a node that cannot be heard loses nothing: what it gives from its reserve while the bus is gone nobody else gives, and what
// it has leased nobody else frees. What it did not give itself it extends meanwhile no further than what is certain.

import type { Publisher } from '../core/event-bus.js';
import { after, type Clock, type Duration, type Instant, instant, minutes, seconds, type Timer } from '../core/time.js';
import type { Client, Lease } from '../dhcp/lease.js';
import type { LeaseBook, LeaseWrite, SharedLeases, SharedSubnet } from '../dhcp/shared-leases.js';
import type { ClusterEvent } from './events.js';
import { SubnetReserve } from './lease-reserve.js';
import {
  type LeaseToTell,
  type LeaseValue,
  leaseKey,
  leasePlace,
  leaseText,
  poolsKey,
  poolsText,
  readLease,
  type ToldLease,
} from './lease-values.js';
import type { Mirrored } from './mirror.js';
import type { Bucket, BucketWatcher, Entry } from './ports.js';
import { lostWithout, type NextWrite, SharedBucket } from './shared-bucket.js';

/** After this time every other node that is alive was heard. */
const HEARD_AFTER = seconds(10);
const TELL_RESERVE_AFTER = seconds(1);
/** A lease that is shorter is not worth an acknowledgement: the client would ask again and again. */
const SHORTEST = minutes(1);
/** What a value may have been under way. */
const UNDER_WAY = seconds(5);
/** Later than told by so much is later. */
const A_SECOND = seconds(1);

/** What is to be told of an address: what became of it here, or that this node is the home of a lease whose home is no more. */
type ChangeKind = 'bound' | 'free' | 'declined' | 'adopted';

interface Change {
  readonly kind: ChangeKind;
  /** What was told of the address then. A lease that others have written since is not ended by what was known before. */
  readonly revision: number;
  /** What this node has followed with a write of it. */
  wrote?: number;
}

/** What the leases need of this node. */
export interface ClusterLeasesDependencies {
  readonly clock: Clock;
  readonly bus: Publisher<ClusterEvent>;
  readonly bucket: Bucket;
  readonly self: { readonly node: string; readonly instance: string };
  /** Whether there is such a node: it is configured, or alive. The addresses of another one are free, or anybody's. */
  exists(node: string): boolean;
  /** The other nodes of the configuration. */
  others(): readonly string[];
  /** Why this node cannot give an address, once; `undefined`: it can. */
  degraded(reason: string | undefined): void;
}

/** The leases of all nodes. */
export class ClusterLeases implements BucketWatcher, SharedLeases {
  readonly #dependencies: ClusterLeasesDependencies;
  readonly #shared: SharedBucket<LeaseValue>;
  readonly #changes = new Map<string, Change>();
  /** Acknowledgements that wait, by key. */
  readonly #waiters = new Map<string, (write: LeaseWrite) => void>();
  #book: LeaseBook | undefined;
  #reserves = new Map<string, SubnetReserve>();
  #isReplaying = false;
  /** When the bus was there last. */
  #heardUntil = instant(Number.NEGATIVE_INFINITY);
  #isFilling = false;
  #telling: Timer | undefined;
  #looking: Timer | undefined;

  constructor(dependencies: ClusterLeasesDependencies) {
    this.#dependencies = dependencies;
    const { clock, bus, bucket, self } = dependencies;
    this.#shared = new SharedBucket<LeaseValue>({
      clock,
      bus,
      bucket,
      name: 'leases',
      self,
      others: () => dependencies.others(),
      read: (fields, key, known) => this.#read(fields, key, known),
      textOf: (value) => this.#textOfKept(value),
      changed: (key, now, before) => this.#changed(key, now?.value, before?.value),
      whole: () => this.#whole(),
      next: (subject) => this.#next(subject),
      failed: (subject) => this.#giveUp(subject),
    });
  }

  /** The addresses that this node holds in reserve, as ranges, by subnet. */
  get reserved(): Readonly<Record<string, readonly string[]>> {
    return Object.fromEntries([...this.#reserves].map(([name, { ranges }]) => [name, ranges]));
  }

  /** How many writes wait for the engine or its answer. */
  get waiting(): number {
    return this.#shared.waiting;
  }

  /** The name of this node is its own: from now on it claims and gives addresses. */
  start(): void {
    this.#shared.allow();
  }

  begin(): void {
    this.#isReplaying = true;
    this.#shared.begin();
  }

  entry(entry: Entry): void {
    this.#shared.entry(entry);
  }

  whole(): void {
    this.#shared.whole();
    this.#isReplaying = false;
  }

  /** The bus is gone: what waited for it leaves, if nobody else can give the address. */
  lost(): void {
    if (this.#shared.isReachable) this.#heardUntil = this.#dependencies.clock.now();
    this.#shared.lost();
    for (const key of [...this.#waiters.keys()]) {
      if (this.#isSafe(key)) this.#answer(key, 'written');
      else this.#giveUp(key);
    }
  }

  close(): void {
    this.#telling?.cancel();
    this.#looking?.cancel();
    this.#shared.close();
    for (const key of [...this.#waiters.keys()]) this.#answer(key, 'unknown');
  }

  /** The nodes may have changed: what one that is no more held is free. */
  nodesChanged(): void {
    this.#shared.configured();
    this.#lookSoon();
  }

  // ── what the DHCP server asks ─────────────────────────────────────────────────────────────────────────────────

  serve(book: LeaseBook): void {
    this.#book = book;
    this.configured();
  }

  configured(): void {
    const book = this.#book;
    if (book === undefined) return;
    this.#reserves = new Map();
    for (const subnet of book.subnets) {
      const isTaken = (address: number): boolean =>
        this.#told(leaseKey(subnet.name, address)) !== undefined || !isFree(book.leaseAt(address));
      this.#reserves.set(subnet.name, new SubnetReserve(subnet, isTaken));
    }
    for (const [, { value }] of this.#shared.entries()) if (value.kind === 'lease') this.#place(value, undefined);
    this.#reconcile();
    this.#fillSoon();
    this.#tellReserveSoon();
  }

  get isReachable(): boolean {
    return this.#shared.isReady && !this.#shared.isNew;
  }

  pick({ name }: SharedSubnet, isUsable: (address: number) => boolean): number | undefined {
    const reserve = this.#reserves.get(name);
    const held = reserve === undefined ? undefined : this.#longestFree(reserve, isUsable);
    if (held !== undefined) return held;
    if (!this.isReachable) {
      const why = this.#shared.isReachable ? lostWithout(this.#shared.missing) : 'the bus is gone';
      if (why !== undefined)
        this.#dependencies.degraded(`${why}, and every address of ${name} that this node held is given`);
      return undefined;
    }
    const free = reserve?.lowestFree();
    if (reserve !== undefined && free !== undefined) this.#claim(reserve, free);
    return free;
  }

  mayGive({ name }: SharedSubnet, address: number, client: Client): boolean {
    const reserve = this.#reserves.get(name);
    if (reserve?.subnet.isReserved(address) === true) return true;
    const told = this.#told(leaseKey(name, address))?.value;
    if (told === undefined) {
      const lease = this.#book?.leaseAt(address);
      return this.isReachable || (lease?.state === 'bound' && lease.client.key === client.key && !lease.isForeign);
    }
    if (told.state === 'bound' && told.client.key !== client.key) return false;
    if (reserve?.returning.has(address) === true) return false;
    if (this.#isOwn(told)) return this.#shared.isAllowed;
    return this.#shared.isReady && (told.state === 'bound' || !this.#dependencies.exists(told.home));
  }

  longest({ subnet, address, until, isForeign }: Lease, now: Instant): Duration | undefined {
    if (this.#shared.isReady || subnet.isReserved(address)) return undefined;
    const told = this.#told(leaseKey(subnet.name, address))?.value;
    if (told === undefined ? !isForeign : this.#isOwn(told)) return undefined;
    const left = told === undefined ? until - now : told.certain - UNDER_WAY - now;
    return (left < SHORTEST ? 0 : Math.floor(left)) as Duration;
  }

  changed({ subnet, address, state }: Lease): void {
    if (state === 'offered') return;
    const key = leaseKey(subnet.name, address);
    const told = this.#told(key)?.value;
    // The end of another node's lease, while nobody can be told: what its client does elsewhere meanwhile is not known here.
    if (state !== 'bound' && told !== undefined && !this.#isOwn(told) && !this.#shared.isReady)
      this.#changes.delete(key);
    else this.#tell(key, state);
  }

  settled({ subnet, address }: Lease): LeaseWrite | Promise<LeaseWrite> {
    const key = leaseKey(subnet.name, address);
    if (!this.#changes.has(key) || !this.#shared.isReady) return 'written';
    return new Promise((resolve) => {
      this.#answer(key, 'unknown'); // the same client has asked again
      this.#waiters.set(key, resolve);
    });
  }

  // ── what is told ──────────────────────────────────────────────────────────────────────────────────────────────

  #told(key: string): Mirrored<ToldLease> | undefined {
    const entry = this.#shared.entryOf(key);
    return entry?.value.kind === 'lease' ? (entry as Mirrored<ToldLease>) : undefined;
  }

  #isOwn({ home }: ToldLease): boolean {
    return home === this.#dependencies.self.node;
  }

  #read(fields: Parameters<typeof readLease>[0], key: string, known: LeaseValue | undefined): LeaseValue | undefined {
    if (known !== undefined) return known; // as old as it was
    const now = this.#dependencies.clock.now();
    return readLease(fields, key, now, this.#isReplaying ? this.#heardUntil : now);
  }

  #textOfKept(value: LeaseValue): string {
    if (value.kind === 'reserve') return poolsText(value);
    return leaseText({ ...value, isVague: !this.#isOwn(value) }, this.#dependencies.clock.now());
  }

  #changed(key: string, now: LeaseValue | undefined, before: LeaseValue | undefined): void {
    const told = now?.kind === 'lease' ? now : undefined;
    const former = before?.kind === 'lease' ? before : undefined;
    const either = told ?? former;
    if (either === undefined) return;
    this.#place(told, former);
    this.#fillSoon();
    if (this.#book === undefined) return;
    if (this.#changes.has(key)) this.#shared.touch(key);
    else this.#learn(key, either, told, former);
  }

  /** Counts an address to this node's share of its subnet, or to that of the others. */
  #place(told: ToldLease | undefined, former: ToldLease | undefined): void {
    const { subnet, address } = (told ?? former) as ToldLease;
    const reserve = this.#reserves.get(subnet);
    if (reserve?.isPooled(address) !== true) return;
    const isHeld = told !== undefined && told.state === 'free' && this.#isOwn(told);
    const wasOthers = former !== undefined && !(former.state === 'free' && this.#isOwn(former));
    reserve.others += (told !== undefined && !isHeld ? 1 : 0) - (wasOthers ? 1 : 0);
    reserve.returning.delete(address);
    if (told !== undefined) reserve.claiming.delete(address);
    else reserve.release(address);
    if (isHeld) reserve.held.add(address);
    else reserve.held.delete(address);
    this.#tellReserveSoon();
  }

  /** Brings the table to what is told, where this node has nothing newer to tell. */
  #learn(
    key: string,
    { subnet, address }: Pick<ToldLease, 'subnet' | 'address'>,
    told: ToldLease | undefined,
    former: ToldLease | undefined,
  ): void {
    const book = this.#book as LeaseBook;
    const now = this.#dependencies.clock.now();
    const lease = book.leaseAt(address);
    const held = lease?.state === 'bound' || lease?.state === 'declined' ? lease.state : undefined;
    if (told === undefined) {
      // Somebody has removed the key by hand. Of another node's lease that is its end.
      if (held !== undefined && lease?.isForeign === true && former !== undefined)
        book.learn(subnet, { ...former, state: 'free' }, true, now);
      else if (held !== undefined) this.#tell(key, held);
      return;
    }
    const isForeign = !this.#isOwn(told);
    // An engine had lost it, and another node told what it remembered. What is known here of a lease stands beside that.
    const isUnsure = told.isVague || this.#shared.hasForgotten;
    if (isUnsure && held !== undefined && isNews(lease as Lease, told, isForeign)) {
      this.#tell(key, held);
      return;
    }
    if (told.state === 'free') {
      if (lease?.state === 'bound' && !isForeign && former?.state !== 'bound') this.#tell(key, 'bound');
      else if (held !== undefined || (lease?.state === 'offered' && isForeign))
        book.learn(subnet, told, isForeign, now);
      return;
    }
    const isSame = lease?.state === told.state && lease.client.key === told.client.key;
    if (!isSame) {
      book.learn(subnet, told, isForeign, now);
      return;
    }
    if (told.state === 'bound' && !isForeign && lease.until > told.until + A_SECOND) {
      if (lease.isForeign) book.learn(subnet, { ...told, until: lease.until }, false, now);
      this.#tell(key, 'bound');
      return;
    }
    const isKnown = told.by === this.#dependencies.self.node || Math.abs(lease.until - told.until) <= A_SECOND;
    const until = isKnown ? lease.until : told.until;
    if (until !== lease.until || lease.isForeign !== isForeign) book.learn(subnet, { ...told, until }, isForeign, now);
  }

  #tell(key: string, kind: Exclude<Lease['state'], 'offered'> | 'adopted'): void {
    this.#changes.set(key, { kind, revision: this.#told(key)?.revision ?? 0 });
    this.#shared.touch(key);
  }

  #whole(): void {
    this.#dependencies.degraded(undefined);
    this.#reconcile();
    this.#fillSoon();
    this.#lookSoon();
  }

  /** Compares everything: what was given while the bus was gone is told, and what others tell comes into the table. */
  #reconcile(): void {
    const book = this.#book;
    if (book === undefined || !this.#shared.isWhole) return;
    for (const [key, { value }] of this.#shared.entries())
      if (value.kind === 'lease' && !this.#changes.has(key)) this.#learn(key, value, value, undefined);
    for (const { subnet, address, state } of book.all()) {
      if (state !== 'bound' && state !== 'declined') continue;
      const key = leaseKey(subnet.name, address);
      if (this.#told(key) === undefined && !this.#changes.has(key))
        this.#changes.set(key, { kind: state, revision: 0 });
    }
    for (const key of this.#changes.keys()) this.#shared.touch(key);
  }

  // ── the reserve ───────────────────────────────────────────────────────────────────────────────────────────────

  /** An address of the reserve that nobody had, the lowest; else the one that has been free longest. */
  #longestFree({ held, returning }: SubnetReserve, isUsable: (address: number) => boolean): number | undefined {
    if (!this.#shared.isAllowed) return undefined;
    let best: Lease | undefined;
    for (const address of held) {
      if (returning.has(address) || !isUsable(address)) continue;
      const lease = this.#book?.leaseAt(address);
      if (lease === undefined || lease.client.key === '') return address;
      if (best === undefined || lease.until < best.until) best = lease;
    }
    return best?.address;
  }

  #fillSoon(): void {
    if (this.#isFilling) return;
    this.#isFilling = true;
    queueMicrotask(() => {
      this.#isFilling = false;
      for (const reserve of this.#reserves.values()) this.#fill(reserve);
    });
  }

  #fill(reserve: SubnetReserve): void {
    if (!this.isReachable) return;
    for (const address of reserve.surplus()) if (isFree(this.#book?.leaseAt(address))) this.#giveBack(reserve, address);
    while (reserve.held.size + reserve.claiming.size < reserve.size) {
      const free = reserve.lowestFree();
      if (free === undefined) return;
      this.#claim(reserve, free);
    }
  }

  #claim({ claiming, subnet }: SubnetReserve, address: number): void {
    claiming.add(address);
    this.#shared.touch(leaseKey(subnet.name, address));
  }

  /** From now on this node does not give it; what becomes of it is seen when the engine has answered. */
  #giveBack({ held, returning, subnet }: SubnetReserve, address: number): void {
    held.delete(address);
    returning.add(address);
    this.#shared.touch(leaseKey(subnet.name, address));
  }

  /** The addresses of a node that is no more: the free ones are free for all, of the leases this node is the home. */
  #lookSoon(): void {
    const { clock, exists } = this.#dependencies;
    if (this.#looking !== undefined) return;
    this.#looking = clock.callAt(after(clock.now(), HEARD_AFTER), () => {
      this.#looking = undefined;
      if (!this.isReachable) return;
      for (const [key, { value }] of this.#shared.entries()) {
        if (value.kind !== 'lease' || exists(value.home)) continue;
        const reserve = this.#reserves.get(value.subnet);
        if (reserve === undefined || this.#changes.has(key)) continue;
        if (value.state === 'free') this.#giveBack(reserve, value.address);
        else this.#tell(key, 'adopted');
      }
    });
  }

  #tellReserveSoon(): void {
    if (this.#telling !== undefined || !this.#shared.isAllowed) return;
    const { clock } = this.#dependencies;
    this.#telling = clock.callAt(after(clock.now(), TELL_RESERVE_AFTER), () => {
      this.#telling = undefined;
      this.#shared.touch(RESERVE);
    });
  }

  // ── the next write of a key ───────────────────────────────────────────────────────────────────────────────────

  #next(key: string): NextWrite | undefined {
    if (key === RESERVE) return this.#nextOfReserve();
    const place = leasePlace(key);
    if (place === undefined) return undefined;
    const told = this.#told(key);
    const lease = this.#book?.leaseAt(place.address);
    const change = this.#changes.get(key);
    if (change !== undefined) {
      const write = this.#nextOfChange(change, key, told, lease);
      if (write !== undefined) return write;
      this.#changes.delete(key);
      if (this.#book !== undefined) this.#learn(key, place, told?.value, told?.value);
    }
    const reserve = this.#reserves.get(place.subnet);
    return reserve === undefined ? undefined : this.#nextOfShare(reserve, place.address, key, told, lease);
  }

  #nextOfReserve(): NextWrite | undefined {
    const { node } = this.#dependencies.self;
    const key = poolsKey(node);
    const told = this.#shared.entryOf(key);
    const value = poolsText({ node, pools: this.reserved });
    if (told?.value.kind === 'reserve' && poolsText(told.value) === value) return undefined;
    return { key, value, revision: told?.revision ?? 0 };
  }

  /** Takes an address into the reserve, or gives one back. */
  #nextOfShare(
    reserve: SubnetReserve,
    address: number,
    key: string,
    told: Mirrored<ToldLease> | undefined,
    lease: Lease | undefined,
  ): NextWrite | undefined {
    const { self, exists } = this.#dependencies;
    if (reserve.returning.has(address)) {
      const mayReturn = told?.value.state === 'free' && (this.#isOwn(told.value) || !exists(told.value.home));
      if (mayReturn && isFree(lease)) return { key, value: undefined, revision: told.revision };
      reserve.returning.delete(address);
      if (told !== undefined) this.#place(told.value, told.value);
    }
    if (!reserve.claiming.has(address)) return undefined;
    if (told === undefined && (isFree(lease) || lease?.state === 'offered'))
      return this.#write(key, { ...UNUSED, home: self.node, by: self.node }, 0);
    reserve.claiming.delete(address); // another node was faster
    this.#fillSoon();
    return undefined;
  }

  /** `undefined`: nothing is to be written, the change is told or has lost its meaning. */
  #nextOfChange(
    change: Change,
    key: string,
    told: Mirrored<ToldLease> | undefined,
    lease: Lease | undefined,
  ): NextWrite | undefined {
    const { self, exists } = this.#dependencies;
    const { kind, revision } = change;
    const by = self.node;
    const value = told?.value;
    if (kind === 'adopted')
      return value === undefined || value.state === 'free' || exists(value.home)
        ? undefined
        : this.#write(key, { ...value, home: by, by, isVague: false }, told?.revision ?? 0);
    if (lease === undefined || lease.state !== kind) {
      this.#answer(key, 'unknown'); // the table has gone on
      return undefined;
    }
    const { state, client, granted, until, relay, relayInformation, ended } = lease;
    const facts = { state, client, granted, until, relay, relayInformation, ended, by };
    const isItsOwn = value === undefined || this.#isOwn(value) || !exists(value.home);
    const isSameClient = value !== undefined && value.client.key === client.key;
    const isUnsure = value !== undefined && (value.isVague || this.#shared.hasForgotten);
    if (isUnsure && kind !== 'free' && isNews(lease, value, !this.#isOwn(value))) {
      change.wrote = told?.revision ?? 0;
      const latest = instant(Math.max(until, isSameClient && value.state === kind ? value.until : 0));
      const { home } = value;
      return this.#write(key, { ...facts, until: latest, home, isVague: !this.#isOwn(value) }, change.wrote);
    }
    // Another node has written since this one knew of the end.
    if (kind !== 'bound' && value !== undefined && value.by !== by && told?.revision !== revision) return undefined;
    if (kind === 'free') {
      // It was told for longer than it lasted in the end, and another node may have extended it as far as that.
      if (value !== undefined && ended === 'expired' && value.until > this.#dependencies.clock.now() + A_SECOND)
        return undefined;
      const mayEnd = isSameClient ? isItsOwn || lease.ended !== 'expired' : isItsOwn && value?.state === 'declined';
      return value === undefined || value.state === 'free' || !mayEnd
        ? undefined
        : this.#write(key, { ...facts, home: value.home }, told?.revision ?? 0);
    }
    if (kind === 'declined') {
      const isTold = value?.state === 'declined' || (value !== undefined && !isItsOwn && !isSameClient);
      return isTold ? undefined : this.#write(key, { ...facts, home: value?.home ?? by }, told?.revision ?? 0);
    }
    if (value?.state === 'bound' && isSameClient) {
      if (change.wrote === undefined || change.wrote === told?.revision || value.by !== by || value.certain < until) {
        change.wrote = told?.revision ?? 0;
        // What was told once stays certain: another node may have extended the lease as far as that.
        const latest = instant(Math.max(until, value.until));
        return this.#write(key, { ...facts, until: latest, home: value.home }, change.wrote);
      }
    } else if (isItsOwn || (value?.state !== 'bound' && lease.subnet.isReserved(lease.address))) {
      change.wrote = told?.revision ?? 0;
      return this.#write(key, { ...facts, home: by }, change.wrote);
    } else {
      this.#book?.revoke(lease.address, this.#dependencies.clock.now());
      this.#answer(key, 'taken');
      return undefined;
    }
    this.#answer(key, 'written');
    return undefined;
  }

  #write(key: string, lease: LeaseToTell, revision: number): NextWrite {
    return { key, value: leaseText(lease, this.#dependencies.clock.now()), revision };
  }

  // ── acknowledgements that wait ────────────────────────────────────────────────────────────────────────────────

  #answer(key: string, write: LeaseWrite): void {
    const waiter = this.#waiters.get(key);
    this.#waiters.delete(key);
    waiter?.(write);
  }

  /** Whether nobody else can give the address, whatever became of the write. */
  #isSafe(key: string): boolean {
    const place = leasePlace(key);
    const told = this.#told(key)?.value;
    if (place !== undefined && this.#reserves.get(place.subnet)?.subnet.isReserved(place.address) === true) return true;
    return told !== undefined && this.#isOwn(told);
  }

  /** The client is not told of the lease: the table forgets it. */
  #giveUp(key: string): void {
    const place = leasePlace(key);
    if (place === undefined || this.#book === undefined) return;
    const told = this.#told(key)?.value;
    this.#changes.delete(key);
    const now = this.#dependencies.clock.now();
    if (told === undefined) this.#book.revoke(place.address, now);
    else this.#book.learn(place.subnet, told, !this.#isOwn(told), now);
    this.#answer(key, 'unknown');
  }
}

const RESERVE = 'reserve';

/** An address that a node holds and nobody has had. */
const UNUSED: Omit<LeaseToTell, 'home' | 'by'> = {
  state: 'free',
  client: { key: '', mac: '', htype: 1, clientId: '', hostName: '', vendorClass: '' },
  granted: 0 as Duration,
  until: instant(0),
  relay: 0,
  relayInformation: '',
  ended: undefined,
};

/**
 * Whether the table knows of a lease what another node does not remember: that the address is not free, or for how long. Whose
 * it is only the node knows that gave it.
 */
const isNews = ({ state, client, until }: Lease, told: ToldLease, isForeign: boolean): boolean => {
  if (told.state === 'free') return true;
  if (told.client.key !== client.key) return !isForeign;
  return state === told.state ? state === 'bound' && until > told.until + A_SECOND : !isForeign && state === 'declined';
};

const isFree = (lease: Lease | undefined): boolean => lease === undefined || lease.state === 'free';
