// What one device may begin in a second, and how often it is told that it may not (`docs/protocols/calls.md` §8.3). Nothing
// is kept of a device for more than a second.

import type { Publisher } from '../core/event-bus.js';
import type { DeviceName } from '../core/identifiers.js';
import { PerSecondCounts, SummaryOncePerSecond } from '../core/rate-limit.js';
import type { Instant } from '../core/time.js';
import type { CallDenial, CallDenied } from './events.js';

/** A device's last denial. */
type Denial = Pick<CallDenied, 'dn' | 'reason'>;

export class CallDenials {
  readonly #bus: Publisher<CallDenied>;
  readonly #begun = new PerSecondCounts();
  readonly #published = new PerSecondCounts();
  readonly #unpublished = new SummaryOncePerSecond<DeviceName, Denial>();

  constructor(bus: Publisher<CallDenied>) {
    this.#bus = bus;
  }

  /** Counts a call that `device` begins. `false`: it has begun `most` in this second. */
  mayBegin(device: DeviceName, most: number, now: Instant): boolean {
    if (this.#begun.count(device, now) >= most) return false;
    this.#begun.add(device, now);
    return true;
  }

  /** Publishes that a call was denied, or counts it where this second has told one of the device's. */
  add(device: DeviceName, dn: string, reason: CallDenial, now: Instant): void {
    if (!this.#bus.hasListener('call.denied')) return;
    if (this.#unpublished.has(device) || this.#published.count(device, now) > 0)
      this.#unpublished.add(device, { dn, reason }, now);
    else this.#publish(device, { dn, reason }, 1, now);
  }

  nextDeadline(): Instant | undefined {
    return this.#unpublished.dueAt;
  }

  expire(now: Instant): void {
    const due = this.#unpublished.dueAt;
    if (due === undefined || due > now) return;
    for (const [device, { count, detail }] of this.#unpublished.take()) this.#publish(device, detail, count, now);
  }

  #publish(device: DeviceName, { dn, reason }: Denial, count: number, at: Instant): void {
    this.#published.add(device, at);
    this.#bus.publish({ type: 'call.denied', at, device, dn, reason, count });
  }
}
