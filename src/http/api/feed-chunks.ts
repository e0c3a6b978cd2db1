// What clients of the feed are sent at once: events that stand one after the other, made once for all that want the same.

import type { EventRing, FeedEntry } from './event-ring.js';

/** Octets after which a chunk ends. */
const MOST_OCTETS = 128 * 1024;

/** Where a client is in the feed, and what it wants. */
export interface FeedPlace {
  /** The id of the next event that it has not seen. */
  readonly next: number;
  /** The same for clients that want the same. */
  readonly filter: string;
  readonly wants: (entry: FeedEntry) => boolean;
}

/** Some events. `octets`: `undefined` if none of them is wanted. `next`: the id of the event after them. */
export interface FeedChunk {
  readonly octets: Buffer | undefined;
  readonly next: number;
}

/** The chunks of the moment. They are forgotten when an event comes. */
export class FeedChunks {
  readonly #most: number;
  readonly #made = new Map<string, FeedChunk>();

  /** `queue`: the octets that may wait for one client. A chunk leaves room in it, unless it is one event. */
  constructor(queue: number) {
    this.#most = Math.min(MOST_OCTETS, queue / 2);
  }

  /** There is a new event. */
  clear(): void {
    if (this.#made.size > 0) this.#made.clear();
  }

  /** What a client is sent next. */
  of(place: FeedPlace, ring: EventRing): FeedChunk {
    const key = `${place.next} ${place.filter}`;
    const made = this.#made.get(key) ?? this.#make(place, ring);
    this.#made.set(key, made);
    return made;
  }

  #make({ next: first, wants }: FeedPlace, ring: EventRing): FeedChunk {
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
