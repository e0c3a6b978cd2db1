import { after, type Duration, type Instant, NEVER } from './time.js';

/** The `heapIndex` of an item that is in no queue. */
export const NOT_QUEUED = -1;

/**
 * The base of anything with a deadline. Both fields are written by `DeadlineQueue` alone. What exists ten
 * thousand times (registrations, bindings, leases, subscriptions) is an object literal with these two fields instead.
 */
export class Queued {
  /**
   * `NEVER` if nothing is awaited. That is a number like the others, not `undefined`: V8 then changes the number in
   * place instead of making a heap object for each new deadline.
   */
  dueAt = NEVER;
  /** Its position in the heap, or `NOT_QUEUED`. */
  heapIndex = NOT_QUEUED;
}

/**
 * A priority queue of many items of one kind by deadline. `set` is O(log n), but a deadline that moves later costs one
 * assignment, since each keepalive and each acknowledgement moves one: the heap is put right only when the earlier
 * instant comes. A deadline that is cleared leaves the heap at once, so that an item that has ended is not kept in
 * memory.
 *
 * @hot The heap is two arrays side by side, instants and items, so that an entry costs sixteen octets and no object.
 * Held against the plain way by `test/core/deadline-queue.test.ts`.
 */
export class DeadlineQueue<T extends Queued> {
  /** Never later than the deadline of the item at the same index. */
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

  /**
   * When to call `expire`: maybe earlier than the first real deadline, never later. `undefined`: no deadline is set.
   */
  next(): Instant | undefined {
    return this.#instants[0];
  }

  /** Calls `onDue` with every item whose deadline has come, in their order. `onDue` may set a new deadline. */
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

  /** Moves every deadline by `span`, and calls `onItem` with each item. O(n). */
  postpone(span: Duration, onItem?: (item: T) => void): void {
    for (let index = 0; index < this.#items.length; index += 1) {
      const item = this.#items[index] as T;
      this.#instants[index] = after(this.#instants[index] as Instant, span);
      item.dueAt = after(item.dueAt, span);
      onItem?.(item);
    }
  }

  /** The last item takes its index, and goes up or down from there. */
  #remove(index: number): void {
    const gone = this.#items[index] as T;
    gone.heapIndex = NOT_QUEUED;
    const at = this.#instants.pop() as Instant;
    const last = this.#items.pop() as T;
    if (last === gone) return;
    const above = (index - 1) >> 1;
    if (index > 0 && (this.#instants[above] as Instant) > at) this.#siftUp(index, at, last);
    else this.#siftDown(index, at, last);
  }

  #siftUp(from: number, at: Instant, item: T): void {
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if ((this.#instants[parent] as Instant) <= at) break;
      this.#put(index, this.#instants[parent] as Instant, this.#items[parent] as T);
      index = parent;
    }
    this.#put(index, at, item);
  }

  #siftDown(from: number, at: Instant, item: T): void {
    const instants = this.#instants;
    let index = from;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= instants.length) break;
      if (child + 1 < instants.length && (instants[child + 1] as Instant) < (instants[child] as Instant)) child += 1;
      if ((instants[child] as Instant) >= at) break;
      this.#put(index, instants[child] as Instant, this.#items[child] as T);
      index = child;
    }
    this.#put(index, at, item);
  }

  #put(index: number, at: Instant, item: T): void {
    this.#instants[index] = at;
    this.#items[index] = item;
    item.heapIndex = index;
  }
}
