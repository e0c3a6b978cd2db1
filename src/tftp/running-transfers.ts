// The requests that are being served, by source and in all, the oldest first. Whoever forges sources fills these places with
// transfers that nobody acknowledges: such a place is given on to the next client when all are taken.

import { after, type Instant, milliseconds } from '../core/time.js';
import type { ReadRequest } from './read-request.js';

/** What a client has at least for its first acknowledgement, many round trips of any lab. */
const LEAST_PATIENCE = milliseconds(250);

export class RunningTransfers {
  /** Those not known to be acknowledged, in order of arrival. */
  readonly #unproven = new Set<ReadRequest>();
  readonly #bySource = new Map<string, Set<ReadRequest>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  of(address: string): number {
    return this.#bySource.get(address)?.size ?? 0;
  }

  add(serving: ReadRequest): void {
    const { address } = serving.client;
    const ofSource = this.#bySource.get(address);
    if (ofSource === undefined) this.#bySource.set(address, new Set([serving]));
    else ofSource.add(serving);
    this.#unproven.add(serving);
    this.#size += 1;
  }

  remove(serving: ReadRequest): void {
    const { address } = serving.client;
    const ofSource = this.#bySource.get(address);
    ofSource?.delete(serving);
    if (ofSource?.size === 0) this.#bySource.delete(address);
    this.#unproven.delete(serving);
    this.#size -= 1;
  }

  /**
   * The oldest that nobody has acknowledged in due time, of one source or of all. `undefined`: each is acknowledged or
   * young. Amortised constant time over all; of one source it looks at no more than may run of it.
   */
  oldestUnproven(address: string | undefined, now: Instant): ReadRequest | undefined {
    const candidates = address === undefined ? this.#unproven : (this.#bySource.get(address) ?? []);
    for (const serving of candidates) {
      if (serving.isProven) this.#unproven.delete(serving);
      else return after(serving.begunAt, LEAST_PATIENCE) <= now ? serving : undefined;
    }
    return undefined;
  }
}
