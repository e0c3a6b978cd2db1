import { between, type Instant, seconds } from '../core/time.js';

/** Phones ask again after four, eight and sixteen seconds (RFC 2131 §4.1). */
const REMEMBERED_FOR = seconds(30);
/** The most clients in one such time; with more, it is shorter. */
const MOST_CLIENTS = 65_536;

/**
 * Remembers which clients were turned away a short while ago. The clients of a flood are made up and do not come back,
 * so a client that asks again goes before those that ask for the first time (`src/README.md` decision 27).
 */
export class TurnedAway {
  #recent = new Set<string>();
  #older = new Set<string>();
  #since: Instant | undefined;

  add(client: string, now: Instant): void {
    this.#turn(now);
    this.#recent.add(client);
  }

  has(client: string, now: Instant): boolean {
    this.#turn(now);
    return this.#recent.has(client) || this.#older.has(client);
  }

  #turn(now: Instant): void {
    this.#since ??= now;
    const age = between(this.#since, now);
    if (age < REMEMBERED_FOR && this.#recent.size < MOST_CLIENTS) return;
    this.#older = age < 2 * REMEMBERED_FOR ? this.#recent : new Set();
    this.#recent = new Set();
    this.#since = now;
  }
}
