// What was over a bound, told once a second: a fact for each bound, however many there were.

import type { Publisher } from '../../core/event-bus.js';
import { SummaryOncePerSecond } from '../../core/rate-limit.js';
import type { Instant } from '../../core/time.js';
import type { SipEvent, SipLimit } from '../events.js';

export class Excesses {
  readonly #bus: Publisher<SipEvent>;
  /** By bound, with the address that was over it last. */
  readonly #totals = new SummaryOncePerSecond<SipLimit, string>();

  constructor(bus: Publisher<SipEvent>) {
    this.#bus = bus;
  }

  /** One more over `limit`, from or to `address`. */
  count(limit: SipLimit, address: string, now: Instant): void {
    this.#totals.add(limit, address, now);
  }

  nextDeadline(): Instant | undefined {
    return this.#totals.dueAt;
  }

  expire(now: Instant): void {
    const due = this.#totals.dueAt;
    if (due === undefined || due > now) return;
    for (const [limit, { count, detail: address }] of this.#totals.take())
      this.#bus.publish({ type: 'sip.throttled', at: now, limit, count, address });
  }
}
