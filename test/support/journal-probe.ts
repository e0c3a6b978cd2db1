// A journal that remembers, for asserting on facts.

import { Journal, type JournalEvent } from '../../src/core/event-bus.js';

export class JournalProbe<E extends JournalEvent> {
  readonly events: E[] = [];
  readonly journal: Journal<E>;

  constructor() {
    this.journal = new Journal<E>((error) => {
      throw error;
    });
    this.journal.subscribe((event) => this.events.push(event));
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
