// News on its way to those who want it: a slice at a time, so that one message never sets off in one turn what all the
// others have asked for. Whoever is reached hears the state of that moment; a change meanwhile is one more round.

import { after, type Instant, milliseconds } from '../../core/time.js';

/** How many listeners are looked at in one slice, and how soon the next may follow. */
export interface NewsPace {
  readonly slice: number;
  readonly every: number;
}

export class News<Topic, Listener> {
  readonly #pace: NewsPace;
  readonly #listenersOf: (topic: Topic) => Iterable<Listener>;
  readonly #tell: (listener: Listener, topic: Topic, now: Instant) => void;
  #changed = new Set<Topic>();
  /** Those of a while ago that are not told yet. */
  #batch: Iterator<Topic> | undefined;
  #inHand: { readonly topic: Topic; readonly listeners: Iterator<Listener> } | undefined;
  /** Listeners that may be looked at, as of `#filledAt`. */
  #allowance: number;
  #filledAt: Instant | undefined;
  #dueAt: Instant | undefined;

  /** `listenersOf`: read while it is walked through, over several slices. */
  constructor(
    pace: NewsPace,
    listenersOf: (topic: Topic) => Iterable<Listener>,
    tell: (listener: Listener, topic: Topic, now: Instant) => void,
  ) {
    this.#pace = pace;
    this.#listenersOf = listenersOf;
    this.#tell = tell;
    this.#allowance = pace.slice;
  }

  /** There is something new of `topic`: its listeners are told in turns to come, the first slice by the next `expire`. */
  changed(topic: Topic, now: Instant): void {
    this.#changed.add(topic);
    this.#dueAt ??= now;
  }

  nextDeadline(): Instant | undefined {
    return this.#dueAt;
  }

  /** Tells the next slice, where its time has come. */
  expire(now: Instant): void {
    if (this.#dueAt === undefined || this.#dueAt > now) return;
    this.#fill(now);
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      this.#allowance -= 1;
      this.#tell(next.listener, next.topic, now);
    }
    const isDone = this.#inHand === undefined && this.#batch === undefined && this.#changed.size === 0;
    this.#dueAt = isDone ? undefined : after(now, milliseconds(this.#pace.every));
  }

  #fill(now: Instant): void {
    const { slice, every } = this.#pace;
    if (this.#filledAt !== undefined && now > this.#filledAt)
      this.#allowance = Math.min(slice, this.#allowance + ((now - this.#filledAt) * slice) / every);
    this.#filledAt = now;
  }

  /** `undefined`: there is nobody more, or not in this slice. */
  #next(): { readonly listener: Listener; readonly topic: Topic } | undefined {
    while (this.#allowance >= 1) {
      this.#inHand ??= this.#nextTopic();
      if (this.#inHand === undefined) return undefined;
      const { topic, listeners } = this.#inHand;
      const next = listeners.next();
      if (next.done !== true) return { listener: next.value, topic };
      this.#inHand = undefined;
    }
    return undefined;
  }

  #nextTopic(): { readonly topic: Topic; readonly listeners: Iterator<Listener> } | undefined {
    const next = this.#batch?.next();
    if (next?.done === false) return { topic: next.value, listeners: this.#listenersOf(next.value)[Symbol.iterator]() };
    if (this.#changed.size === 0) {
      this.#batch = undefined;
      return undefined;
    }
    this.#batch = this.#changed[Symbol.iterator]();
    this.#changed = new Set();
    return this.#nextTopic();
  }
}
