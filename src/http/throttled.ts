// Counts what was refused for a limit, and tells it once per source and second: a flood must not become one of facts.

import type { Publisher } from '../core/journal.js';
import { type Alarm, after, type Clock, seconds } from '../core/time.js';
import type { HttpEvent } from './events.js';

interface Count {
  readonly limit: string;
  count: number;
}

const TELL_AFTER = seconds(1);
const MAX_SOURCES = 256;

export class Throttled {
  readonly #service: 'HTTP' | 'API';
  readonly #clock: Clock;
  readonly #journal: Publisher<HttpEvent>;
  readonly #counts = new Map<string | undefined, Count>();
  #alarm: Alarm | undefined;

  constructor(service: 'HTTP' | 'API', clock: Clock, journal: Publisher<HttpEvent>) {
    this.#service = service;
    this.#clock = clock;
    this.#journal = journal;
  }

  /** `source` is `undefined` for a limit on all together. More sources than are worth listing count as all. */
  add(source: string | undefined, limit: string): void {
    const key = this.#counts.has(source) || this.#counts.size < MAX_SOURCES ? source : undefined;
    const known = this.#counts.get(key);
    if (known === undefined) this.#counts.set(key, { limit, count: 1 });
    else known.count += 1;
    this.#alarm ??= this.#clock.wake(after(this.#clock.now(), TELL_AFTER), () => this.#tell());
  }

  close(): void {
    this.#alarm?.cancel();
    this.#tell();
  }

  #tell(): void {
    this.#alarm = undefined;
    const at = this.#clock.now();
    for (const [address, { limit, count }] of this.#counts)
      this.#journal.publish({ type: 'http.throttled', at, service: this.#service, address, limit, count });
    this.#counts.clear();
  }
}
