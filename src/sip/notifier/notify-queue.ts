// News on its way to those who want it: a slice at a time, so that one message never sets off in one turn what all the
// others have asked for. Whoever is reached hears the state of that moment; a change meanwhile is one more round.

import { after, type Instant, milliseconds } from '../../core/time.js';

/** How many listeners are looked at in one slice, and how soon the next may follow. */
export interface NotifyPace {
  readonly slice: number;
  readonly every: number;
}

export class NotifyQueue<Topic, Watcher> {
  readonly #pace: NotifyPace;
  readonly #watchersOf: (topic: Topic) => Iterable<Watcher>;
  readonly #notify: (watcher: Watcher, topic: Topic, now: Instant) => void;
  #changed = new Set<Topic>();
  /** Those of a while ago that are not told yet. */
  #batch: Iterator<Topic> | undefined;
  #current: { readonly topic: Topic; readonly watchers: Iterator<Watcher> } | undefined;
  /** Listeners that may be looked at, as of `#filledAt`. */
  #allowance: number;
  #filledAt: Instant | undefined;
  #dueAt: Instant | undefined;

  /** `listenersOf`: read while it is walked through, over several slices. */
  constructor(
    pace: NotifyPace,
    watchersOf: (topic: Topic) => Iterable<Watcher>,
    notify: (watcher: Watcher, topic: Topic, now: Instant) => void,
  ) {
    this.#pace = pace;
    this.#watchersOf = watchersOf;
    this.#notify = notify;
    this.#allowance = pace.slice;
  }

  /** There is something new of `topic`: its listeners are told in turns to come, the first slice by the next `expire`. */
  add(topic: Topic, now: Instant): void {
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
      this.#notify(next.watcher, next.topic, now);
    }
    const isDone = this.#current === undefined && this.#batch === undefined && this.#changed.size === 0;
    this.#dueAt = isDone ? undefined : after(now, milliseconds(this.#pace.every));
  }

  #fill(now: Instant): void {
    const { slice, every } = this.#pace;
    if (this.#filledAt !== undefined && now > this.#filledAt)
      this.#allowance = Math.min(slice, this.#allowance + ((now - this.#filledAt) * slice) / every);
    this.#filledAt = now;
  }

  /** `undefined`: there is nobody more, or not in this slice. */
  #next(): { readonly watcher: Watcher; readonly topic: Topic } | undefined {
    while (this.#allowance >= 1) {
      this.#current ??= this.#nextTopic();
      if (this.#current === undefined) return undefined;
      const { topic, watchers } = this.#current;
      const next = watchers.next();
      if (next.done !== true) return { watcher: next.value, topic };
      this.#current = undefined;
    }
    return undefined;
  }

  #nextTopic(): { readonly topic: Topic; readonly watchers: Iterator<Watcher> } | undefined {
    const next = this.#batch?.next();
    if (next?.done === false) return { topic: next.value, watchers: this.#watchersOf(next.value)[Symbol.iterator]() };
    if (this.#changed.size === 0) {
      this.#batch = undefined;
      return undefined;
    }
    this.#batch = this.#changed[Symbol.iterator]();
    this.#changed = new Set();
    return this.#nextTopic();
  }
}
