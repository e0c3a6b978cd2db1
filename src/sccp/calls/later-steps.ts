// What phones are to be sent a moment later: the end of a digit's tone, a call that a late handset asks for. Few at a time,
// and only while a call stands.

import { DeadlineQueue, Queued } from '../../core/deadline-queue.js';
import type { HasDeadlines } from '../../core/deadline-timer.js';
import type { Instant } from '../../core/time.js';

class LaterStep extends Queued {
  constructor(readonly take: (now: Instant) => void) {
    super();
  }
}

/** Steps by the instants at which they are due. */
export class LaterSteps implements HasDeadlines {
  readonly #steps = new DeadlineQueue<LaterStep>();
  #onEarlierDeadline: () => void = () => {};

  /** `callback` is called whenever a step was added. */
  onEarlierDeadline(callback: () => void): void {
    this.#onEarlierDeadline = callback;
  }

  /** Takes the step at `at`. Returns how to call it off. */
  add(at: Instant, take: (now: Instant) => void): () => void {
    const step = new LaterStep(take);
    this.#steps.set(step, at);
    this.#onEarlierDeadline();
    return () => this.#steps.set(step, undefined);
  }

  nextDeadline(): Instant | undefined {
    return this.#steps.next();
  }

  expire(now: Instant): void {
    this.#steps.expire(now, ({ take }) => take(now));
  }
}
