// The leases of DHCP over all nodes that serve the same subnets: no address is given twice, and each node can extend a lease.
//
// Each address has a home: the node that gave it, or that holds it in reserve. The home alone gives it to another client, and
// alone ends its lease; any node may extend the lease for the same client, and may take it back when the client gives it back.
// So a node that cannot be heard loses nothing: what it gives from its reserve while the bus is gone nobody else gives, and what
// it has leased nobody else frees. What it did not give itself it extends meanwhile no further than what is certain.

import type { Publisher } from '../core/event-bus.js';
import { type Clock, type Duration, type Instant, instant, seconds } from '../core/time.js';
import type { Client, Lease } from '../dhcp/lease.js';
import type { LeaseBook, LeaseWrite, SharedLeases, SharedSubnet } from '../dhcp/shared-leases.js';
import { DelayedCall } from './delayed-call.js';
import type { ClusterEvent } from './events.js';
import { type ChangeKind, type LeaseChange, type LeaseSurroundings, learning, telling } from './lease-decisions.js';
import { LeaseReserves } from './lease-reserves.js';
import { LeaseRights } from './lease-rights.js';
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

/** What the leases need of this node. */
export interface ClusterLeasesDependencies {
  readonly clock: Clock;
  readonly bus: Publisher<ClusterEvent>;
  readonly bucket: Bucket;
  readonly self: { readonly node: string; readonly instance: string };
  /** Whether there is such a node: it is configured, or alive. The addresses of another one are free, or anybody's. */
  exists(node: string): boolean;
  /** Whether another node was heard without a gap for a while, up to now: what it has done was told, since the last break, too. */
  isSteady(node: string): boolean;
  /** The other nodes of the configuration. */
  others(): readonly string[];
  /** Why this node cannot give an address, once; `undefined`: it can. */
  degraded(reason: string | undefined): void;
}

/** The leases of all nodes. */
export class ClusterLeases implements BucketWatcher, SharedLeases {
  readonly #dependencies: ClusterLeasesDependencies;
  readonly #shared: SharedBucket<LeaseValue>;
  readonly #changes = new Map<string, LeaseChange>();
  /** Acknowledgements that wait, by key. */
  readonly #waiters = new Map<string, (write: LeaseWrite) => void>();
  #book: LeaseBook | undefined;
  readonly #reserves: LeaseReserves;
  readonly #rights: LeaseRights;
  /** When the bus was there last. */
  #heardUntil = instant(Number.NEGATIVE_INFINITY);
  readonly #telling: DelayedCall;
  readonly #looking: DelayedCall;

  constructor(dependencies: ClusterLeasesDependencies) {
    this.#dependencies = dependencies;
    const { clock, bus, bucket, self } = dependencies;
    this.#telling = new DelayedCall(clock, TELL_RESERVE_AFTER, () => this.#shared.touch(RESERVE));
    this.#looking = new DelayedCall(clock, HEARD_AFTER, () => this.#takeFromGoneNodes());
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
    this.#reserves = new LeaseReserves({
      self: self.node,
      exists: (node) => dependencies.exists(node),
      told: (key) => this.#told(key)?.value,
      mayClaim: () => this.isReachable,
      touch: (key) => this.#shared.touch(key),
    });
    this.#rights = new LeaseRights({
      self: self.node,
      exists: (node) => dependencies.exists(node),
      isSteady: (node) => dependencies.isSteady(node),
      told: (key) => this.#told(key)?.value,
      leaseAt: (address) => this.#book?.leaseAt(address),
      reserves: this.#reserves,
      bucket: this.#shared,
    });
  }

  /** The addresses that this node holds in reserve, as ranges, by subnet. */
  get reserved(): Readonly<Record<string, readonly string[]>> {
    return this.#reserves.ranges;
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
    this.#shared.begin();
  }

  entry(entry: Entry): void {
    this.#shared.entry(entry);
  }

  whole(): void {
    this.#shared.whole();
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
    this.#telling.cancel();
    this.#looking.cancel();
    this.#shared.close();
    for (const key of [...this.#waiters.keys()]) this.#answer(key, 'unknown');
  }

  /** The nodes may have changed: what one that is no more held is free. */
  nodesChanged(): void {
    this.#shared.configured();
    this.#looking.arm();
  }

  // ── what the DHCP server asks ─────────────────────────────────────────────────────────────────────────────────

  serve(book: LeaseBook): void {
    this.#book = book;
    this.configured();
  }

  configured(): void {
    const book = this.#book;
    if (book === undefined) return;
    this.#reserves.serve(book);
    for (const [, { value }] of this.#shared.entries())
      if (value.kind === 'lease') this.#reserves.place(value, undefined);
    this.#reconcile();
    this.#reserves.fillSoon();
    this.#tellReserveSoon();
  }

  get isReachable(): boolean {
    return this.#rights.isReachable;
  }

  pick({ name }: SharedSubnet, isUsable: (address: number) => boolean): number | undefined {
    const held = this.#shared.isAllowed ? this.#reserves.longestFree(name, isUsable) : undefined;
    if (held !== undefined) return held;
    if (!this.isReachable) {
      const why = this.#shared.isReachable ? lostWithout(this.#shared.missing) : 'the bus is gone';
      if (why !== undefined)
        this.#dependencies.degraded(`${why}, and every address of ${name} that this node held is given`);
      return undefined;
    }
    return this.#reserves.claimLowest(name);
  }

  mayGive(subnet: SharedSubnet, address: number, client: Client): boolean {
    return this.#rights.mayGive(subnet, address, client);
  }

  mayRefuse(subnet: SharedSubnet, address: number): boolean {
    return this.#rights.mayRefuse(subnet, address);
  }

  longest(lease: Lease, now: Instant): Duration | undefined {
    return this.#rights.longest(lease, now);
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
    return readLease(fields, key, now, this.#shared.isReachable ? now : this.#heardUntil);
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
    this.#reserves.place(told, former);
    this.#reserves.fillSoon();
    this.#tellReserveSoon();
    if (this.#book === undefined) return;
    if (this.#changes.has(key)) this.#shared.touch(key);
    else this.#learn(key, either, told, former);
  }

  /** Brings the table to what is told, where this node has nothing newer to tell. */
  #learn(
    key: string,
    { subnet, address }: Pick<ToldLease, 'subnet' | 'address'>,
    told: ToldLease | undefined,
    former: ToldLease | undefined,
  ): void {
    const book = this.#book as LeaseBook;
    const { now } = this.#surroundings;
    const found = learning(book.leaseAt(address), told, former, this.#surroundings);
    if (found?.act === 'learn') book.learn(subnet, found.lease, found.isForeign, now);
    else if (found !== undefined) {
      if (found.lease !== undefined) book.learn(subnet, found.lease, false, now);
      this.#tell(key, found.kind);
    }
  }

  get #surroundings(): LeaseSurroundings {
    const { self, clock, exists } = this.#dependencies;
    return { self: self.node, now: clock.now(), hasForgotten: this.#shared.hasForgotten, exists };
  }

  #tell(key: string, kind: ChangeKind): void {
    this.#changes.set(key, { kind, revision: this.#told(key)?.revision ?? 0 });
    this.#shared.touch(key);
  }

  #whole(): void {
    this.#dependencies.degraded(undefined);
    this.#reconcile();
    this.#reserves.fillSoon();
    this.#looking.arm();
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

  /** The addresses of a node that is no more: the free ones are free for all, of the leases this node is the home. */
  #takeFromGoneNodes(): void {
    if (!this.isReachable) return;
    for (const [key, { value }] of this.#shared.entries()) {
      if (value.kind !== 'lease' || this.#dependencies.exists(value.home)) continue;
      const reserve = this.#reserves.of(value.subnet);
      if (reserve === undefined || this.#changes.has(key)) continue;
      if (value.state === 'free') this.#reserves.giveBack(value.subnet, value.address);
      else this.#tell(key, 'adopted');
    }
  }

  #tellReserveSoon(): void {
    if (this.#shared.isAllowed) this.#telling.arm();
  }

  // ── the next write of a key ───────────────────────────────────────────────────────────────────────────────────

  #next(key: string): NextWrite | undefined {
    if (key === RESERVE) return this.#nextOfReserve();
    const place = leasePlace(key);
    if (place === undefined) return undefined;
    const told = this.#told(key);
    const revision = told?.revision ?? 0;
    const change = this.#changes.get(key);
    if (change !== undefined) {
      const found = telling(change, told, this.#book?.leaseAt(place.address), this.#surroundings);
      if (typeof found === 'object') return this.#write(key, found, revision);
      this.#changes.delete(key);
      if (found === 'taken') {
        this.#book?.revoke(place.address, this.#dependencies.clock.now());
        this.#changes.delete(key); // the other client's lease is no news
      }
      this.#answer(key, found === 'over' ? 'unknown' : found);
      if (this.#book !== undefined) this.#learn(key, place, told?.value, told?.value);
    }
    const share = this.#reserves.next(place.subnet, place.address);
    if (share === 'remove') return { key, value: undefined, revision };
    return share === undefined ? undefined : this.#write(key, share, revision);
  }

  #nextOfReserve(): NextWrite | undefined {
    const { node } = this.#dependencies.self;
    const key = poolsKey(node);
    const told = this.#shared.entryOf(key);
    const value = poolsText({ node, pools: this.reserved });
    if (told?.value.kind === 'reserve' && poolsText(told.value) === value) return undefined;
    return { key, value, revision: told?.revision ?? 0 };
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
    if (place !== undefined && this.#reserves.of(place.subnet)?.subnet.isReserved(place.address) === true) return true;
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
