// A bucket whose keys several nodes may want at the same time: an address, a number. Every write follows the revision that
// this node knows, so that one of two wins; the other one reads what is there now and decides anew.

import type { Publisher } from '../core/event-bus.js';
import { after, type Clock, type Duration, type Instant, milliseconds, seconds, type Timer } from '../core/time.js';
import type { ClusterEvent } from './events.js';
import { Mirror, type Mirrored } from './mirror.js';
import { type Bucket, type BucketName, type BucketWatcher, BusUnavailable, type Entry } from './ports.js';
import { type Fields, fieldsOf, textIn, valueText } from './values.js';

/** So many writes are under way at once. */
const AT_ONCE = 256;
/** A subject that is written so often without an end waits a moment, so that no mistake keeps the engine busy. */
const MOST_STEPS = 32;
const FIRST_RETRY = milliseconds(100);
const LONGEST_RETRY = milliseconds(5_000);
/** Tells one life of the bucket from another: whoever finds it missing writes it. */
const MARK = 'bucket';
/** Where a bucket is new or empty, a node first waits so long for what the others remember. */
const NEW_FOR = seconds(2);

/** One write. `value`: `undefined` removes the key. `revision`: what it follows; 0: nothing is there. */
export interface NextWrite {
  readonly key: string;
  readonly value: string | undefined;
  readonly revision: number;
}

/** What a shared bucket is made of. */
export interface SharedBucketDependencies<T> {
  readonly clock: Clock;
  readonly bus: Publisher<ClusterEvent>;
  readonly bucket: Bucket;
  readonly name: BucketName;
  /** Names this start of the node. */
  readonly instance: string;
  /** The value of an object. `undefined`: it is none that this labcm can read. */
  read(fields: Fields, key: string, revision: number): T | undefined;
  /** The text of a value, for an engine that has lost it. */
  textOf(value: T): string;
  /** Called with each change: what is there now, and what was. */
  changed(key: string, now: Mirrored<T> | undefined, before: Mirrored<T> | undefined): void;
  /** Everything was told, at the start and after each break. */
  whole(): void;
  /** What is to be written next about a subject. `undefined`: nothing, the subject is settled for now. */
  next(subject: string): NextWrite | undefined;
  /** A subject was given up, after a fault of this program that no retry mends. */
  failed(subject: string): void;
}

/** The mirror of such a bucket, and its writes, one at a time for each subject. */
export class SharedBucket<T> implements BucketWatcher {
  readonly #dependencies: SharedBucketDependencies<T>;
  readonly #mirror: Mirror<T>;
  readonly #waiting = new Set<string>();
  readonly #underWay = new Set<string>();
  /** What was told since `begin`. */
  #told = new Set<string>();
  #toldMark: string | undefined;
  /** The life of the bucket that this node knows. */
  #mark: string | undefined;
  /** The revision that `read` is about. */
  #revision = 0;
  #isAllowed = false;
  #isReachable = false;
  #isClosed = false;
  /** Rises with each break: what was under way before says nothing of what the engine holds now. */
  #epoch = 0;
  #newUntil: Instant | undefined;
  #retryAfter: Duration = FIRST_RETRY;
  #retry: Timer | undefined;

  constructor(dependencies: SharedBucketDependencies<T>) {
    this.#dependencies = dependencies;
    const { bus, clock, name } = dependencies;
    this.#mirror = new Mirror<T>({
      read: (fields, key) => dependencies.read(fields, key, this.#revision),
      changed: (key, now, before) => dependencies.changed(key, now, before),
      broken: (key) => bus.publish({ type: 'cluster.value-broken', at: clock.now(), bucket: name, key }),
    });
  }

  /** Whether the name of this node was its own when the bus was last there. */
  get isAllowed(): boolean {
    return this.#isAllowed;
  }

  /** Whether the bus is there, and everything was read. */
  get isReachable(): boolean {
    return this.#isReachable;
  }

  /** Whether everything is known and this node may write. */
  get isReady(): boolean {
    return this.#isAllowed && this.#isReachable && !this.#isClosed;
  }

  /** Whether the bucket may still lack what other nodes remember. */
  get isNew(): boolean {
    return this.#newUntil !== undefined;
  }

  /** Whether everything was read at least once. */
  get isWhole(): boolean {
    return this.#mirror.isWhole;
  }

  /** How many subjects wait or are under way. */
  get waiting(): number {
    return this.#waiting.size + this.#underWay.size;
  }

  entryOf(key: string): Mirrored<T> | undefined {
    return this.#mirror.entryOf(key);
  }

  entries(): IterableIterator<[string, Mirrored<T>]> {
    return this.#mirror.entries();
  }

  /** The name of this node is its own: from now on it writes. */
  allow(): void {
    if (this.#isAllowed) return;
    this.#isAllowed = true;
    if (this.#isReachable) this.#ready();
  }

  /** Something about a subject has changed: `next` is asked once the bus is there. */
  touch(subject: string): void {
    this.#waiting.add(subject);
    this.#run();
  }

  begin(): void {
    this.#isReachable = false;
    this.#epoch += 1;
    this.#told = new Set();
    this.#toldMark = undefined;
    this.#mirror.begin();
  }

  entry(entry: Entry): void {
    if (entry.key !== MARK) {
      this.#told.add(entry.key);
      this.#entry(entry);
      return;
    }
    const fields = entry.value === undefined ? undefined : fieldsOf(entry.value);
    const mark = fields === undefined ? undefined : textIn(fields, 'id');
    this.#toldMark = mark;
    if (this.#isReachable) this.#mark = mark;
  }

  whole(): void {
    if (this.#mirror.isWhole && this.#mark !== undefined && this.#toldMark !== this.#mark) this.#keep();
    this.#told.clear();
    this.#mark = this.#toldMark;
    this.#mirror.whole();
    this.#isReachable = true;
    this.#retryAfter = FIRST_RETRY;
    if (this.#isAllowed) this.#ready();
  }

  /** The bus is gone. */
  lost(): void {
    this.#isReachable = false;
    this.#epoch += 1;
    this.#retry?.cancel();
    this.#retry = undefined;
  }

  close(): void {
    this.#isClosed = true;
    this.lost();
  }

  #ready(): void {
    const { clock, whole } = this.#dependencies;
    if (this.#mark === undefined) this.#waiting.add(MARK);
    if (this.#mark === undefined || this.#mirror.size === 0) {
      const until = after(clock.now(), NEW_FOR);
      this.#newUntil = until;
      clock.callAt(until, () => {
        if (this.#newUntil !== until) return;
        this.#newUntil = undefined;
        if (this.isReady) whole();
      });
    }
    for (const [key, { revision }] of this.#mirror.entries()) if (revision === 0) this.#waiting.add(kept(key));
    whole();
    this.#run();
  }

  /** The engine has lost what it had: this node tells it what was there, and nobody takes it for free meanwhile. */
  #keep(): void {
    for (const [key, { value }] of [...this.#mirror.entries()])
      if (!this.#told.has(key)) this.#entry({ key, value: this.#dependencies.textOf(value), revision: 0 });
  }

  #entry(entry: Entry): void {
    this.#revision = entry.revision;
    this.#mirror.entry(entry);
  }

  #next(subject: string): NextWrite | undefined {
    if (subject === MARK)
      return this.#mark === undefined
        ? { key: MARK, value: valueText({ id: this.#dependencies.instance }), revision: 0 }
        : undefined;
    if (!isKept(subject)) return this.#dependencies.next(subject);
    const key = subject.slice(KEPT.length);
    const entry = this.#mirror.entryOf(key);
    return entry?.revision === 0 ? { key, value: this.#dependencies.textOf(entry.value), revision: 0 } : undefined;
  }

  #run(): void {
    if (!this.isReady || this.#retry !== undefined) return;
    for (const subject of this.#waiting) {
      if (this.#underWay.size >= AT_ONCE) return;
      if (this.#underWay.has(subject)) continue;
      this.#waiting.delete(subject);
      const write = this.#next(subject);
      if (write === undefined) continue;
      this.#underWay.add(subject);
      void this.#settle(subject, write);
    }
  }

  async #settle(subject: string, first: NextWrite): Promise<void> {
    const epoch = this.#epoch;
    try {
      let write: NextWrite | undefined = first;
      for (let steps = 0; write !== undefined; steps += 1) {
        if (steps === MOST_STEPS) {
          this.#waiting.add(subject);
          this.#retryLater();
          break;
        }
        const entry: Entry = await this.#written(write);
        if (epoch !== this.#epoch) {
          this.#waiting.add(subject); // what it answered says nothing of what is there now
          break;
        }
        if (entry.key === MARK) this.entry(entry);
        else this.#entry(entry);
        write = this.#next(subject);
      }
    } catch (error) {
      if (error instanceof BusUnavailable) {
        this.#waiting.add(subject);
        this.#retryLater();
      } else this.#fail(subject, first.key, error);
    }
    this.#underWay.delete(subject);
    this.#run();
  }

  /** Writes, and returns what the key holds then: this, or what somebody else has written. */
  async #written({ key, value, revision }: NextWrite): Promise<Entry> {
    const { bucket } = this.#dependencies;
    if (value === undefined) {
      if (await bucket.remove(key, revision)) return { key, value, revision: revision + 1 };
    } else {
      const written = revision === 0 ? await bucket.create(key, value) : await bucket.update(key, value, revision);
      if (written !== undefined) return { key, value, revision: written };
    }
    return (await bucket.get(key)) ?? { key, value: undefined, revision: revision + 1 };
  }

  #fail(subject: string, key: string, error: unknown): void {
    const { bus, clock, name, failed } = this.#dependencies;
    const reason = error instanceof Error ? error.message : String(error);
    bus.publish({ type: 'cluster.value-unwritten', at: clock.now(), bucket: name, key, reason });
    if (!isKept(subject) && subject !== MARK) failed(subject);
  }

  #retryLater(): void {
    if (!this.isReady || this.#retry !== undefined) return;
    const { clock } = this.#dependencies;
    this.#retry = clock.callAt(after(clock.now(), this.#retryAfter), () => {
      this.#retry = undefined;
      this.#run();
    });
    this.#retryAfter = milliseconds(Math.min(LONGEST_RETRY, this.#retryAfter * 2));
  }
}

/** No key has a space, so that this is the subject of no other. */
const KEPT = 'kept ';
const kept = (key: string): string => `${KEPT}${key}`;
const isKept = (subject: string): boolean => subject.startsWith(KEPT);
