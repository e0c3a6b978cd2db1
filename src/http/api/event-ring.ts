/** One event of the feed. */
export interface FeedEntry {
  /** Rises by one for each event. */
  readonly id: number;
  readonly type: string;
  /** Whose it is, in upper case. `undefined`: nobody's, or not known. */
  readonly owner: string | undefined;
  /** The step of a timeline that it belongs to. */
  readonly step: string | undefined;
  /** As it goes out. */
  readonly octets: Buffer;
}

/** How much is kept: entries, and octets of all of them together. The newest entry is kept whatever its size. */
export interface RingLimits {
  readonly events: number;
  readonly octets: number;
}

/** The last events of the feed, by their id. Bounded by number and by octets. */
export class EventRing {
  readonly #limits: RingLimits;
  readonly #entries: (FeedEntry | undefined)[] = [];
  readonly #onEvicted: (entry: FeedEntry) => void;
  #oldest: number;
  #newest: number;
  #octets = 0;

  /** `first`: the id of the first entry that will come. `onEvicted` gets each entry that makes room for a newer one. */
  constructor(first: number, limits: RingLimits, onEvicted: (entry: FeedEntry) => void) {
    this.#limits = limits;
    this.#oldest = first;
    this.#newest = first - 1;
    this.#onEvicted = onEvicted;
  }

  /** The id of the oldest entry; if there is none, that of the next one. */
  get oldest(): number {
    return this.#oldest;
  }

  /** The id of the newest entry; if there is none, the one before the first. */
  get newest(): number {
    return this.#newest;
  }

  /** The entry of an id. `undefined`: it has gone, or has not come. */
  at(id: number): FeedEntry | undefined {
    return id < this.#oldest || id > this.#newest ? undefined : this.#entries[id % this.#limits.events];
  }

  /** Adds an entry with the id after the newest one. */
  push(entry: FeedEntry): void {
    const { events, octets } = this.#limits;
    this.#octets += entry.octets.length;
    while (this.#oldest <= this.#newest && (this.#newest - this.#oldest + 1 >= events || this.#octets > octets))
      this.#evict();
    this.#newest = entry.id;
    this.#entries[entry.id % events] = entry;
  }

  #evict(): void {
    const place = this.#oldest % this.#limits.events;
    const entry = this.#entries[place];
    this.#entries[place] = undefined;
    this.#oldest += 1;
    if (entry === undefined) return;
    this.#octets -= entry.octets.length;
    this.#onEvicted(entry);
  }
}
