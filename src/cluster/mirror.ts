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

  entry({ key, value, revision }: Entry): void {
    this.#told?.add(key);
    const before = this.#entries.get(key);
    // During a break the engine may have lost what it had in memory: then revisions begin anew.
    if (before !== undefined && before.revision >= revision && this.#told === undefined) return;
    if (value === undefined) {
      this.#remove(key, before);
      return;
    }
    const fields = fieldsOf(value);
    const read = fields === undefined ? undefined : this.#dependencies.read(fields, key);
    if (read === undefined) {
      this.#dependencies.broken(key);
      return;
    }
    const now = { value: read, revision };
    this.#entries.set(key, now);
    this.#dependencies.changed?.(key, now, before);
  }

  whole(): void {
    const told = this.#told;
    this.#told = undefined;
    this.#isWhole = true;
    if (told !== undefined)
      for (const [key, before] of [...this.#entries]) if (!told.has(key)) this.#remove(key, before);
    this.#dependencies.whole?.();
  }

  #remove(key: string, before: Mirrored<T> | undefined): void {
    if (!this.#entries.delete(key)) return;
    this.#dependencies.changed?.(key, undefined, before);
  }
}
