import { ReportOncePerSecond, TokenBucket } from '../core/rate-limit.js';
import type { Instant } from '../core/time.js';
import type { DhcpLimits } from './settings.js';

/** Links that are counted. Beyond them, the one that had no new client for the longest time starts anew. */
const MAX_LINKS = 1024;

class LinkLimit {
  readonly tokens: TokenBucket;
  readonly reports = new ReportOncePerSecond();

  constructor(perSecond: number) {
    this.tokens = new TokenBucket(perSecond, perSecond);
  }

  /** Takes one; `false` if there is none. A second's worth may be taken at once. */
  take(perSecond: number, now: Instant): boolean {
    this.tokens.setRate(perSecond, perSecond);
    return this.tokens.take(now);
  }
}

/** A new client that was over a limit. */
export interface NewClientRefusal {
  readonly link: string;
  readonly limit: 'newClients' | 'newClientsPerLink';
  /** How many this limit refused since the last report; 0: there was a report within this second already. */
  readonly unreported: number;
}

/**
 * Limits the new clients per second, for each link and in all, so that a flood of made-up hardware addresses cannot
 * empty the pools faster than offers expire.
 */
export class NewClientLimit {
  readonly #links = new Map<string, LinkLimit>();
  #all: LinkLimit | undefined;

  /** Takes one new client; `undefined`: it may come. `link` is the address of the relay, or the interface. */
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
