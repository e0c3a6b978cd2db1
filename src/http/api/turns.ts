// What the API does in one turn of the event loop.

/**
 * Does one thing per turn of the event loop: each may look at many devices, and phones must be served in between. At most
 * `MAX_PENDING` requests of each connection wait here.
 */
export class Turns {
  readonly #waiting: (() => void)[] = [];

  /** Does it in a turn of its own. */
  add(act: () => void): void {
    if (this.#waiting.push(act) === 1) setImmediate(() => this.#next());
  }

  /** What `make` makes of each item, `atOnce` of them in a turn. Rejects with what `make` throws. */
  async map<T, U>(items: readonly T[], atOnce: number, make: (item: T) => U): Promise<U[]> {
    const made: U[] = [];
    for (let from = 0; from < items.length; from += atOnce) {
      // The first ones are made in the turn of the request.
      if (from > 0) await new Promise<void>((turn) => this.add(turn));
      for (const item of items.slice(from, from + atOnce)) made.push(make(item));
    }
    return made;
  }

  #next(): void {
    this.#waiting[0]?.();
    this.#waiting.shift();
    if (this.#waiting.length > 0) setImmediate(() => this.#next());
  }
}
