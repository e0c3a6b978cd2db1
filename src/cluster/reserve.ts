// The numbers or addresses that a node holds in reserve, so that it can give some while the bus is gone: nobody else gives
// them, whatever happens. How many, and which are the lowest free ones of all.

/** A reserve is a tenth of what is free, within these bounds (`docs/protocols/cluster.md` §4, 4). */
const SHARE = 10;
const MOST_RESERVED = 256;

/** How many of a pool a node holds in reserve. `free`: what nobody has, its reserve included. */
export const reserveSize = (free: number): number =>
  Math.max(1, Math.min(MOST_RESERVED, Math.floor(Math.max(0, free) / SHARE)));

/** Numbers in rising order, each once. */
export class SortedNumbers implements Iterable<number> {
  readonly #numbers: number[] = [];

  get size(): number {
    return this.#numbers.length;
  }

  get lowest(): number | undefined {
    return this.#numbers[0];
  }

  get highest(): number | undefined {
    return this.#numbers.at(-1);
  }

  has(number: number): boolean {
    return this.#numbers[this.#placeOf(number)] === number;
  }

  add(number: number): void {
    const place = this.#placeOf(number);
    if (this.#numbers[place] !== number) this.#numbers.splice(place, 0, number);
  }

  /** `false`: it was not there. */
  delete(number: number): boolean {
    const place = this.#placeOf(number);
    if (this.#numbers[place] !== number) return false;
    this.#numbers.splice(place, 1);
    return true;
  }

  [Symbol.iterator](): IterableIterator<number> {
    return this.#numbers.values();
  }

  /** Where the number is, or would be. */
  #placeOf(number: number): number {
    let low = 0;
    let high = this.#numbers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#numbers[middle] as number) < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** First and last, both included. */
export interface NumberRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Finds the lowest free number of some ranges without a search from their beginning: each number is looked at once, and
 * again when it was released.
 */
export class LowestFree {
  readonly ranges: readonly NumberRange[];
  readonly #isTaken: (number: number) => boolean;
  readonly #released = new SortedNumbers();
  #range = 0;
  #next: number;

  /** `isTaken` answers in constant time. Call `release` for a number that is not taken any more. */
  constructor(ranges: readonly NumberRange[], isTaken: (number: number) => boolean) {
    this.ranges = ranges;
    this.#isTaken = isTaken;
    this.#next = ranges[0]?.first ?? 0;
  }

  /** It stays the lowest until it is taken. `undefined`: all are taken. */
  lowest(): number | undefined {
    for (let lowest = this.#released.lowest; lowest !== undefined; lowest = this.#released.lowest) {
      if (!this.#isTaken(lowest)) return lowest;
      this.#released.delete(lowest);
    }
    for (let range = this.ranges[this.#range]; range !== undefined; range = this.ranges[this.#range]) {
      for (; this.#next <= range.last; this.#next += 1) if (!this.#isTaken(this.#next)) return this.#next;
      this.#range += 1;
      this.#next = this.ranges[this.#range]?.first ?? 0;
    }
    return undefined;
  }

  /** The number may be free again. It may be of no range. */
  release(number: number): void {
    const place = this.ranges.findIndex(({ first, last }) => number >= first && number <= last);
    if (place < 0 || place > this.#range || (place === this.#range && number >= this.#next)) return;
    this.#released.add(number);
  }
}

/** `1000-1009`, `1012`: numbers as ranges, for people. */
export const rangesOf = (numbers: Iterable<number>, textOf: (number: number) => string = String): string[] => {
  const ranges: { first: number; last: number }[] = [];
  for (const number of numbers) {
    const range = ranges.at(-1);
    if (range !== undefined && range.last === number - 1) range.last = number;
    else ranges.push({ first: number, last: number });
  }
  return ranges.map(({ first, last }) => (first === last ? textOf(first) : `${textOf(first)}-${textOf(last)}`));
};
