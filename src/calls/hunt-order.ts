// Since when each member of a hunt list has had no call, for lists that ring whoever waits longest.

import type { Instant } from '../core/time.js';

/** Kept of the members of such lists alone. */
export class HuntOrder {
  readonly #lastTalk = new Map<string, Instant>();
  #members: ReadonlySet<string> = new Set();

  /** Takes the members of all lists that ring by idle time; what is known of others is dropped. */
  configure(members: Iterable<string>): void {
    this.#members = new Set(members);
    for (const dn of this.#lastTalk.keys()) if (!this.#members.has(dn)) this.#lastTalk.delete(dn);
  }

  /** A leg of the number, which had talked, has ended. */
  talked(dn: string, now: Instant): void {
    if (this.#members.has(dn)) this.#lastTalk.set(dn, now);
  }

  /** Who has waited longest first; who never talked in front of all, in the order of the list. */
  byIdleTime(members: readonly string[]): readonly string[] {
    const since = (dn: string): number => this.#lastTalk.get(dn) ?? Number.NEGATIVE_INFINITY;
    return members.toSorted((one, other) => {
      const [first, second] = [since(one), since(other)];
      return first === second ? 0 : first - second;
    });
  }
}
