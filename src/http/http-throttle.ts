// What was refused for a limit, told once per source and second, and the count of each source's requests in a second.

import type { Publisher } from '../core/event-bus.js';
import { PerSourceLimit } from '../core/per-source-limit.js';
import type { Clock, Timer } from '../core/time.js';
import type { HttpEvent } from './events.js';

const MAX_EXPELLED = 1_024;

export class HttpThrottle {
  readonly #clock: Clock;
  readonly #limit: PerSourceLimit;
  readonly #expelled = new Set<string>();
  #timer: Timer | undefined;

  constructor(service: 'HTTP' | 'API', clock: Clock, bus: Publisher<HttpEvent>) {
    this.#clock = clock;
    this.#limit = new PerSourceLimit((excess, at) => bus.publish({ type: 'http.throttled', at, service, ...excess }));
  }

  /** Counts a request of `source`; `false`, and told, where there were `perSecond` of them in this second already. */
  admit(source: string, perSecond: number): boolean {
    if (this.#limit.admit(source, perSecond, this.#clock.now())) return true;
    this.add(source, `${perSecond} requests per second`);
    return false;
  }

  /** `source` is `undefined` for a limit on all together. */
  add(source: string | undefined, limit: string): void {
    this.#limit.advance(this.#clock.now());
    this.#limit.exceeded(source, limit);
    const { reportAt } = this.#limit;
    if (reportAt !== undefined) this.#timer ??= this.#clock.callAt(reportAt, () => this.#report());
  }

  /** As `add`; and for the rest of this second nothing of `source` is looked at. */
  expel(source: string, limit: string): void {
    if (this.#expelled.size < MAX_EXPELLED) this.#expelled.add(source);
    this.add(source, limit);
  }

  isExpelled(source: string): boolean {
    return this.#expelled.size > 0 && this.#expelled.has(source);
  }

  close(): void {
    this.#timer?.cancel();
    this.#report();
  }

  #report(): void {
    this.#timer = undefined;
    this.#expelled.clear();
    this.#limit.flush(this.#clock.now());
  }
}
