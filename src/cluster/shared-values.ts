// Values that every node may write and each keeps for itself, too: devices that were changed at runtime, and messages that
// wait. The newest in the order of the engine holds.

import type { Publisher } from '../core/event-bus.js';
import type { Clock } from '../core/time.js';
import { keyOf, namesOf } from './bus-names.js';
import type { ClusterEvent } from './events.js';
import { Mirror } from './mirror.js';
import type { Bucket, BucketName, BucketWatcher, Entry } from './ports.js';
import { BusUnavailable } from './ports.js';
import { textIn, type ValueFields, valueText } from './values.js';

/** So many writes are under way at once. */
const AT_ONCE = 256;

/** What a node wrote under a name. */
export interface SharedValue {
  /** The node that wrote it. */
  readonly node: string;
  /** What it wrote, without `v` and `node`. */
  readonly fields: ValueFields;
}

/** `sent`: the engine has it. `away`: it did not answer. `never`: the engine refuses it, and will again. */
export type SendOutcome = 'sent' | 'away' | 'never';

/** What shared values are made of. */
export interface SharedValuesDependencies {
  readonly name: BucketName;
  readonly bucket: Bucket;
  readonly clock: Pick<Clock, 'now'>;
  readonly bus: Publisher<ClusterEvent>;
  /** The name of this node. */
  readonly self: string;
  /** Another node has written under that name. */
  changed(name: string): void;
  /** Everything was read, at the start and after each break. */
  whole(): void;
}

/** A bucket of such values: what the others wrote, and the writing of one's own. */
export class SharedValues implements BucketWatcher {
  readonly #dependencies: SharedValuesDependencies;
  readonly #mirror: Mirror<SharedValue>;
  /** Revisions of own writes that the engine has not told of yet, by key. */
  readonly #written = new Map<string, number>();
  #isReachable = false;

  constructor(dependencies: SharedValuesDependencies) {
    this.#dependencies = dependencies;
    const { self } = dependencies;
    this.#mirror = new Mirror<SharedValue>({
      read: readShared,
      changed: (key, now) => {
        if (now === undefined) return;
        if (now.revision >= (this.#written.get(key) ?? 0)) this.#written.delete(key);
        const [name] = namesOf(key) ?? [];
        if (this.#isReachable && name !== undefined && now.value.node !== self) dependencies.changed(name);
      },
      whole: () => {
        this.#isReachable = true;
        this.#written.clear();
        dependencies.whole();
      },
      broken: (key) => this.broken(key),
    });
  }

  /** Whether the engine answers, and everything was read since it does. */
  get isReachable(): boolean {
    return this.#isReachable;
  }

  /** What holds under a name. `undefined`: nothing was written, or this node's own write is newer than what was told. */
  of(name: string): SharedValue | undefined {
    const key = keyOf(name);
    const entry = this.#mirror.entryOf(key);
    return entry === undefined || entry.revision < (this.#written.get(key) ?? 0) ? undefined : entry.value;
  }

  /** All names under which something is written. */
  *names(): Iterable<string> {
    for (const [key] of this.#mirror.entries()) {
      const [name] = namesOf(key) ?? [];
      if (name !== undefined) yield name;
    }
  }

  begin(): void {
    this.#isReachable = false;
    this.#mirror.begin();
  }

  entry(entry: Entry): void {
    this.#mirror.entry(entry);
  }

  whole(): void {
    this.#mirror.whole();
  }

  /** The bus is gone. */
  lost(): void {
    this.#isReachable = false;
  }

  /** Reports a value that cannot be read. */
  broken(key: string): void {
    const { bus, clock, name } = this.#dependencies;
    bus.publish({ type: 'cluster.value-broken', at: clock.now(), bucket: name, key });
  }

  /**
   * Writes many names, so many at once, in their order. `isNew`: only where nothing is written. Resolves with the names that the
   * engine may not have. Never rejects.
   */
  async send(values: ReadonlyMap<string, ValueFields>, isNew = false): Promise<readonly string[]> {
    const away: string[] = [];
    const waiting = values.entries();
    const sendSome = async (): Promise<void> => {
      for (const [name, fields] of waiting) {
        const outcome = this.#isReachable ? await this.#send(name, fields, isNew) : 'away';
        if (outcome === 'away') away.push(name);
      }
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, values.size) }, sendSome));
    return away;
  }

  async #send(name: string, fields: ValueFields, isNew: boolean): Promise<SendOutcome> {
    const { bucket, self, bus, clock, name: bucketName } = this.#dependencies;
    const key = keyOf(name);
    const text = valueText({ ...fields, node: self });
    try {
      const revision = isNew ? await bucket.create(key, text) : await bucket.put(key, text);
      const told = this.#mirror.entryOf(key);
      if (revision !== undefined && (told === undefined || told.revision < revision)) this.#written.set(key, revision);
      return 'sent';
    } catch (error) {
      if (error instanceof BusUnavailable) return 'away';
      const reason = error instanceof Error ? error.message : String(error);
      bus.publish({ type: 'cluster.value-unwritten', at: clock.now(), bucket: bucketName, key, reason });
      return 'never';
    }
  }
}

const readShared = ({ v: _, node: writer, ...fields }: ValueFields, key: string): SharedValue | undefined => {
  const node = textIn({ node: writer }, 'node', 64);
  return node === undefined || namesOf(key)?.length !== 1 ? undefined : { node, fields };
};
