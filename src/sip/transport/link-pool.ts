import { type Aged, AgeList } from '../../core/age-list.js';
import { after, type Instant, seconds } from '../../core/time.js';

/** Share of the places above which connections are closed for others. */
const CROWDED_SHARE = 0.9;
/** Time in which a phone has to register. */
const GRACE = seconds(2);
/** How many connections are looked at when one comes. Those with a registration are not looked at again for long. */
const MOST_LOOKS = 8;

/** A connection in the pool. */
export interface PooledLink<T> extends Aged<T> {
  readonly openedAt: Instant;
  /** Counts the connections of this server. */
  readonly link: number;
}

/**
 * The connections of one listener. If nearly all places are taken, the oldest connection without a registration is
 * closed for the next one. So connections that nobody registers by cannot keep phones out.
 */
export class LinkPool<T extends PooledLink<T>> {
  readonly #places: () => number;
  readonly #carriesRegistration: (link: number) => boolean;
  readonly #onGivesWay: (link: T) => void;
  readonly #links = new AgeList<T>();

  /** `onGivesWay` closes the connection, which then leaves the pool. */
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

  /** The second-chance algorithm: a connection with a registration goes to the end of the list. */
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
