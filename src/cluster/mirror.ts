import type { BucketWatcher, Entry } from './ports.js';
import { fieldsOf, type ValueFields } from './values.js';

/** A value of a bucket, and when it was written. */
export interface Mirrored<T> {
  readonly value: T;
  readonly revision: number;
}

/** What a mirror is made of. */
export interface MirrorDependencies<T> {
  /** The value of an object. `undefined`: it is none that this labcm can read. */
  read(fields: ValueFields, key: string): T | undefined;
  /** Called with each change: what is there now, and what was. */
  changed?(key: string, now: Mirrored<T> | undefined, before: Mirrored<T> | undefined): void;
  /** Called when everything that the bucket holds was told, at the start and after each break. */
  whole?(): void;
  /** Called with an entry that cannot be read. It changes nothing. */
  broken(key: string): void;
}

/** Keys of a bucket. What is more is left out as if it could not be read: no lab has so many. */
const MOST_KEYS = 500_000;

/** The whole content of a bucket in memory, so that no lookup on the path of a message leaves the process. */
export class Mirror<T> implements BucketWatcher {
  readonly #dependencies: MirrorDependencies<T>;
  readonly #entries = new Map<string, Mirrored<T>>();
  /** The keys that were told since `begin`; `undefined`: all were. */
  #told: Set<string> | undefined;
  #isWhole = false;

  constructor(dependencies: MirrorDependencies<T>) {
    this.#dependencies = dependencies;
  }

  /** Whether everything was read at least once. It may be old while the bus is gone. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** Whether it is being told what the bucket holds. */
  get isReplaying(): boolean {
    return this.#told !== undefined;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): T | undefined {
    return this.#entries.get(key)?.value;
  }

  /** With its revision. */
  entryOf(key: string): Mirrored<T> | undefined {
    return this.#entries.get(key);
  }

  entries(): IterableIterator<[string, Mirrored<T>]> {
    return this.#entries.entries();
  }

  begin(): void {
    this.#told = new Set();
  }

  entry(entry: Entry): void {
    const { key, revision } = entry;
    this.#told?.add(key);
    const before = this.#entries.get(key);
    // During a break the engine may have lost what it had in memory: then revisions begin anew.
    if (before !== undefined && before.revision >= revision && this.#told === undefined) return;
    const { value } = entry; // only now: the text of what is known already is never made
    if (value === undefined) {
      this.#remove(key, before);
      return;
    }
    const isRoom = before !== undefined || this.#entries.size < MOST_KEYS;
    const fields = isRoom ? fieldsOf(value) : undefined;
    const read = fields === undefined ? undefined : this.#dependencies.read(fields, key);
    if (read === undefined) this.#dependencies.broken(key);
    else this.#set(key, { value: read, revision }, before);
  }

  /** As `entry`, of a value that this node wrote itself, so that it need not be read. */
  wrote(key: string, value: T, revision: number): void {
    this.#told?.add(key);
    const before = this.#entries.get(key);
    if (before === undefined || before.revision < revision || this.#told !== undefined)
      this.#set(key, { value, revision }, before);
  }

  whole(): void {
    const told = this.#told;
    this.#told = undefined;
    this.#isWhole = true;
    if (told !== undefined)
      for (const [key, before] of [...this.#entries]) if (!told.has(key)) this.#remove(key, before);
    this.#dependencies.whole?.();
  }

  #set(key: string, now: Mirrored<T>, before: Mirrored<T> | undefined): void {
    this.#entries.set(key, now);
    this.#dependencies.changed?.(key, now, before);
  }

  #remove(key: string, before: Mirrored<T> | undefined): void {
    if (!this.#entries.delete(key)) return;
    this.#dependencies.changed?.(key, undefined, before);
  }
}
