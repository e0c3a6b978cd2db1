/** The fields that `AgeList` needs. Only `AgeList` writes them. */
export interface Aged<T> {
  older: T | undefined;
  newer: T | undefined;
}

/**
 * A linked list of items by age, through two fields of the items themselves, so that each is in one list at most. The
 * oldest item is known, and any item can be removed, in constant time.
 *
 * @hot A `Set` keeps the order too, but to find its first entry it passes over all entries that were deleted before.
 */
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

  /** Adds an item as the newest. It must be in no list. */
  add(item: T): void {
    item.older = this.#newest;
    item.newer = undefined;
    if (this.#newest === undefined) this.#oldest = item;
    else this.#newest.newer = item;
    this.#newest = item;
    this.#size += 1;
  }

  /** Removes an item, which must be in this list. */
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
