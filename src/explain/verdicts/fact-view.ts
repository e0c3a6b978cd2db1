// Questions about the facts that are kept of a phone.

import type { Instant } from '../../core/time.js';
import type { LabcmEvent } from '../../events.js';
import type { EventOf } from '../../trace/index.js';
import { eventOf, type KeptFact, RepeatedFact } from '../fact-list.js';

type Type = LabcmEvent['type'];

/** See `FactView.recurring`. */
export interface Recurring<T extends Type> {
  readonly last: EventOf<T>;
  readonly times: number;
  readonly every: number;
}

/** The facts of a phone, the oldest first, or those of them that are not older than an instant. */
export class FactView {
  readonly #facts: readonly KeptFact[];
  readonly #from: Instant;

  constructor(facts: readonly KeptFact[], from: Instant) {
    this.#facts = facts;
    this.#from = from;
  }

  /** The newest event of a type, or of several. */
  last<T extends Type>(type: T, where?: (event: EventOf<T>) => boolean): EventOf<T> | undefined {
    for (let index = this.#facts.length - 1; index >= 0; index -= 1) {
      const event = eventOf(this.#facts[index] as KeptFact);
      if (event.at < this.#from || event.type !== type) continue;
      if (where === undefined || where(event as EventOf<T>)) return event as EventOf<T>;
    }
    return undefined;
  }

  /** Whether there is one. */
  has<T extends Type>(type: T, where?: (event: EventOf<T>) => boolean): boolean {
    return this.last(type, where) !== undefined;
  }

  /** How often it happened. Of a repetition those count that are not older than the instant of this view. */
  count<T extends Type>(type: T, where?: (event: EventOf<T>) => boolean): number {
    let count = 0;
    for (const fact of this.#facts) {
      const event = eventOf(fact);
      if (event.at < this.#from || event.type !== type) continue;
      if (where !== undefined && !where(event as EventOf<T>)) continue;
      count += fact instanceof RepeatedFact ? this.#timesOf(fact) : 1;
    }
    return count;
  }

  /** All events that `where` selects, the oldest first; a repeated one once, as it was the last time. */
  all(where: (event: LabcmEvent) => boolean): readonly LabcmEvent[] {
    return this.#facts.map(eventOf).filter((event) => event.at >= this.#from && where(event));
  }

  /**
   * How an event recurs: the newest one, how often it came in all, and the milliseconds between two of them on average,
   * of the repetitions where there are several. `undefined`: it came once, or not at all.
   */
  recurring<T extends Type>(type: T, where?: (event: EventOf<T>) => boolean): Recurring<T> | undefined {
    const kept = this.#facts.filter((fact) => {
      const event = eventOf(fact);
      return event.at >= this.#from && event.type === type && (where === undefined || where(event as EventOf<T>));
    });
    const newest = kept.at(-1);
    if (newest === undefined || kept.length < 2) return undefined;
    const last = eventOf(newest) as EventOf<T>;
    const times = kept.reduce((count, fact) => count + (fact instanceof RepeatedFact ? fact.times : 1), 0);
    if (newest instanceof RepeatedFact && newest.times > 1)
      return { last, times, every: (last.at - newest.since) / (newest.times - 1) };
    return { last, times, every: last.at - eventOf(kept.at(-2) as KeptFact).at };
  }

  #timesOf(fact: RepeatedFact): number {
    return fact.since >= this.#from ? fact.times : fact.timesInBoot;
  }
}
