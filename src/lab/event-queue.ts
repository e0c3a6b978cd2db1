// Events that wait for a `for await` loop: in their order, up to a bound, and to the end of the lab.

/** A test that reads this slowly has forgotten its queue. */
const MAX_WAITING = 100_000;

type Taker<E> = { readonly resolve: (result: IteratorResult<E, undefined>) => void };

export class EventQueue<E> implements AsyncIterableIterator<E, undefined> {
  readonly #onEnd: () => void;
  #waiting: E[] = [];
  readonly #takers: Taker<E>[] = [];
  #lost = 0;
  #ended = false;

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  push(event: E): void {
    const taker = this.#takers.shift();
    if (taker !== undefined) taker.resolve({ done: false, value: event });
    else if (this.#waiting.length < MAX_WAITING) this.#waiting.push(event);
    else this.#lost += 1;
  }

  /** What waits is still given out. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd();
    for (const { resolve } of this.#takers.splice(0)) resolve({ done: true, value: undefined });
  }

  /** Rejects where more events came than may wait. */
  next(): Promise<IteratorResult<E, undefined>> {
    const event = this.#waiting.shift();
    if (event !== undefined) return Promise.resolve({ done: false, value: event });
    if (this.#lost > 0)
      return Promise.reject(new Error(`${this.#lost} events were lost: more than ${MAX_WAITING} waited to be read`));
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#takers.push({ resolve }));
  }

  /** The loop was left. */
  return(): Promise<IteratorResult<E, undefined>> {
    this.#waiting = [];
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
