// Deadlines for many things of one kind. A deadline that moves later costs one assignment, since a keepalive or an
// acknowledgement moves one and there are many; the heap is put right only when its earlier instant comes. One that is
// cleared leaves at once, so that what has ended is not held until it would have come due.

import { after, type Duration, type Instant, NEVER } from './time.js';

/** `place` of what is in no queue. */
export const NOT_QUEUED = -1;

/**
 * Anything with a deadline. Written by `DeadlineQueue` alone. `NEVER` means: nothing is awaited. It is a number like the others,
 * since V8 keeps in place what is always a number of that kind: where it may be `undefined`, every new deadline is an object
 * on the heap, which the collections of garbage have to move.
 */
export interface Queued {
  dueAt: Instant;
  /** Where in the heap it stands, or `NOWHERE`. */
  heapIndex: number;
}

/**
 * A priority queue of items by deadline: `set` is O(1) for a later deadline, O(log n) otherwise. The heap is two arrays
 * side by side, instants and items, so that an entry costs sixteen octets and no object.
 */
export class DeadlineQueue<T extends Queued> {
  /** Never later than the deadline of the item at the same place. */
  readonly #instants: Instant[] = [];
  readonly #items: T[] = [];

  /** Sets, moves or (with `undefined`) clears the deadline of `item`. */
  set(item: T, at: Instant | undefined): void {
    item.dueAt = at ?? NEVER;
    const { heapIndex } = item;
    if (at === undefined) {
      if (heapIndex !== NOT_QUEUED) this.#remove(heapIndex);
    } else if (heapIndex === NOT_QUEUED) {
      this.#instants.push(at);
      this.#items.push(item);
      this.#siftUp(this.#items.length - 1, at, item);
    } else if (at < (this.#instants[heapIndex] as Instant)) this.#siftUp(heapIndex, at, item);
  }

  /** When to look again; may be earlier than any real deadline, never later. `undefined`: nothing is awaited. */
  next(): Instant | undefined {
    return this.#instants[0];
  }

  /** Hands every item whose deadline has come to `onDue`, which may set a new one. */
  expire(now: Instant, onDue: (item: T) => void): void {
    for (let at = this.#instants[0]; at !== undefined && at <= now; at = this.#instants[0]) {
      const item = this.#items[0] as T;
      if (item.dueAt > now) {
        this.#siftDown(0, item.dueAt, item);
        continue;
      }
      this.#remove(0);
      item.dueAt = NEVER;
      onDue(item);
    }
  }

  /** Moves every deadline; `onItem` is called with each item. Costs as much as there are. */
  postpone(span: Duration, onItem?: (item: T) => void): void {
    for (let place = 0; place < this.#items.length; place += 1) {
      const item = this.#items[place] as T;
      this.#instants[place] = after(this.#instants[place] as Instant, span);
      item.dueAt = after(item.dueAt, span);
      onItem?.(item);
    }
  }

  /** The last one takes its place, and goes up or down from there. */
  #remove(place: number): void {
    const gone = this.#items[place] as T;
    gone.heapIndex = NOT_QUEUED;
    const at = this.#instants.pop() as Instant;
    const last = this.#items.pop() as T;
    if (last === gone) return;
    const above = (place - 1) >> 1;
    if (place > 0 && (this.#instants[above] as Instant) > at) this.#siftUp(place, at, last);
    else this.#siftDown(place, at, last);
  }

  #siftUp(from: number, at: Instant, item: T): void {
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if ((this.#instants[parent] as Instant) <= at) break;
      this.#put(place, this.#instants[parent] as Instant, this.#items[parent] as T);
      place = parent;
    }
    this.#put(place, at, item);
  }

  #siftDown(from: number, at: Instant, item: T): void {
    const instants = this.#instants;
    let place = from;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= instants.length) break;
      if (child + 1 < instants.length && (instants[child + 1] as Instant) < (instants[child] as Instant)) child += 1;
      if ((instants[child] as Instant) >= at) break;
      this.#put(place, instants[child] as Instant, this.#items[child] as T);
      place = child;
    }
    this.#put(place, at, item);
  }

  #put(place: number, at: Instant, item: T): void {
    this.#instants[place] = at;
    this.#items[place] = item;
    item.heapIndex = place;
  }
}
