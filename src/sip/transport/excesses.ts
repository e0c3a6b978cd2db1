import type { Publisher } from '../../core/event-bus.js';
import { SummaryOncePerSecond } from '../../core/rate-limit.js';
import type { Instant } from '../../core/time.js';
import type { SipEvent, SipLimit } from '../events.js';

/** Counts what was over a limit, and publishes one event for each limit a second after the first. */
export class Excesses {
  readonly #bus: Publisher<SipEvent>;
  /** By limit, with the address that exceeded it last. */
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
