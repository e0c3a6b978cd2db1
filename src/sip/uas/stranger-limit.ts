// Calls of addresses that nobody knows. Over a connection each is refused; over UDP only a few in a second are, and the rest
// gets no answer, so that a flood costs and tells as little as it can (`docs/protocols/calls.md` §6, §8.3).

import { PerSourceLimit } from '../../core/per-source-limit.js';
import type { Instant } from '../../core/time.js';
import type { Flow } from '../transport/flow.js';

/** Refusals of one address in a second. */
const MOST = 5;

/** Says which of them are answered, and which are counted and dropped. */
export class StrangerLimit {
  readonly #limit = new PerSourceLimit(() => {}); // its excesses are counted elsewhere
  readonly #onExcess: (address: string, now: Instant) => void;

  constructor(onExcess: (address: string, now: Instant) => void) {
    this.#onExcess = onExcess;
  }

  admit({ transport, remote: { address } }: Flow, now: Instant): boolean {
    if (transport !== 'udp' || this.#limit.admit(address, MOST, now)) return true;
    this.#onExcess(address, now);
    return false;
  }
}
