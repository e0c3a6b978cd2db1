// The connections of one listener. Where nearly all its places are taken, the oldest that carries no registration gives way
// to the next, so that connections which nobody registers by cannot keep a phone from coming.

import { type Aged, AgeList } from '../../core/age-list.js';
import { after, type Instant, seconds } from '../../core/time.js';

/** Of its places: beyond it connections give way. */
const CROWDED_SHARE = 0.9;
/** A phone registers within it. */
const GRACE = seconds(2);
/** Connections that are looked at for one that comes: those that carry a registration are looked at again much later. */
const MOST_LOOKS = 8;

/** A connection as the pool sees it. */
export interface PooledLink<T> extends Aged<T> {
  readonly openedAt: Instant;
  /** Counts the connections of this server. */
  readonly link: number;
}

export class LinkPool<T extends PooledLink<T>> {
  readonly #places: () => number;
  readonly #carriesRegistration: (link: number) => boolean;
  readonly #onGivesWay: (link: T) => void;
  readonly #links = new AgeList<T>();

  /** `onGivesWay` closes the connection, which leaves then. */
  constructor(places: () => number, carriesRegistration: (link: number) => boolean, onGivesWay: (link: T) => void) {
    this.#places = places;
    this.#carriesRegistration = carriesRegistration;
    this.#onGivesWay = onGivesWay;
  }

  enter(link: T, now: Instant): void {
    this.#links.add(link);
    if (this.#links.size > this.#places() * CROWDED_SHARE) this.#makeRoom(now);
  }

  leave(link: T): void {
    this.#links.remove(link);
  }

  /** The second-chance way: whoever has a registration goes to the end of the line. */
  #makeRoom(now: Instant): void {
    for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
      const { oldest } = this.#links;
      if (oldest === undefined) return;
      if (!this.#carriesRegistration(oldest.link)) {
        if (now >= after(oldest.openedAt, GRACE)) this.#onGivesWay(oldest);
        return;
      }
      this.#links.remove(oldest);
      this.#links.add(oldest);
    }
  }
}
