import type { Publisher } from '../core/event-bus.js';
import { PerSourceLimit } from '../core/per-source-limit.js';
import type { Clock, Timer } from '../core/time.js';
import type { HttpEvent, HttpService } from './events.js';

const MAX_EXPELLED = 1_024;

/**
 * Counts the requests of each source in the current second and reports what was refused over a limit: one
 * `http.throttled` event per source and second.
 */
export class HttpThrottle {
  readonly #clock: Clock;
  readonly #limit: PerSourceLimit;
  readonly #expelled = new Set<string>();
  #timer: Timer | undefined;

  constructor(service: HttpService, clock: Clock, bus: Publisher<HttpEvent>) {
    this.#clock = clock;
    this.#limit = new PerSourceLimit((excess, at) => bus.publish({ type: 'http.throttled', at, service, ...excess }));
  }

  /** Counts a request of `source`. Returns `false`, and reports it, where it is over `perSecond` in this second. */
  admit(source: string, perSecond: number): boolean {
    if (this.#limit.admit(source, perSecond, this.#clock.now())) return true;
    this.add(source, `${perSecond} requests per second`);
    return false;
  }

  /** Notes a refusal for the next report. `source` is `undefined` for a limit on all sources together. */
  add(source: string | undefined, limit: string): void {
    this.#limit.advance(this.#clock.now());
    this.#limit.exceeded(source, limit);
    const { reportAt } = this.#limit;
    if (reportAt !== undefined) this.#timer ??= this.#clock.callAt(reportAt, () => this.#report());
  }

  /** Notes a refusal, and refuses everything from `source` for the rest of this second. */
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
