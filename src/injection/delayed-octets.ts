// Octets that leave later. On a connection they keep their order; datagrams overtake each other.

import { after, type Clock, type Duration, type Instant, milliseconds, type Timer } from '../core/time.js';

interface Waiting {
  readonly at: Instant;
  readonly octets: number;
  readonly leave: () => void;
}

/** What waits in all channels together. */
export class WaitingOctets {
  readonly #most: number;
  #octets = 0;

  /** `most`: what waits at most, in octets. */
  constructor(most: number) {
    this.#most = most;
  }

  /** `false`: there is no room for so many more. */
  take(octets: number): boolean {
    if (this.#octets + octets > this.#most) return false;
    this.#octets += octets;
    return true;
  }

  giveBack(octets: number): void {
    this.#octets -= octets;
  }
}

/** Lets octets leave at their time. What finds no room leaves at once. */
export class DelayedOctets {
  readonly #clock: Clock;
  readonly #room: WaitingOctets;
  readonly #isOrdered: boolean;
  readonly #waiting: Waiting[] = [];
  #timer: Timer | undefined;

  constructor(clock: Clock, room: WaitingOctets, isOrdered: boolean) {
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
    if ((delay <= 0 && last === undefined) || !this.#room.take(octets)) {
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
      this.#room.giveBack(octets);
      leave();
    }
  }

  /** Forgets what waits. */
  drop(): void {
    this.#timer?.cancel();
    for (const { octets } of this.#waiting.splice(0)) this.#room.giveBack(octets);
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
      this.#room.giveBack(first.octets);
      first.leave();
    }
    this.#arm();
  }
}
