// CUCM's own throttle: a phone that sends more than so many messages in so long is unregistered (`sccp.md` §1.1 rule 8).
// Two counters instead of a list of instants: this window and the one before it, the older weighed by what of it remains.

import { after, type Instant, instant } from '../core/time.js';
import type { SccpSettings } from './settings.js';

export class Throttle {
  #start: Instant = instant(0);
  #count = 0;
  #previous = 0;

  /** Counts `messages` more and says whether that is too many. */
  exceeds(messages: number, { messages: allowed, within }: SccpSettings['throttle'], now: Instant): boolean {
    if (now >= this.#start + within) {
      const next = after(this.#start, within);
      this.#previous = now < next + within ? this.#count : 0;
      this.#start = this.#previous > 0 ? next : now;
      this.#count = 0;
    }
    this.#count += messages;
    const remains = 1 - (now - this.#start) / within;
    return this.#count + this.#previous * remains > allowed;
  }
}
