// An event bus that records its events, for assertions.

import { type BusEvent, EventBus } from '../../src/core/event-bus.js';

export class EventRecorder<E extends BusEvent> {
  readonly events: E[] = [];
  readonly bus: EventBus<E>;

  constructor() {
    this.bus = new EventBus<E>((error) => {
      throw error;
    });
    this.bus.subscribe((event) => this.events.push(event));
  }

  /** The events of one type, in order. */
  of<T extends E['type']>(type: T): Extract<E, { type: T }>[] {
    return this.events.filter((event): event is Extract<E, { type: T }> => event.type === type);
  }

  types(): string[] {
    return this.events.map(({ type }) => type);
  }

  clear(): void {
    this.events.length = 0;
  }
}
