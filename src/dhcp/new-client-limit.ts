// So many new clients per second, from each link and in all: a flood of made-up hardware addresses must not empty the
// pools faster than offers run out.

import type { Instant } from '../core/time.js';
import type { DhcpLimits } from './settings.js';

/** Links that are told apart; beyond them the one that had no new client for longest begins anew. */
const MAX_LINKS = 1024;

class Bucket {
  #tokens: number;
  #at: Instant;
  /** In the present second of refusal. */
  refused = 0;
  toldAt: Instant | undefined;

  constructor(capacity: number, now: Instant) {
    this.#tokens = capacity;
    this.#at = now;
  }

  /** Fills at `perSecond` up to one second's worth. */
  take(perSecond: number, now: Instant): boolean {
    if (now > this.#at) this.#tokens = Math.min(perSecond, this.#tokens + ((now - this.#at) * perSecond) / 1000);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  giveBack(): void {
    this.#tokens += 1;
  }
}

export interface Refusal {
  readonly link: string;
  readonly limit: 'newClients' | 'newClientsPerLink';
  /** Refused by this limit since it was last told; 0: told within this second already. */
  readonly untold: number;
}

export class NewClientLimit {
  readonly #links = new Map<string, Bucket>();
  #all: Bucket | undefined;

  /** `undefined`: one more may come. `link` is the relay's address or the interface. */
  refuses(link: string, limits: DhcpLimits, now: Instant): Refusal | undefined {
    const bucket = this.#bucketOf(link, limits, now);
    if (!bucket.take(limits.newClientsPerLink, now)) return this.#refusal(bucket, link, 'newClientsPerLink', now);
    this.#all ??= new Bucket(limits.newClients, now);
    if (this.#all.take(limits.newClients, now)) return undefined;
    bucket.giveBack();
    return this.#refusal(this.#all, link, 'newClients', now);
  }

  #bucketOf(link: string, { newClientsPerLink }: DhcpLimits, now: Instant): Bucket {
    const bucket = this.#links.get(link) ?? new Bucket(newClientsPerLink, now);
    this.#links.delete(link); // so that the map is in order of use
    if (this.#links.size >= MAX_LINKS) this.#links.delete(this.#links.keys().next().value ?? '');
    this.#links.set(link, bucket);
    return bucket;
  }

  #refusal(bucket: Bucket, link: string, limit: Refusal['limit'], now: Instant): Refusal {
    bucket.refused += 1;
    if (bucket.toldAt !== undefined && now < bucket.toldAt + 1000) return { link, limit, untold: 0 };
    bucket.toldAt = now;
    const untold = bucket.refused;
    bucket.refused = 0;
    return { link, limit, untold };
  }
}
