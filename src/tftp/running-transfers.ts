import { after, type Instant, milliseconds } from '../core/time.js';
import type { ReadRequest } from './read-request.js';

/** The least time that a client has for its first acknowledgement: many round trips in any lab. */
const LEAST_PATIENCE = milliseconds(250);

/**
 * The requests that are being served, in all and by source, the oldest first.
 *
 * A sender of forged source addresses would fill all places with transfers that nobody acknowledges. So when every
 * place is taken, the oldest transfer without an acknowledgement gives up its place to the next client.
 */
export class RunningTransfers {
  /** In order of arrival, those that were not found to be acknowledged yet. */
  readonly #unproven = new Set<ReadRequest>();
  readonly #bySource = new Map<string, Set<ReadRequest>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  countOf(address: string): number {
    return this.#bySource.get(address)?.size ?? 0;
  }

  add(request: ReadRequest): void {
    const { address } = request.client;
    const ofSource = this.#bySource.get(address);
    if (ofSource === undefined) this.#bySource.set(address, new Set([request]));
    else ofSource.add(request);
    this.#unproven.add(request);
    this.#size += 1;
  }

  remove(request: ReadRequest): void {
    const { address } = request.client;
    const ofSource = this.#bySource.get(address);
    ofSource?.delete(request);
    if (ofSource?.size === 0) this.#bySource.delete(address);
    this.#unproven.delete(request);
    this.#size -= 1;
  }

  /**
   * The oldest transfer that has had `LEAST_PATIENCE` and no acknowledgement: of the source `address`, or of all
   * sources. `undefined`: there is none. Amortised constant time over all sources; for one source it looks at most at
   * those that it may have running.
   */
  oldestUnproven(address: string | undefined, now: Instant): ReadRequest | undefined {
    const candidates = address === undefined ? this.#unproven : (this.#bySource.get(address) ?? []);
    for (const request of candidates) {
      if (request.isProven) this.#unproven.delete(request);
      else return after(request.begunAt, LEAST_PATIENCE) <= now ? request : undefined;
    }
    return undefined;
  }
}
