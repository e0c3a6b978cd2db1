// Which clients were turned away a short while ago. Whoever asks again is somebody: a flood of made-up addresses never
// comes back, so a client that does goes before those that ask for the first time.

import { between, type Instant, seconds } from '../core/time.js';

/** Phones ask again after four seconds, then eight and sixteen (RFC 2131 §4.1). */
const REMEMBERED_FOR = seconds(30);
/** Clients of one such time; a flood of more shortens it. */
const MOST_CLIENTS = 65_536;

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
