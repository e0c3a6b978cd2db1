import type { DirectoryNumber } from '../core/identifiers.js';

/**
 * Finds the lowest free directory number of a range without a search through the range for each phone. Every number
 * below a mark was looked at once; those that were freed since lie in a heap, and are looked at again before the mark
 * moves.
 *
 * The heap is one of plain numbers: `DeadlineQueue` orders objects that know their index in it, which numbers cannot.
 */
export class NumberPool {
  readonly first: number;
  readonly last: number;
  readonly #taken: (dn: DirectoryNumber) => boolean;
  /** Where nobody has looked yet. */
  #mark: number;
  /** A heap of numbers below the mark, the lowest on top, each once: free, or taken again since. */
  readonly #freed: number[] = [];
  readonly #known = new Set<number>();

  /** `taken` says in constant time whether a device has the number. Call `release` when a number becomes free. */
  constructor(first: number, last: number, taken: (dn: DirectoryNumber) => boolean) {
    this.first = first;
    this.last = last;
    this.#taken = taken;
    this.#mark = first;
  }

  /** It stays the lowest until somebody takes it. `undefined`: all are taken. O(log n) for each number taken since. */
  lowest(): DirectoryNumber | undefined {
    for (let top = this.#freed[0]; top !== undefined; top = this.#freed[0]) {
      const dn = text(top);
      if (!this.#taken(dn)) return dn;
      this.#pop();
    }
    for (; this.#mark <= this.last; this.#mark += 1) {
      const dn = text(this.#mark);
      if (!this.#taken(dn)) return dn;
    }
    return undefined;
  }

  /** Nobody has this number any more. It may be of any range. */
  release(dn: DirectoryNumber): void {
    const number = Number(dn);
    if (!(number >= this.first && number < this.#mark) || text(number) !== dn || this.#known.has(number)) return;
    this.#push(number);
  }

  #push(number: number): void {
    const heap = this.#freed;
    this.#known.add(number);
    let index = heap.length;
    heap.push(number);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as number;
      if (above <= number) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = number;
  }

  #pop(): void {
    const heap = this.#freed;
    this.#known.delete(heap[0] as number);
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (let child = 1; child < heap.length; child = 2 * index + 1) {
      if (child + 1 < heap.length && (heap[child + 1] as number) < (heap[child] as number)) child += 1;
      const below = heap[child] as number;
      if (below >= last) break;
      heap[index] = below;
      index = child;
    }
    heap[index] = last;
  }
}

const text = (number: number): DirectoryNumber => String(number) as DirectoryNumber;
