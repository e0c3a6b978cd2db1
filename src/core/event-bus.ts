import type { Instant } from './time.js';

/** What every event has. Events are plain, serialisable objects. A publisher never changes one after `publish`. */
export interface BusEvent {
  readonly type: string;
  readonly at: Instant;
}

/** Called with each event that was subscribed to. */
export type BusListener<E> = (event: E) => void;

/** The side of the event bus that an engine sees: it can publish. */
export interface Publisher<E extends BusEvent> {
  publish(event: E): void;
  /** Whether an event of this type has a listener. Ask before you build an event that is costly and frequent. */
  hasListener(type: E['type']): boolean;
}

/**
 * Hands every published event to its listeners, at once and in the order of their subscription. A listener that
 * throws is reported to `onFailure` and removed, so that a fault of the trace cannot harm a phone.
 */
export class EventBus<E extends BusEvent> implements Publisher<E> {
  readonly #all = new Set<BusListener<E>>();
  readonly #byType = new Map<string, Set<BusListener<E>>>();
  readonly #onFailure: (error: unknown) => void;

  /** `onFailure` gets the error of a listener that threw. */
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

  /** Calls `listener` for every event. Returns the function that ends the subscription. */
  subscribe(listener: BusListener<E>): () => void {
    this.#all.add(listener);
    return () => this.#all.delete(listener);
  }

  /** Calls `listener` for events of one type. Returns the function that ends the subscription. */
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
