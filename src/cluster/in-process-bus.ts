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
  checkedEntry,
  checkedText,
  type Entry,
  NodeSilent,
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
  readonly #failed: (error: unknown) => void;
  #isRunning = true;

  /** `failed`: called with what a callback has thrown, a fault of this program. Absent: it ends the process. */
  constructor(
    clock: Clock,
    failed: (error: unknown) => void = (error) =>
      queueMicrotask(() => {
        throw error;
      }),
  ) {
    this.#clock = clock;
    this.#failed = failed;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** A connection of a node. It is made when the bus is started. */
  connection(node: string): InProcessBus {
    const bus = new InProcessBus(this, node, { clock: this.#clock, failed: this.#failed });
    this.#nodes.add(bus);
    return bus;
  }

  /** Stops: every node loses it. */
  stop(): void {
    this.#isRunning = false;
    for (const node of this.#nodes) node.look();
  }

  /** Starts, again or anew. What was in memory is gone. */
  restart(): void {
    this.stop();
    for (const name of BUCKET_NAMES)
      if (BUCKETS[name] === 'memory') {
        const bucket = this.stored(name);
        bucket.entries.clear();
        bucket.revision = 0;
      }
    this.#isRunning = true;
    for (const node of this.#nodes) node.look();
  }

  /** Its disk is lost: what was on file is gone, too. */
  loseAll(): void {
    for (const name of BUCKET_NAMES) this.#buckets.set(name, emptyBucket());
  }

  stored(name: BucketName): StoredBucket {
    return this.#buckets.get(name) as StoredBucket;
  }

  /** Writes, and tells every connected node. Returns the revision. */
  write(name: BucketName, key: string, value: string | undefined): number {
    const bucket = this.stored(name);
    bucket.revision += 1;
    const entry = { key, value, revision: bucket.revision };
    bucket.entries.delete(key); // so that they stand in the order of their revisions
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
  readonly #failed: (error: unknown) => void;
  readonly #watchers: (readonly [BucketName, BucketWatcher])[] = [];
  readonly #listeners: ((state: BusState) => void)[] = [];
  readonly #readers = new Map<string, ((news: string) => void)[]>();
  #answer: ((question: string) => Promise<string>) | undefined;
  #state: BusState;
  #isStarted = false;
  #isCut = false;
  /** Rises with each connection: what was under way over an earlier one is lost. */
  #connection = 0;

  constructor(
    engine: InProcessEngine,
    node: string,
    { clock, failed }: { readonly clock: Clock; readonly failed: (error: unknown) => void },
  ) {
    this.#engine = engine;
    this.node = node;
    this.#clock = clock;
    this.#failed = failed;
    this.#state = { isConnected: false, since: clock.now(), reason: NOT_CONNECTED };
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
    const before = this.#state;
    const isFirstFailure = this.#isStarted && !before.isConnected && before.reason === NOT_CONNECTED;
    if (isConnected === before.isConnected && (isConnected || !isFirstFailure)) return;
    const since = this.#clock.now();
    this.#connection += 1;
    this.#set(isConnected ? { isConnected, since } : { isConnected, since, reason: 'the engine does not answer' });
    if (!isConnected) return;
    for (const name of BUCKET_NAMES)
      for (const [watched, watcher] of this.#watchers) if (watched === name) this.#replay(name, watcher);
  }

  #replay(name: BucketName, watcher: BucketWatcher): void {
    this.#call(() => watcher.begin());
    for (const entry of this.#engine.stored(name).entries.values()) this.#call(() => watcher.entry(entry));
    this.#call(() => watcher.whole());
  }

  bucket(name: BucketName): Bucket {
    const revisionOf = (key: string): number | undefined => {
      const entry = this.#engine.stored(name).entries.get(key);
      return entry?.value === undefined ? undefined : entry.revision;
    };
    const write = (key: string, value: string): number => this.#engine.write(name, key, value);
    return {
      put: async (key, value) => {
        checkedEntry(key, value);
        return this.#asked(() => write(key, value));
      },
      create: async (key, value) => {
        checkedEntry(key, value);
        return this.#asked(() => (revisionOf(key) === undefined ? write(key, value) : undefined));
      },
      update: async (key, value, revision) => {
        checkedEntry(key, value);
        return this.#asked(() => (revisionOf(key) === revision ? write(key, value) : undefined));
      },
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
    this.#call(() => checkedText(news) && this.#later(() => this.#engine.tellNews(kind, news)));
  }

  subscribe(kind: string, listener: (news: string) => void): void {
    this.#readers.set(kind, [...(this.#readers.get(kind) ?? []), listener]);
  }

  async ask(node: string, question: string, within: Duration): Promise<string> {
    checkedText(question);
    const answer = await this.#asked(() => ({ pending: this.#engine.node(node)?.answer(question) }));
    const { pending } = answer;
    if (pending === undefined) throw new NodeSilent(node);
    return new Promise((resolve, reject) => {
      const timer = this.#clock.callAt(after(this.#clock.now(), within), () => reject(new NodeSilent(node)));
      pending.then(resolve, () => reject(new NodeSilent(node))).finally(() => timer.cancel());
    });
  }

  serve(answer: (question: string) => Promise<string>): void {
    this.#answer = answer;
  }

  /** `undefined`: nobody serves. */
  answer(question: string): Promise<string> | undefined {
    const answer = this.#answer;
    if (answer === undefined) return undefined;
    const checked = async (): Promise<string> => checkedText(await answer(question));
    return checked().catch((error: unknown) => {
      this.#failed(error);
      throw error;
    });
  }

  /** The engine has written an entry. */
  tell(name: BucketName, entry: Entry): void {
    if (!this.#state.isConnected) return;
    for (const [watched, watcher] of this.#watchers) if (watched === name) this.#later(() => watcher.entry(entry));
  }

  tellNews(kind: string, news: string): void {
    for (const reader of this.#readers.get(kind) ?? []) this.#later(() => reader(news));
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
    for (const listener of this.#listeners) this.#call(() => listener(state));
  }

  /** Does it in a turn of its own, unless this connection has ended by then. */
  #later(act: () => void): void {
    const connection = this.#connection;
    if (!this.#state.isConnected) return;
    queueMicrotask(() => {
      if (connection === this.#connection) this.#call(act);
    });
  }

  #call(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#failed(error);
    }
  }
}

const NOT_CONNECTED = 'not connected yet';
