// The events of a lab in one typed stream: those of the daemon and the steps of the simulated phones.

import type { BusEvent, EventBus } from '../core/event-bus.js';
import type { WallClock, WallTime } from '../core/time.js';
import type { LabcmEvent } from '../events.js';
import type { PhoneStep } from '../phone/index.js';
import { EventQueue } from './event-queue.js';

/**
 * An event: it has a `type` and an `at` in milliseconds since 1970. Types with `phone.` are steps of simulated phones.
 */
export type LabEvent = Dated<LabcmEvent | PhoneStep>;
/** The type of an event: a string such as `device.registered`. */
export type LabEventType = LabEvent['type'];

/** The events of this type, or of any of these types. */
export type LabEventOf<T extends LabEventType> = T extends LabEventType ? Typed<LabEvent, T> : never;

/** The event with the time of day in place of an instant, which means nothing outside this process. */
type Dated<E extends BusEvent> = E extends BusEvent ? Omit<E, 'at'> & { readonly at: WallTime } : never;

/** Some events share an interface and differ only in their type, so the type is narrowed here. */
type Typed<E extends LabEvent, T> = E extends LabEvent
  ? T extends E['type']
    ? E & { readonly type: T }
    : never
  : never;

/** Joins the two event buses of a lab for listeners and queues. */
export class LabEvents {
  readonly #facts: EventBus<LabcmEvent>;
  readonly #steps: EventBus<PhoneStep>;
  readonly #clock: WallClock;
  readonly #queues = new Set<EventQueue<LabEvent>>();
  readonly #stops = new Set<() => void>();
  /** What listeners threw. */
  readonly failures: unknown[] = [];

  constructor(facts: EventBus<LabcmEvent>, steps: EventBus<PhoneStep>, clock: WallClock) {
    this.#facts = facts;
    this.#steps = steps;
    this.#clock = clock;
  }

  /** Subscribes. What the listener throws goes to `failures`, and it stays subscribed. Returns how to unsubscribe. */
  on<T extends LabEventType>(type: T, listener: (event: LabEventOf<T>) => void): () => void {
    return this.#listen([type], (event) => {
      try {
        listener(event as LabEventOf<T>);
      } catch (error) {
        this.failures.push(error);
      }
    });
  }

  /** A queue of the events of these types from now on; without types: of all events. */
  queue<T extends LabEventType>(types: readonly T[]): EventQueue<LabEventOf<T>> {
    const queue = new EventQueue<LabEvent>(() => {
      stop();
      this.#queues.delete(queue);
    });
    const stop = this.#listen(types, (event) => queue.push(event));
    this.#queues.add(queue);
    return queue as unknown as EventQueue<LabEventOf<T>>;
  }

  /** Ends every queue and every subscription. */
  end(): void {
    for (const queue of [...this.#queues]) queue.end();
    for (const stop of [...this.#stops]) stop();
  }

  #listen(types: readonly LabEventType[], listener: (event: LabEvent) => void): () => void {
    const forward = (event: LabcmEvent | PhoneStep): void =>
      listener({ ...event, at: this.#clock.wallTime(event.at) } as LabEvent);
    const stops =
      types.length === 0
        ? [this.#facts.subscribe(forward), this.#steps.subscribe(forward)]
        : types.map((type) =>
            isStep(type) ? this.#steps.on(type, forward) : this.#facts.on(type as LabcmEvent['type'], forward),
          );
    const stop = (): void => {
      for (const each of stops) each();
      this.#stops.delete(stop);
    };
    this.#stops.add(stop);
    return stop;
  }
}

const isStep = (type: LabEventType): type is PhoneStep['type'] => type.startsWith('phone.');
