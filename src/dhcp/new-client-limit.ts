// So many new clients per second, from each link and in all: a flood of made-up hardware addresses must not empty the
// pools faster than offers run out.

import { ReportOncePerSecond, TokenBucket } from '../core/rate-limit.js';
import type { Instant } from '../core/time.js';
import type { DhcpLimits } from './settings.js';

/** Links that are told apart; beyond them the one that had no new client for longest begins anew. */
const MAX_LINKS = 1024;

class LinkLimit {
  readonly tokens: TokenBucket;
  readonly reports = new ReportOncePerSecond();

  constructor(perSecond: number) {
    this.tokens = new TokenBucket(perSecond, perSecond);
  }

  /** Up to one second's worth at once. */
  take(perSecond: number, now: Instant): boolean {
    this.tokens.setRate(perSecond, perSecond);
    return this.tokens.take(now);
  }
}

export interface NewClientRefusal {
  readonly link: string;
  readonly limit: 'newClients' | 'newClientsPerLink';
  /** Refused by this limit since it was last told; 0: told within this second already. */
  readonly unreported: number;
}

export class NewClientLimit {
  readonly #links = new Map<string, LinkLimit>();
  #all: LinkLimit | undefined;

  /** `undefined`: one more may come. `link` is the relay's address or the interface. */
  take(link: string, limits: DhcpLimits, now: Instant): NewClientRefusal | undefined {
    const ofLink = this.#ofLink(link, limits);
    if (!ofLink.take(limits.newClientsPerLink, now))
      return { link, limit: 'newClientsPerLink', unreported: ofLink.reports.add(now) };
    this.#all ??= new LinkLimit(limits.newClients);
    if (this.#all.take(limits.newClients, now)) return undefined;
    ofLink.tokens.giveBack();
    return { link, limit: 'newClients', unreported: this.#all.reports.add(now) };
  }

  #ofLink(link: string, { newClientsPerLink }: DhcpLimits): LinkLimit {
    const limit = this.#links.get(link) ?? new LinkLimit(newClientsPerLink);
    this.#links.delete(link); // so that the map is in order of use
    if (this.#links.size >= MAX_LINKS) this.#links.delete(this.#links.keys().next().value ?? '');
    this.#links.set(link, limit);
    return limit;
  }
}
