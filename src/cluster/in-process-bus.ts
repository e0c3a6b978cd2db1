// A bus between nodes of one process: for tests, and for labs of several nodes in one program. The engine is an object;
// nodes can be cut off from it, and it can be restarted, as happens to one between machines.

import { after, type Clock, type Duration } from '../core/time.js';
import {
  BUCKET_NAMES,
  BUCKETS,
  type Bucket,
  type BucketName,
  type BucketWatcher,
  type BusState,
  BusUnavailable,
  type ClusterBus,
  type Entry,
  LONGEST_VALUE,
  NoAnswer,
} from './ports.js';

/** What an engine keeps of a bucket. A removed key stays with its revision, as the engine between machines has it. */
interface StoredBucket {
  readonly entries: Map<string, Entry>;
  revision: number;
}

const emptyBucket = (): StoredBucket => ({ entries: new Map(), revision: 0 });

/** The engine: what all nodes of a cluster connect to. */
export class InProcessEngine {
  readonly #clock: Clock;
  readonly #buckets = new Map<BucketName, StoredBucket>(BUCKET_NAMES.map((name) => [name, emptyBucket()]));
  readonly #nodes = new Set<InProcessBus>();
  #isRunning = true;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** A connection of a node. It is made when the bus is started. */
  connection(node: string): InProcessBus {
    const bus = new InProcessBus(this, node, this.#clock);
    this.#nodes.add(bus);
    return bus;
  }

  /** Stops: every node loses it. */
  stop(): void {
    this.#isRunning = false;
    for (const node of this.#nodes) node.look();
  }

  /** Starts again. What was in memory is gone. */
  restart(): void {
    for (const name of BUCKET_NAMES)
      if (BUCKETS[name] === 'memory') {
        const bucket = this.stored(name);
        bucket.entries.clear();
        bucket.revision = 0;
      }
    this.#isRunning = true;
    for (const node of this.#nodes) node.look();
  }

  stored(name: BucketName): StoredBucket {
    return this.#buckets.get(name) as StoredBucket;
  }

  /** Writes, and tells every connected node. Returns the revision. */
  write(name: BucketName, key: string, value: string | undefined): number {
    const bucket = this.stored(name);
    bucket.revision += 1;
    const entry = { key, value, revision: bucket.revision };
    bucket.entries.set(key, entry);
    for (const node of this.#nodes) node.tell(name, entry);
    return bucket.revision;
  }

  tellNews(kind: string, news: string): void {
    for (const node of this.#nodes) node.tellNews(kind, news);
  }

  /** The connected node of that name. */
  node(name: string): InProcessBus | undefined {
    return [...this.#nodes].find((bus) => bus.node === name && bus.state.isConnected);
  }

  forget(bus: InProcessBus): void {
    this.#nodes.delete(bus);
  }
}

/** The connection of one node. */
export class InProcessBus implements ClusterBus {
  readonly node: string;
  readonly address = 'this process';
  readonly #engine: InProcessEngine;
  readonly #clock: Clock;
  readonly #watchers: (readonly [BucketName, BucketWatcher])[] = [];
  readonly #listeners: ((state: BusState) => void)[] = [];
  readonly #readers = new Map<string, ((news: string) => void)[]>();
  #answer: ((question: string) => Promise<string>) | undefined;
  #state: BusState;
  #isStarted = false;
  #isCut = false;

  constructor(engine: InProcessEngine, node: string, clock: Clock) {
    this.#engine = engine;
    this.node = node;
    this.#clock = clock;
    this.#state = { isConnected: false, since: clock.now(), reason: 'not started' };
  }

  get state(): BusState {
    return this.#state;
  }

  onState(listener: (state: BusState) => void): void {
    this.#listeners.push(listener);
  }

  start(): void {
    this.#isStarted = true;
    queueMicrotask(() => this.look());
  }

  /** Cuts this node off, as a broken network does, or connects it again. */
  cut(isCut: boolean): void {
    this.#isCut = isCut;
    this.look();
  }

  /** Whether the engine can be reached may have changed. */
  look(): void {
    const isConnected = this.#isStarted && !this.#isCut && this.#engine.isRunning;
    if (isConnected === this.#state.isConnected) return;
    const since = this.#clock.now();
    this.#set(isConnected ? { isConnected, since } : { isConnected, since, reason: 'the engine does not answer' });
    if (!isConnected) return;
    for (const [name, watcher] of this.#watchers) {
      watcher.begin();
      for (const entry of this.#engine.stored(name).entries.values())
        if (entry.value !== undefined) watcher.entry(entry);
      watcher.whole();
    }
  }

  bucket(name: BucketName): Bucket {
    const revisionOf = (key: string): number | undefined => {
      const entry = this.#engine.stored(name).entries.get(key);
      return entry?.value === undefined ? undefined : entry.revision;
    };
    const write = (key: string, value: string): number => {
      if (Buffer.byteLength(value) > LONGEST_VALUE) throw new RangeError(`the value of ${key} is too long for the bus`);
      return this.#engine.write(name, key, value);
    };
    return {
      put: (key, value) => this.#asked(() => write(key, value)),
      create: (key, value) => this.#asked(() => (revisionOf(key) === undefined ? write(key, value) : undefined)),
      update: (key, value, revision) =>
        this.#asked(() => (revisionOf(key) === revision ? write(key, value) : undefined)),
      remove: (key, revision) =>
        this.#asked(() => {
          if (revisionOf(key) !== revision) return false;
          this.#engine.write(name, key, undefined);
          return true;
        }),
      get: (key) =>
        this.#asked(() => {
          const entry = this.#engine.stored(name).entries.get(key);
          return entry?.value === undefined ? undefined : entry;
        }),
    };
  }

  watch(name: BucketName, watcher: BucketWatcher): void {
    this.#watchers.push([name, watcher]);
  }

  publish(kind: string, news: string): void {
    queueMicrotask(() => {
      if (this.#state.isConnected) this.#engine.tellNews(kind, news);
    });
  }

  subscribe(kind: string, listener: (news: string) => void): void {
    this.#readers.set(kind, [...(this.#readers.get(kind) ?? []), listener]);
  }

  async ask(node: string, question: string, within: Duration): Promise<string> {
    const answer = await this.#asked(() => ({ pending: this.#engine.node(node)?.answer(question) }));
    const { pending } = answer;
    if (pending === undefined) throw new NoAnswer(node);
    return new Promise((resolve, reject) => {
      const timer = this.#clock.callAt(after(this.#clock.now(), within), () => reject(new NoAnswer(node)));
      pending.then(resolve, () => reject(new NoAnswer(node))).finally(() => timer.cancel());
    });
  }

  serve(answer: (question: string) => Promise<string>): void {
    this.#answer = answer;
  }

  /** `undefined`: nobody serves. */
  answer(question: string): Promise<string> | undefined {
    return this.#answer?.(question);
  }

  /** The engine has written an entry. */
  tell(name: BucketName, entry: Entry): void {
    if (!this.#state.isConnected) return;
    for (const [watched, watcher] of this.#watchers)
      if (watched === name) queueMicrotask(() => this.#state.isConnected && watcher.entry(entry));
  }

  tellNews(kind: string, news: string): void {
    if (this.#state.isConnected) for (const reader of this.#readers.get(kind) ?? []) reader(news);
  }

  close(): Promise<void> {
    this.#isStarted = false;
    this.#engine.forget(this);
    this.#listeners.length = 0;
    this.look();
    return Promise.resolve();
  }

  async #asked<T>(act: () => T): Promise<T> {
    if (!this.#state.isConnected) throw new BusUnavailable('the engine does not answer');
    await Promise.resolve(); // as between machines, the answer comes later
    if (!this.#state.isConnected) throw new BusUnavailable('the engine does not answer');
    return act();
  }

  #set(state: BusState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
  }
}
