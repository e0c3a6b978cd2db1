// The event bus: typed facts published once, told by whoever listens. It never waits for a subscriber, and a subscriber
// that throws is reported and dropped: a trace must not harm a phone.

import type { Instant } from './time.js';

/** What every event on the bus has. Events are plain, serialisable objects; publishers never change one afterwards. */
export interface BusEvent {
  readonly type: string;
  readonly at: Instant;
}

export type BusListener<E> = (event: E) => void;

/** Where an engine publishes: all that it may know of the event bus. */
export interface Publisher<E extends BusEvent> {
  publish(event: E): void;
  /** Whether anybody would hear an event of this type: ask before building one that is costly and frequent. */
  hasListener(type: E['type']): boolean;
}

export class EventBus<E extends BusEvent> implements Publisher<E> {
  readonly #all = new Set<BusListener<E>>();
  readonly #byType = new Map<string, Set<BusListener<E>>>();
  readonly #onFailure: (error: unknown) => void;

  /** `onFailure` hears of a subscriber that threw and was dropped. */
  constructor(onFailure: (error: unknown) => void) {
    this.#onFailure = onFailure;
  }

  publish(event: E): void {
    for (const listener of this.#all) this.#deliver(this.#all, listener, event);
    const some = this.#byType.get(event.type);
    if (some !== undefined) for (const listener of some) this.#deliver(some, listener, event);
  }

  hasListener(type: E['type']): boolean {
    return this.#all.size > 0 || (this.#byType.get(type)?.size ?? 0) > 0;
  }

  /** Hears every event. Returns how to stop. */
  subscribe(listener: BusListener<E>): () => void {
    this.#all.add(listener);
    return () => this.#all.delete(listener);
  }

  /** Hears events of one type. Returns how to stop. */
  on<T extends E['type']>(type: T, listener: BusListener<Extract<E, { type: T }>>): () => void {
    const listeners = this.#byType.get(type) ?? new Set();
    this.#byType.set(type, listeners);
    listeners.add(listener as BusListener<E>);
    return () => listeners.delete(listener as BusListener<E>);
  }

  #deliver(from: Set<BusListener<E>>, listener: BusListener<E>, event: E): void {
    try {
      listener(event);
    } catch (error) {
      from.delete(listener);
      this.#onFailure(error);
    }
  }
}
