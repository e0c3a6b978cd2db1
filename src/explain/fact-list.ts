// The last facts of somebody, the oldest first, and never more than so many. What comes again and again is one fact with a
// count: the first time keeps its place, so that a boot stays to be read, and the others move to the end together.

import type { Instant } from '../core/time.js';
import type { LabcmEvent } from '../events.js';

/** A fact that was there before: the last of these, and how often it came since then. */
export class RepeatedFact {
  event: LabcmEvent;
  readonly since: Instant;
  times = 1;

  constructor(event: LabcmEvent) {
    this.event = event;
    this.since = event.at;
  }
}

export type KeptFact = LabcmEvent | RepeatedFact;

export const eventOf = (fact: KeptFact): LabcmEvent => (fact instanceof RepeatedFact ? fact.event : fact);

/** `isRepeat`: whether one event says what the other said. The oldest goes where there are more than `most`. */
export const keepFact = (
  facts: KeptFact[],
  event: LabcmEvent,
  most: number,
  isRepeat: (one: LabcmEvent, other: LabcmEvent) => boolean,
): void => {
  let isKnown = false;
  for (let index = facts.length - 1; index >= 0; index -= 1) {
    const fact = facts[index] as KeptFact;
    if (!isRepeat(eventOf(fact), event)) continue;
    if (fact instanceof RepeatedFact) {
      fact.event = event;
      fact.times += 1;
      facts.splice(index, 1);
      facts.push(fact);
      return;
    }
    isKnown = true;
  }
  if (facts.length >= most) facts.shift();
  facts.push(isKnown ? new RepeatedFact(event) : event);
};
