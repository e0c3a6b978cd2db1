import { after, type Instant, milliseconds } from './time.js';

/** How many watchers are notified in one slice, and how many milliseconds later the next slice may follow. */
export interface NotifyPace {
  readonly slice: number;
  readonly every: number;
}

/**
 * The watchers that are to be notified of changed topics, in slices, so that one message never causes thousands of
 * NOTIFYs in one turn. `notify` sends the state of its own time. A topic that changes again meanwhile gets one more
 * round (decision 29 of `src/README.md`).
 */
export class NotifyQueue<Topic, Watcher> {
  readonly #pace: NotifyPace;
  readonly #watchersOf: (topic: Topic) => Iterable<Watcher>;
  readonly #notify: (watcher: Watcher, topic: Topic, now: Instant) => void;
  #changed = new Set<Topic>();
  /** The changed topics of an earlier time whose watchers are still to be notified. */
  #batch: Iterator<Topic> | undefined;
  #current: { readonly topic: Topic; readonly watchers: Iterator<Watcher> } | undefined;
  /** How many watchers may be notified, as of `#filledAt`. */
  #allowance: number;
  #filledAt: Instant | undefined;
  #dueAt: Instant | undefined;

  /** `watchersOf`: its result is read step by step, over several slices. */
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

  /** Has the watchers of a changed topic notified, the first slice of them by the next `expire`. */
  add(topic: Topic, now: Instant): void {
    this.#changed.add(topic);
    this.#dueAt ??= now;
  }

  nextDeadline(): Instant | undefined {
    return this.#dueAt;
  }

  /** Notifies the next slice, if its time has come. */
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

  /** `undefined`: there are no more watchers, or none in this slice. */
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
