// What this node may do with an address now: give it, refuse it, and for how long it may extend a lease.

import { type Duration, type Instant, minutes, seconds } from '../core/time.js';
import type { Client, Lease } from '../dhcp/lease.js';
import type { SharedSubnet } from '../dhcp/shared-leases.js';
import type { LeaseReserves } from './lease-reserves.js';
import { leaseKey, type ToldLease } from './lease-values.js';

/** A lease that is shorter is not worth an acknowledgement: the client would ask again and again. */
const SHORTEST = minutes(1);
/** What a value may have been under way. */
const UNDER_WAY = seconds(5);

/** What the rights follow from. */
export interface LeaseRightsDependencies {
  readonly self: string;
  exists(node: string): boolean;
  isSteady(node: string): boolean;
  told(key: string): ToldLease | undefined;
  leaseAt(address: number): Lease | undefined;
  readonly reserves: Pick<LeaseReserves, 'of'>;
  /** The bucket: whether this node may write, whether it can, and whether it lacks what others remember. */
  readonly bucket: { readonly isAllowed: boolean; readonly isReady: boolean; readonly isNew: boolean };
}

/** The rights of this node. The methods are those of `SharedLeases`. */
export class LeaseRights {
  readonly #dependencies: LeaseRightsDependencies;

  constructor(dependencies: LeaseRightsDependencies) {
    this.#dependencies = dependencies;
  }

  get isReachable(): boolean {
    const { bucket } = this.#dependencies;
    return bucket.isReady && !bucket.isNew;
  }

  mayGive({ name }: SharedSubnet, address: number, client: Client): boolean {
    const { reserves, told: toldOf, leaseAt, bucket, exists, isSteady } = this.#dependencies;
    const reserve = reserves.of(name);
    if (reserve?.subnet.isReserved(address) === true) return true;
    const told = toldOf(leaseKey(name, address));
    if (told === undefined) {
      const lease = leaseAt(address);
      return this.isReachable || (lease?.state === 'bound' && lease.client.key === client.key && !lease.isForeign);
    }
    if (told.state === 'bound' && told.client.key !== client.key) return false;
    if (reserve?.returning.has(address) === true) return false;
    if (this.#isOwn(told)) return bucket.isAllowed;
    // Its home may have ended the lease and given the address while it could not tell.
    return bucket.isReady && (!exists(told.home) || (told.state === 'bound' && isSteady(told.home)));
  }

  mayRefuse({ name }: SharedSubnet, address: number): boolean {
    const { reserves, told: toldOf, bucket, exists, isSteady } = this.#dependencies;
    if (reserves.of(name)?.subnet.isReserved(address) === true) return true;
    const told = toldOf(leaseKey(name, address));
    if (told === undefined) return this.isReachable; // nobody holds it in reserve
    if (this.#isOwn(told)) return bucket.isAllowed;
    if (!this.isReachable || !exists(told.home)) return this.isReachable;
    // What another node holds in reserve it may have given a moment ago, and answers for itself.
    return told.state !== 'free' && isSteady(told.home);
  }

  longest({ subnet, address, until, isForeign }: Lease, now: Instant): Duration | undefined {
    if (this.#dependencies.bucket.isReady || subnet.isReserved(address)) return undefined;
    const told = this.#dependencies.told(leaseKey(subnet.name, address));
    if (told === undefined ? !isForeign : this.#isOwn(told)) return undefined;
    const left = told === undefined ? until - now : told.certain - UNDER_WAY - now;
    return (left < SHORTEST ? 0 : Math.floor(left)) as Duration;
  }

  #isOwn({ home }: ToldLease): boolean {
    return home === this.#dependencies.self;
  }
}
