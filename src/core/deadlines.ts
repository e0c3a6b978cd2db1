// Deadlines for many things of one kind. A deadline that moves later costs one assignment, since a keepalive or an
// acknowledgement moves one and there are many; the heap is put right only when its stale entry comes due.

import type { Instant } from './time.js';

/** Anything with a deadline. `undefined` means: nothing is awaited. Written by `Deadlines` alone. */
export interface Due {
  dueAt: Instant | undefined;
  /** The instant under which the heap holds it, `undefined` when it holds it no longer. */
  queuedAt: Instant | undefined;
}

interface Entry<T> {
  readonly at: Instant;
  readonly item: T;
}

/** A priority queue of items by deadline, lazily kept: `set` is O(1) for a later deadline, O(log n) otherwise. */
export class Deadlines<T extends Due> {
  readonly #heap: Entry<T>[] = [];

  /** Sets, moves or (with `undefined`) clears the deadline of `item`. */
  set(item: T, at: Instant | undefined): void {
    item.dueAt = at;
    if (at === undefined) return;
    if (item.queuedAt !== undefined && item.queuedAt <= at) return;
    item.queuedAt = at;
    this.#push({ at, item });
  }

  /** When to look again; may be earlier than any real deadline, never later. `undefined`: nothing is awaited. */
  next(): Instant | undefined {
    return this.#heap[0]?.at;
  }

  /** Hands every item whose deadline has come to `onDue`, which may set a new one. */
  expire(now: Instant, onDue: (item: T) => void): void {
    for (let top = this.#heap[0]; top !== undefined && top.at <= now; top = this.#heap[0]) {
      this.#pop();
      const { item, at } = top;
      if (item.queuedAt !== at) continue; // a newer, earlier entry took its place
      item.queuedAt = undefined;
      if (item.dueAt === undefined) continue;
      if (item.dueAt > now) {
        this.set(item, item.dueAt);
        continue;
      }
      item.dueAt = undefined;
      onDue(item);
    }
  }

  #push(entry: Entry<T>): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as Entry<T>;
      if (above.at <= entry.at) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && (heap[child + 1] as Entry<T>).at < (heap[child] as Entry<T>).at) child += 1;
      const below = heap[child] as Entry<T>;
      if (below.at >= last.at) break;
      heap[index] = below;
      index = child;
    }
    heap[index] = last;
  }
}
