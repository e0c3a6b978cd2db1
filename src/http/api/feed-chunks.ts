// What clients of the feed are sent at once: events that stand one after the other, made once for all that want the same.

import type { EventRing, FeedEntry } from './event-ring.js';
import { type FeedFilter, filterOf } from './feed-filter.js';

/** Octets after which a chunk ends. */
const MOST_OCTETS = 128 * 1024;

/** How much is kept of what was made, in octets and in chunks of all audiences together. The oldest chunk goes first. */
export const KEPT_CHUNKS = { octets: 2 * 1024 * 1024, chunks: 256 } as const;

/** Some events. `octets`: `undefined` if none of them is wanted. `next`: the id of the event after them. */
export interface FeedChunk {
  readonly octets: Buffer | undefined;
  readonly next: number;
}

/** The clients that want the same. */
export class FeedAudience {
  readonly wants: (entry: FeedEntry) => boolean;
  clients = 0;
  /** By the id of the first event that they stand for. */
  readonly chunks = new Map<number, FeedChunk>();

  constructor(
    readonly key: string,
    filter: FeedFilter,
  ) {
    this.wants = filterOf(filter);
  }
}

/** Where a chunk is kept. */
interface Place {
  readonly audience: FeedAudience;
  readonly first: number;
}

/**
 * The chunks of the moment, by who wants them. They are forgotten when an event comes, and with the last client but one that
 * wants them: a chunk is kept for the others alone. What is kept is bounded; what is not kept is made again.
 */
export class FeedChunks {
  readonly #most: number;
  readonly #audiences = new Map<string, FeedAudience>();
  /** What is kept, in the order in which it was made. */
  readonly #places = new Set<Place>();
  #octets = 0;

  /** `queue`: the octets that may wait for one client. A chunk leaves room in it, unless it is one event. */
  constructor(queue: number) {
    this.#most = Math.min(MOST_OCTETS, queue / 2);
  }

  /** What is kept now. */
  get kept(): { readonly octets: number; readonly chunks: number; readonly audiences: number } {
    return { octets: this.#octets, chunks: this.#places.size, audiences: this.#audiences.size };
  }

  /** A client comes. It leaves the same audience when it goes. */
  join(filter: FeedFilter): FeedAudience {
    const key = JSON.stringify(filter);
    const audience = this.#audiences.get(key) ?? new FeedAudience(key, filter);
    audience.clients += 1;
    this.#audiences.set(key, audience);
    return audience;
  }

  /** A client goes. */
  leave(audience: FeedAudience): void {
    audience.clients -= 1;
    if (audience.clients === 0) this.#audiences.delete(audience.key);
    if (audience.clients > 1) return;
    for (const place of this.#places) if (place.audience === audience) this.#forget(place);
  }

  /** There is a new event. */
  clear(): void {
    for (const place of this.#places) this.#forget(place);
  }

  /** What a client is sent that has not seen the event `first`. */
  of(audience: FeedAudience, first: number, ring: EventRing): FeedChunk {
    const known = audience.chunks.get(first);
    if (known !== undefined) return known;
    const made = this.#make(audience, first, ring);
    if (audience.clients > 1) this.#keep({ audience, first }, made);
    return made;
  }

  #keep(place: Place, chunk: FeedChunk): void {
    place.audience.chunks.set(place.first, chunk);
    this.#places.add(place);
    this.#octets += chunk.octets?.length ?? 0;
    for (const oldest of this.#places) {
      if (this.#octets <= KEPT_CHUNKS.octets && this.#places.size <= KEPT_CHUNKS.chunks) return;
      this.#forget(oldest);
    }
  }

  #forget(place: Place): void {
    const { audience, first } = place;
    this.#octets -= audience.chunks.get(first)?.octets?.length ?? 0;
    audience.chunks.delete(first);
    this.#places.delete(place);
  }

  #make({ wants }: FeedAudience, first: number, ring: EventRing): FeedChunk {
    const found: Buffer[] = [];
    let octets = 0;
    let next = first;
    for (; next <= ring.newest && octets < this.#most; next += 1) {
      const entry = ring.at(next);
      if (entry === undefined || !wants(entry)) continue;
      found.push(entry.octets);
      octets += entry.octets.length;
    }
    return { octets: found.length > 1 ? Buffer.concat(found, octets) : found[0], next };
  }
}
