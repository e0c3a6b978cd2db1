// The shares of this node in all subnets: what it holds in reserve, takes and gives back.

import { type Duration, instant } from '../core/time.js';
import type { Lease } from '../dhcp/lease.js';
import type { LeaseBook } from '../dhcp/shared-leases.js';
import { SubnetReserve } from './lease-reserve.js';
import { type LeaseToTell, leaseKey, type ToldLease } from './lease-values.js';

/** What the shares need of the leases. */
export interface LeaseReservesDependencies {
  readonly self: string;
  exists(node: string): boolean;
  told(key: string): ToldLease | undefined;
  /** Whether more can be taken now. */
  mayClaim(): boolean;
  /** Something is to be written about a key. */
  touch(key: string): void;
}

/** What is written of a share: that an address is this node's, or nobody's. `undefined`: nothing. */
export type ShareWrite = LeaseToTell | 'remove' | undefined;

/** The shares, by subnet. */
export class LeaseReserves {
  readonly #dependencies: LeaseReservesDependencies;
  #book: LeaseBook | undefined;
  #reserves = new Map<string, SubnetReserve>();
  #isFilling = false;

  constructor(dependencies: LeaseReservesDependencies) {
    this.#dependencies = dependencies;
  }

  of(subnet: string): SubnetReserve | undefined {
    return this.#reserves.get(subnet);
  }

  /** What is held, as ranges, by subnet. */
  get ranges(): Readonly<Record<string, readonly string[]>> {
    return Object.fromEntries([...this.#reserves].map(([name, { ranges }]) => [name, ranges]));
  }

  /** Begins anew, with the subnets of the table. Call `place` for everything that is told. */
  serve(book: LeaseBook): void {
    const { told } = this.#dependencies;
    this.#book = book;
    this.#reserves = new Map(
      book.subnets.map((subnet) => {
        const isTaken = (address: number): boolean =>
          told(leaseKey(subnet.name, address)) !== undefined || !isFree(book.leaseAt(address));
        return [subnet.name, new SubnetReserve(subnet, isTaken)];
      }),
    );
  }

  /** Counts an address to this node's share of its subnet, or to that of the others. */
  place(told: ToldLease | undefined, former: ToldLease | undefined): void {
    const { self } = this.#dependencies;
    const { subnet, address } = (told ?? former) as ToldLease;
    const reserve = this.#reserves.get(subnet);
    if (reserve?.isPooled(address) !== true) return;
    const isHeld = told !== undefined && told.state === 'free' && told.home === self;
    const wasOthers = former !== undefined && !(former.state === 'free' && former.home === self);
    reserve.others += (told !== undefined && !isHeld ? 1 : 0) - (wasOthers ? 1 : 0);
    reserve.returning.delete(address);
    if (told !== undefined) reserve.claiming.delete(address);
    else reserve.release(address);
    if (isHeld) reserve.held.add(address);
    else reserve.held.delete(address);
  }

  /** An address of the reserve that nobody had, the lowest; else the one that has been free longest. */
  longestFree(subnet: string, isUsable: (address: number) => boolean): number | undefined {
    const reserve = this.#reserves.get(subnet);
    let best: Lease | undefined;
    for (const address of reserve?.held ?? []) {
      if (!isUsable(address)) continue;
      const lease = this.#book?.leaseAt(address);
      if (lease === undefined || lease.client.key === '') return address;
      if (best === undefined || lease.until < best.until) best = lease;
    }
    return best?.address;
  }

  /** The lowest address that nobody holds; this node takes it. */
  claimLowest(subnet: string): number | undefined {
    const reserve = this.#reserves.get(subnet);
    const free = reserve?.lowestFree();
    if (reserve === undefined || free === undefined) return undefined;
    reserve.claiming.add(free);
    this.#dependencies.touch(leaseKey(subnet, free));
    return free;
  }

  /** From now on this node does not give it; what becomes of it is seen when the engine has answered. */
  giveBack(subnet: string, address: number): void {
    const reserve = this.#reserves.get(subnet);
    reserve?.held.delete(address);
    reserve?.returning.add(address);
    this.#dependencies.touch(leaseKey(subnet, address));
  }

  /** Brings every share to its size, after this turn. */
  fillSoon(): void {
    if (this.#isFilling) return;
    this.#isFilling = true;
    queueMicrotask(() => {
      this.#isFilling = false;
      if (this.#dependencies.mayClaim()) for (const [name, reserve] of this.#reserves) this.#fill(name, reserve);
    });
  }

  #fill(subnet: string, reserve: SubnetReserve): void {
    for (const address of reserve.surplus()) if (isFree(this.#book?.leaseAt(address))) this.giveBack(subnet, address);
    while (reserve.held.size + reserve.claiming.size < reserve.size) if (this.claimLowest(subnet) === undefined) return;
  }

  /** What is to be written so that an address comes into the share, or out of it. */
  next(subnet: string, address: number): ShareWrite {
    const { self, exists } = this.#dependencies;
    const reserve = this.#reserves.get(subnet);
    if (reserve === undefined) return undefined;
    const told = this.#dependencies.told(leaseKey(subnet, address));
    const lease = this.#book?.leaseAt(address);
    if (reserve.returning.has(address)) {
      const mayReturn = told?.state === 'free' && (told.home === self || !exists(told.home));
      if (mayReturn && isFree(lease)) return 'remove';
      reserve.returning.delete(address);
      if (told !== undefined) this.place(told, told);
    }
    if (!reserve.claiming.has(address)) return undefined;
    if (told === undefined && (isFree(lease) || lease?.state === 'offered')) return { ...UNUSED, home: self, by: self };
    reserve.claiming.delete(address); // another node was faster
    this.fillSoon();
    return undefined;
  }
}

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

const isFree = (lease: Lease | undefined): boolean => lease === undefined || lease.state === 'free';
