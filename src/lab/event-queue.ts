/** More events than a test that still reads its queue would leave there. */
const MAX_WAITING = 100_000;

type Taker<E> = { readonly resolve: (result: IteratorResult<E, undefined>) => void };

/** Events that wait for a `for await` loop, in their order. The queue has a bound, and it ends with the lab. */
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

  /** Ends the queue. Events that wait are still delivered. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd();
    for (const { resolve } of this.#takers.splice(0)) resolve({ done: true, value: undefined });
  }

  /** The next event. Rejects once more events have come than may wait. */
  next(): Promise<IteratorResult<E, undefined>> {
    const event = this.#waiting.shift();
    if (event !== undefined) return Promise.resolve({ done: false, value: event });
    if (this.#lost > 0)
      return Promise.reject(new Error(`${this.#lost} events were lost: more than ${MAX_WAITING} waited to be read`));
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#takers.push({ resolve }));
  }

  /** Called by `for await` when the loop is left. */
  return(): Promise<IteratorResult<E, undefined>> {
    this.#waiting = [];
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
