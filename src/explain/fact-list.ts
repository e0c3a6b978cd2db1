// A bounded list of the last events of a device, the oldest first. A repeated event is kept once with a count: its
// first occurrence keeps its place, so that the boot stays readable, and the repetitions move to the end together.

import { type Instant, instant } from '../core/time.js';
import type { LabcmEvent } from '../events.js';

/** The repetitions of an event that is in the list: the last of them, and how many there were. */
export class RepeatedFact {
  event: LabcmEvent;
  readonly since: Instant;
  times = 1;
  /** How many of them since the last boot of the phone began. */
  timesInBoot = 1;

  constructor(event: LabcmEvent) {
    this.event = event;
    this.since = event.at;
  }
}

/** An entry of the list. */
export type KeptFact = LabcmEvent | RepeatedFact;

/** The event of an entry. */
export const eventOf = (fact: KeptFact): LabcmEvent => (fact instanceof RepeatedFact ? fact.event : fact);

/**
 * Adds an event. Keeps the newest `most` entries. `isRepeat`: whether one event repeats the other. `bootBegan`: when
 * the present boot of the phone began.
 */
export const keepFact = (
  facts: KeptFact[],
  event: LabcmEvent,
  most: number,
  isRepeat: (one: LabcmEvent, other: LabcmEvent) => boolean,
  bootBegan = instant(Number.NEGATIVE_INFINITY),
): void => {
  let isKnown = false;
  for (let index = facts.length - 1; index >= 0; index -= 1) {
    const fact = facts[index] as KeptFact;
    if (!isRepeat(eventOf(fact), event)) continue;
    if (fact instanceof RepeatedFact) {
      fact.timesInBoot = fact.event.at < bootBegan ? 1 : fact.timesInBoot + 1;
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
