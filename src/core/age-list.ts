// Things in the order of their coming, of which any may leave and the oldest is always at hand, each in constant time. A
// `Set` has that order too, but looking for its first entry passes over all that have left before it.

/** What stands in a list. Written by `AgeList` alone. */
export interface Aged<T> {
  older: T | undefined;
  newer: T | undefined;
}

/** A linked list through the things themselves: each stands in one list at most. */
export class AgeList<T extends Aged<T>> {
  #oldest: T | undefined;
  #newest: T | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get oldest(): T | undefined {
    return this.#oldest;
  }

  /** As the newest. It must stand in no list. */
  add(item: T): void {
    item.older = this.#newest;
    item.newer = undefined;
    if (this.#newest === undefined) this.#oldest = item;
    else this.#newest.newer = item;
    this.#newest = item;
    this.#size += 1;
  }

  /** It must stand in this list. */
  remove(item: T): void {
    const { older, newer } = item;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    item.older = undefined;
    item.newer = undefined;
    this.#size -= 1;
  }
}
