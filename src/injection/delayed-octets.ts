// Octets that leave later. On a connection they keep their order; datagrams overtake each other.

import { after, type Clock, type Duration, type Instant, milliseconds, type Timer } from '../core/time.js';
import type { FaultPlace } from './settings.js';

interface Waiting {
  readonly at: Instant;
  readonly octets: number;
  readonly leave: () => void;
}

/** Room for what waits in one place. */
export interface WaitingRoom {
  /** `false`: there is no room for so many octets more. */
  take(octets: number): boolean;
  giveBack(octets: number): void;
}

/** What waits in all channels together, and how much of it in each place. */
export class WaitingOctets {
  readonly #most: number;
  readonly #onNone: (place: FaultPlace) => void;
  readonly #byPlace = new Map<FaultPlace, number>();
  #octets = 0;

  /** `most`: what waits at most, in octets. `onNone`: nothing waits in a place any more. */
  constructor(most: number, onNone: (place: FaultPlace) => void) {
    this.#most = most;
    this.#onNone = onNone;
  }

  /** Whether anything waits in a place. */
  has(place: FaultPlace): boolean {
    return (this.#byPlace.get(place) ?? 0) > 0;
  }

  /** The room of a place: what it takes counts there and in all. */
  at(place: FaultPlace): WaitingRoom {
    const add = (octets: number): number => {
      const left = (this.#byPlace.get(place) ?? 0) + octets;
      this.#byPlace.set(place, left);
      this.#octets += octets;
      return left;
    };
    return {
      take: (octets) => {
        if (this.#octets + octets > this.#most) return false;
        add(octets);
        return true;
      },
      giveBack: (octets) => {
        if (add(-octets) === 0 && octets > 0) this.#onNone(place);
      },
    };
  }
}

/** What waits counts, also where it has no octets, such as the end of a connection. */
const countOf = (octets: number): number => Math.max(1, octets);

/** Lets octets leave at their time. What finds no room leaves at once. */
export class DelayedOctets {
  readonly #clock: Clock;
  readonly #room: WaitingRoom;
  readonly #isOrdered: boolean;
  readonly #waiting: Waiting[] = [];
  #timer: Timer | undefined;

  constructor(clock: Clock, room: WaitingRoom, isOrdered: boolean) {
    this.#clock = clock;
    this.#room = room;
    this.#isOrdered = isOrdered;
  }

  /** Whether nothing waits. */
  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Calls `leave` after so long; with order, not before what waits already. */
  add(delay: number, octets: number, leave: () => void): void {
    const wanted = after(this.#clock.now(), milliseconds(Math.max(0, delay)) as Duration);
    const last = this.#isOrdered ? this.#waiting.at(-1)?.at : undefined;
    const at = last !== undefined && last > wanted ? last : wanted;
    if ((delay <= 0 && last === undefined) || !this.#room.take(countOf(octets))) {
      if (this.#isOrdered) this.flush();
      leave();
      return;
    }
    const place = this.#waiting.findLastIndex((other) => other.at <= at) + 1;
    this.#waiting.splice(place, 0, { at, octets, leave });
    if (place === 0) this.#arm();
  }

  /** Everything that waits leaves now. */
  flush(): void {
    this.#timer?.cancel();
    for (const { octets, leave } of this.#waiting.splice(0)) {
      this.#room.giveBack(countOf(octets));
      leave();
    }
  }

  /** Forgets what waits. */
  drop(): void {
    this.#timer?.cancel();
    for (const { octets } of this.#waiting.splice(0)) this.#room.giveBack(countOf(octets));
  }

  #arm(): void {
    this.#timer?.cancel();
    const [first] = this.#waiting;
    if (first !== undefined) this.#timer = this.#clock.callAt(first.at, () => this.#ring());
  }

  #ring(): void {
    const now = this.#clock.now();
    for (;;) {
      const [first] = this.#waiting;
      if (first === undefined || first.at > now) break;
      this.#waiting.shift();
      this.#room.giveBack(countOf(first.octets));
      first.leave();
    }
    this.#arm();
  }
}
