// Limited reports of what arrives and is no message, or no connection that we accept. The rest is counted.

import type { Publisher } from '../../core/event-bus.js';
import { PerSecondBudget, PerSecondCounts, ReportOncePerSecond } from '../../core/rate-limit.js';
import type { SipEvent, SipLinkRefused, SipMalformed } from '../events.js';

const MOST_OCTETS = 256;

/** Reports connections over a limit: one event a second for each limit, with how many there were. */
export class Refusals {
  readonly #bus: Publisher<SipEvent>;
  readonly #reports: Readonly<Record<SipLinkRefused['limit'], ReportOncePerSecond>> = {
    links: new ReportOncePerSecond(),
    'links-per-source': new ReportOncePerSecond(),
    'handshakes-per-source': new ReportOncePerSecond(),
  };

  constructor(bus: Publisher<SipEvent>) {
    this.#bus = bus;
  }

  report(about: Omit<SipLinkRefused, 'type' | 'count'>): void {
    const count = this.#reports[about.limit].add(about.at);
    if (count === 0) return;
    if (this.#bus.hasListener('sip.link-refused')) this.#bus.publish({ type: 'sip.link-refused', ...about, count });
  }
}

/** The share of a second's reports that one address may use, so that its junk does not hide that of others. */
const SOURCE_SHARE = 0.7;

/** Reports messages that cannot be parsed: so many a second, each with the number of those left out before it. */
export class MalformedReports {
  readonly #bus: Publisher<SipEvent>;
  readonly #budget: PerSecondBudget;
  readonly #mostOfSource: number;
  /** Reported in this second, by address. */
  readonly #bySource = new PerSecondCounts();
  #unsaid = 0;

  constructor(bus: Publisher<SipEvent>, perSecond: number) {
    this.#bus = bus;
    this.#budget = new PerSecondBudget(() => perSecond);
    this.#mostOfSource = Math.ceil(perSecond * SOURCE_SHARE);
  }

  report(about: Omit<SipMalformed, 'type' | 'bytes' | 'unsaid'>, bytes: Buffer): void {
    if (!this.#bus.hasListener('sip.malformed')) return;
    const { address, at } = about;
    if (this.#bySource.count(address, at) >= this.#mostOfSource || !this.#budget.take(at)) {
      this.#unsaid += 1;
      return;
    }
    this.#bySource.add(address, at);
    const unsaid = this.#unsaid;
    this.#unsaid = 0;
    this.#bus.publish({ type: 'sip.malformed', ...about, bytes: bytes.toString('hex', 0, MOST_OCTETS), unsaid });
  }
}
