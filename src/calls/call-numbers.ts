// The numbers of calls, legs and streams (`docs/protocols/calls.md` §1.2).

/** Counters are 24 bits wide; the node's number is the octet above. */
const COUNTER = 0xff_ffff;
const PER_SECOND = 64;
const SECONDS_OF_DAY = 86_400;
const THOUSAND = 1000;

/**
 * Gives numbers that a phone which kept a call over a restart does not meet again: counters begin at a value made from the
 * time of day, not at 1. A number in use is skipped.
 */
export class CallNumbers {
  readonly #node: number;
  #leg: number;
  #party: number;
  #call: number;

  /** `node`: this node's number, 1 to 255. `secondOfDay`: seconds since midnight, when the daemon started. */
  constructor(node: number, secondOfDay: number) {
    this.#node = node << 24;
    const second = Math.floor(secondOfDay) % SECONDS_OF_DAY;
    this.#leg = second * PER_SECOND;
    this.#party = second * PER_SECOND;
    this.#call = Math.ceil((second + 1) / THOUSAND) * THOUSAND;
  }

  /** The call identifier (CI) of a leg, an unsigned 32-bit number. `isUsed` tells whether a living leg has it. */
  nextLeg(isUsed: (ci: number) => boolean): number {
    do this.#leg = following(this.#leg);
    while (isUsed((this.#node | this.#leg) >>> 0));
    return (this.#node | this.#leg) >>> 0;
  }

  /** The passThruPartyId of a stream, an unsigned 32-bit number: one for each stream, even of the same leg. */
  nextParty(): number {
    this.#party = following(this.#party);
    return (this.#node | this.#party) >>> 0;
  }

  /** The number of a call within this node. */
  nextCall(): number {
    this.#call += 1;
    return this.#call;
  }
}

/** Wraps within 24 bits and leaves 0 out. */
const following = (counter: number): number => (counter >= COUNTER ? 1 : counter + 1);
