// Deadlines for many things of one kind. A deadline that moves later costs one assignment, since a keepalive or an
// acknowledgement moves one and there are many; the heap is put right only when its stale entry comes due.

import type { Instant } from './time.js';

/** Anything with a deadline. `undefined` means: nothing is awaited. Written by `Deadlines` alone. */
export interface Due {
  dueAt: Instant | undefined;
  /** The instant under which the heap holds it, `undefined` when it holds it no longer. */
  queuedAt: Instant | undefined;
}

/**
 * A priority queue of items by deadline, lazily kept: `set` is O(1) for a later deadline, O(log n) otherwise. The heap is
 * two arrays side by side, instants and items, so that an entry costs sixteen octets and no object.
 */
export class Deadlines<T extends Due> {
  readonly #instants: Instant[] = [];
  readonly #items: T[] = [];

  /** Sets, moves or (with `undefined`) clears the deadline of `item`. */
  set(item: T, at: Instant | undefined): void {
    item.dueAt = at;
    if (at === undefined) return;
    if (item.queuedAt !== undefined && item.queuedAt <= at) return;
    item.queuedAt = at;
    this.#push(at, item);
  }

  /** When to look again; may be earlier than any real deadline, never later. `undefined`: nothing is awaited. */
  next(): Instant | undefined {
    return this.#instants[0];
  }

  /** Hands every item whose deadline has come to `onDue`, which may set a new one. */
  expire(now: Instant, onDue: (item: T) => void): void {
    for (let at = this.#instants[0]; at !== undefined && at <= now; at = this.#instants[0]) {
      const item = this.#items[0] as T;
      this.#pop();
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

  #push(at: Instant, item: T): void {
    const instants = this.#instants;
    let index = instants.length;
    instants.push(at);
    this.#items.push(item);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if ((instants[parent] as Instant) <= at) break;
      this.#move(parent, index);
      index = parent;
    }
    this.#put(index, at, item);
  }

  #pop(): void {
    const instants = this.#instants;
    const at = instants.pop();
    const item = this.#items.pop();
    if (at === undefined || item === undefined || instants.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= instants.length) break;
      if (child + 1 < instants.length && (instants[child + 1] as Instant) < (instants[child] as Instant)) child += 1;
      if ((instants[child] as Instant) >= at) break;
      this.#move(child, index);
      index = child;
    }
    this.#put(index, at, item);
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#instants[from] as Instant, this.#items[from] as T);
  }

  #put(index: number, at: Instant, item: T): void {
    this.#instants[index] = at;
    this.#items[index] = item;
  }
}
