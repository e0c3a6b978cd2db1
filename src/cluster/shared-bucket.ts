// A bucket whose keys several nodes may want at the same time: an address, a number. Every write follows the revision that
// this node knows, so that one of two wins; the other one reads what is there now and decides anew.

import type { Publisher } from '../core/event-bus.js';
import { after, type Clock, type Duration, milliseconds, seconds, type Timer } from '../core/time.js';
import { keyOf } from './bus-names.js';
import type { ClusterEvent } from './events.js';
import { KnownBetter } from './known-better.js';
import { Mirror, type Mirrored } from './mirror.js';
import { type Bucket, type BucketName, type BucketWatcher, BusUnavailable, type Entry } from './ports.js';
import { fieldsOf, textIn, type ValueFields, valueText } from './values.js';

/** So many writes are under way at once. */
const AT_ONCE = 256;
/** A subject that is written so often without an end waits a moment, so that no mistake keeps the engine busy. */
const MOST_STEPS = 32;
/** After so many writes that the engine did not take, its answers count more than what was told. */
const STEPS_UNTIL_SURE = 8;
const FIRST_RETRY = milliseconds(100);
const LONGEST_RETRY = milliseconds(5_000);
/** Tells one life of the bucket from another: whoever finds it missing writes it. */
const MARK = 'bucket';
/** `bucket.<node>`: the life of the bucket in which the node has written all that it remembers. */
const PRESENCE = 'bucket.';
/** Where a bucket is new or empty, or has lost something, a node first waits so long for what the others remember. */
const NEW_FOR = seconds(2);
/** A server that tells less than this node knows may be about to catch up. Then it has lost it. */
const CATCHES_UP = seconds(3);

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
  readonly self: { readonly node: string; readonly instance: string };
  /** The other nodes of the configuration. */
  others(): readonly string[];
  /**
   * The value of an object. `undefined`: it is none that this labcm can read. `known`: the value, if it is told again and was
   * not written since.
   */
  read(fields: ValueFields, key: string, known: T | undefined): T | undefined;
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
  #toldMark: string | undefined;
  /** The life of the bucket that this node knows. */
  #mark: string | undefined;
  /** The value that `read` is about, if it is known already. */
  #known: T | undefined;
  #isAllowed = false;
  #isReachable = false;
  #isClosed = false;
  /** Rises with each break: what was under way before says nothing of what the engine holds now. */
  #epoch = 0;
  #newFor: Timer | undefined;
  /** The engine has lost what it had, and not every node has said what it remembers. */
  #isLost = false;
  readonly #better: KnownBetter<T>;
  #catchingUp: Timer | undefined;
  /** The life of the bucket in which each node was last, with the revision of what it wrote. */
  readonly #present = new Map<string, { readonly mark: string; readonly revision: number }>();
  #retryAfter: Duration = FIRST_RETRY;
  #retry: Timer | undefined;

  constructor(dependencies: SharedBucketDependencies<T>) {
    this.#dependencies = dependencies;
    const { bus, clock, name } = dependencies;
    this.#mirror = new Mirror<T>({
      read: (fields, key) => dependencies.read(fields, key, this.#known),
      changed: (key, now, before) => dependencies.changed(key, now, before),
      broken: (key) => bus.publish({ type: 'cluster.value-broken', at: clock.now(), bucket: name, key }),
    });
    const mirror = this.#mirror;
    this.#better = new KnownBetter<T>({
      entryOf: (key) => mirror.entryOf(key),
      entries: () => mirror.entries(),
      keep: (key, value, revision) => {
        this.#known = value;
        mirror.entry({ key, value: dependencies.textOf(value), revision });
      },
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
    return this.#newFor !== undefined || this.#isLost;
  }

  /** Whether the engine has lost what it held since this node knew it, so that this node may know more than it is told. */
  get hasForgotten(): boolean {
    return this.#isLost || (this.#mark !== undefined && this.#toldMark !== this.#mark);
  }

  /** The nodes that must say what they remember, since the engine has lost it. */
  get missing(): readonly string[] {
    return this.#isLost ? this.#absent() : [];
  }

  /** The nodes of the configuration may have changed. */
  configured(): void {
    if (this.#isReachable) this.#look();
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
    this.#present.clear();
    this.#toldMark = undefined;
    this.#waitNoLonger();
    this.#better.begin();
    this.#mirror.begin();
  }

  entry(entry: Entry): void {
    if (entry.key.startsWith(PRESENCE)) this.#sawPresence(entry);
    else if (entry.key === MARK) this.#sawMark(entry);
    else if (this.#isReachable) this.#entry(entry);
    else {
      const isSameLife = this.#mark !== undefined && this.#toldMark === this.#mark;
      if (!this.#better.tell(entry, isSameLife)) this.#entry(entry);
      if (this.#catchingUp !== undefined && this.#better.behind === 0) this.#becomeWhole();
    }
  }

  #sawMark(entry: Entry): void {
    const fields = entry.value === undefined ? undefined : fieldsOf(entry.value);
    const mark = fields === undefined ? undefined : textIn(fields, 'id');
    this.#toldMark = mark;
    if (!this.#isReachable) return;
    this.#mark = mark;
    this.#look();
  }

  #sawPresence({ key, value, revision }: Entry): void {
    const fields = value === undefined ? undefined : fieldsOf(value);
    const mark = fields === undefined ? undefined : textIn(fields, 'id');
    const node = key.slice(PRESENCE.length);
    if (mark === undefined) this.#present.delete(node);
    else this.#present.set(node, { mark, revision });
    if (this.#isReachable) this.#look();
  }

  /** What the engine has lost is there again once every node was there. */
  #look(): void {
    if (this.#mark !== undefined && this.#better.toWrite === 0) this.#waiting.add(PRESENCE);
    if (this.#isLost && this.#absent().length === 0) {
      this.#isLost = false;
      if (this.isReady) this.#dependencies.whole();
    }
    this.#run();
  }

  #absent(): readonly string[] {
    const isPresent = (node: string): boolean =>
      this.#mark !== undefined && this.#present.get(keyOf(node))?.mark === this.#mark;
    return this.#dependencies.others().filter((node) => !isPresent(node));
  }

  whole(): void {
    const { bus, clock, name } = this.#dependencies;
    if (this.#mirror.isWhole && this.#mark !== undefined && this.#toldMark === this.#mark) this.#better.missed();
    const { behind } = this.#better;
    if (behind === 0) this.#becomeWhole();
    else
      this.#catchingUp = clock.callAt(after(clock.now(), CATCHES_UP), () => {
        bus.publish({ type: 'cluster.values-lost', at: clock.now(), bucket: name, keys: this.#better.behind });
        this.#better.keepBehind();
        this.#becomeWhole();
      });
  }

  #becomeWhole(): void {
    this.#waitNoLonger();
    if (this.#mirror.isWhole && this.#mark !== undefined && this.#toldMark !== this.#mark) {
      this.#better.keepAll();
      this.#isLost = true;
    }
    this.#better.end();
    this.#mark = this.#toldMark;
    this.#mirror.whole();
    this.#isReachable = true;
    this.#retryAfter = FIRST_RETRY;
    if (this.#isAllowed) this.#ready();
  }

  #waitNoLonger(): void {
    this.#catchingUp?.cancel();
    this.#catchingUp = undefined;
  }

  /** The bus is gone. */
  lost(): void {
    this.#isReachable = false;
    this.#epoch += 1;
    this.#waitNoLonger();
    this.#retry?.cancel();
    this.#retry = undefined;
  }

  close(): void {
    this.#isClosed = true;
    this.#newFor?.cancel();
    this.lost();
  }

  #ready(): void {
    const { clock, whole } = this.#dependencies;
    if (this.#mark === undefined) this.#waiting.add(MARK);
    for (const key of this.#better.keys()) this.#waiting.add(kept(key));
    if (this.#mark === undefined || this.#mirror.size === 0 || this.#better.toWrite > 0) {
      this.#newFor?.cancel();
      this.#newFor = clock.callAt(after(clock.now(), NEW_FOR), () => {
        this.#newFor = undefined;
        if (this.isReady) whole();
      });
    }
    whole();
    this.#look();
  }

  #entry(entry: Entry): void {
    const before = this.#mirror.entryOf(entry.key);
    // Where an engine has lost what it had, its revisions begin anew: then equal ones say nothing.
    const isSameEngine = this.#toldMark !== undefined && this.#toldMark === this.#mark;
    const isKnown = isSameEngine && before?.revision === entry.revision;
    this.#known = isKnown ? before?.value : undefined;
    this.#mirror.entry(entry);
  }

  /** What the engine answers again and again counts, though an engine that is no more has told something later. */
  #insist(entry: Entry): void {
    const before = this.#mirror.entryOf(entry.key);
    if (before !== undefined && before.revision > entry.revision)
      this.#entry({ key: entry.key, value: undefined, revision: before.revision + 1 });
    this.#entry(entry);
  }

  #next(subject: string): NextWrite | undefined {
    const { node, instance } = this.#dependencies.self;
    if (subject === MARK)
      return this.#mark === undefined
        ? { key: MARK, value: valueText({ id: `${instance} ${this.#epoch}` }), revision: 0 }
        : undefined;
    if (subject === PRESENCE) {
      const present = this.#present.get(keyOf(node));
      if (this.#mark === undefined || this.#better.toWrite > 0 || present?.mark === this.#mark) return undefined;
      const key = `${PRESENCE}${keyOf(node)}`;
      return { key, value: valueText({ id: this.#mark }), revision: present?.revision ?? 0 };
    }
    if (!isKept(subject)) return this.#dependencies.next(subject);
    const key = subject.slice(KEPT.length);
    const known = this.#better.mayWrite(key);
    if (known !== undefined) return { key, value: this.#dependencies.textOf(known.value), revision: known.revision };
    this.#better.settle(key);
    if (this.#better.toWrite === 0) queueMicrotask(() => this.#look());
    return undefined;
  }

  #run(): void {
    if (!this.isReady || this.#retry !== undefined) return;
    for (const subject of this.#waiting) {
      if (this.#underWay.size >= AT_ONCE) return;
      if (this.#underWay.has(subject)) continue;
      this.#waiting.delete(subject);
      this.#underWay.add(subject); // before it is looked at, which may touch it again
      const write = this.#next(subject);
      if (write === undefined) {
        this.#underWay.delete(subject);
        continue;
      }
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
        if (entry.key === MARK || subject === PRESENCE) this.entry(entry);
        else if (steps < STEPS_UNTIL_SURE) this.#entry(entry);
        else this.#insist(entry);
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
    if (!isKept(subject) && subject !== MARK && subject !== PRESENCE) failed(subject);
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

/** Why nothing new can be claimed; `undefined`: nobody is missing. */
export const lostWithout = (missing: readonly string[]): string | undefined =>
  missing.length === 0
    ? undefined
    : `the engine has lost what it held, ${missing.join(', ')} has not said since what it gave`;

/** No key has a space, so that this is the subject of no other. */
const KEPT = 'kept ';
const kept = (key: string): string => `${KEPT}${key}`;
const isKept = (subject: string): boolean => subject.startsWith(KEPT);
