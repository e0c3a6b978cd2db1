// What was over a bound, told once a second: a fact for each bound, however many there were.

import type { Publisher } from '../../core/event-bus.js';
import { after, type Instant, seconds } from '../../core/time.js';
import type { SipEvent, SipLimit } from '../events.js';

const TOLD_EVERY = seconds(1);

export class Excesses {
  readonly #bus: Publisher<SipEvent>;
  /** Since `#since`, by bound, with the address that was over it last. */
  readonly #counts = new Map<SipLimit, { count: number; address: string }>();
  #since: Instant | undefined;

  constructor(bus: Publisher<SipEvent>) {
    this.#bus = bus;
  }

  /** One more over `limit`, from or to `address`. */
  count(limit: SipLimit, address: string, now: Instant): void {
    const excess = this.#counts.get(limit);
    if (excess === undefined) this.#counts.set(limit, { count: 1, address });
    else {
      excess.count += 1;
      excess.address = address;
    }
    this.#since ??= now;
  }

  nextDeadline(): Instant | undefined {
    return this.#since === undefined ? undefined : after(this.#since, TOLD_EVERY);
  }

  expire(now: Instant): void {
    const due = this.nextDeadline();
    if (due === undefined || due > now) return;
    for (const [limit, excess] of this.#counts) this.#bus.publish({ type: 'sip.throttled', at: now, limit, ...excess });
    this.#counts.clear();
    this.#since = undefined;
  }
}
