// What a node knows of a bucket better than the engine tells it. After a break a server may be about to catch up with the others, or
// the engine may have lost what it had answered to be written, or all that it had. What this node knows of that stays, and it
// writes it again.

import type { Mirrored } from './mirror.js';
import type { Entry } from './ports.js';

/** The mirror of the bucket. */
export interface BetterMirror<T> {
  entryOf(key: string): Mirrored<T> | undefined;
  entries(): IterableIterator<[string, Mirrored<T>]>;
  /** Puts the value that is known in the place of what the engine has, which has this revision; 0: nothing. */
  keep(key: string, value: T, revision: number): void;
}

/** What is known better, by key. */
export class KnownBetter<T> {
  readonly #mirror: BetterMirror<T>;
  /** What was told since the last break. */
  readonly #told = new Set<string>();
  /** What was told with an older revision, or not at all, with that revision; 0: it was not told. */
  readonly #behind = new Map<string, number>();
  /** What is to be written again, with the revision that the engine has instead; 0: it has nothing. */
  readonly #kept = new Map<string, number>();

  constructor(mirror: BetterMirror<T>) {
    this.#mirror = mirror;
  }

  /** How many keys were told worse than they are known. */
  get behind(): number {
    return this.#behind.size;
  }

  /** How many keys are to be written again. */
  get toWrite(): number {
    return this.#kept.size;
  }

  /** All that the bucket holds follows. */
  begin(): void {
    this.#told.clear();
    this.#behind.clear();
  }

  /**
   * An entry was told. `isSameLife`: its revision can be compared with what is known. Returns whether this node knows better, so
   * that the entry changes nothing.
   */
  tell({ key, revision }: Entry, isSameLife: boolean): boolean {
    this.#told.add(key);
    const known = this.#mirror.entryOf(key);
    if (known !== undefined && this.mayWrite(key)?.revision === revision) {
      this.#keep(key, revision);
      return true;
    }
    if (!isSameLife) return false;
    const isOld = (known?.revision ?? 0) > revision;
    if (isOld) this.#behind.set(key, revision);
    else this.#behind.delete(key);
    return isOld;
  }

  /** Everything was told, by the same life of the bucket: what was not told is behind. A removed key is told, too. */
  missed(): void {
    for (const [key, { revision }] of this.#mirror.entries())
      if (revision > 0 && !this.#told.has(key)) this.#behind.set(key, 0);
  }

  /** What is behind now does not come any more. */
  keepBehind(): void {
    for (const [key, revision] of this.#behind) this.#keep(key, revision);
    this.#behind.clear();
  }

  /** The engine has lost all that it had. */
  keepAll(): void {
    for (const [key] of [...this.#mirror.entries()]) if (!this.#told.has(key)) this.#keep(key, 0);
  }

  /** Everything is known. What was to be written again when the bus was gone once more is so still. */
  end(): void {
    for (const [key, revision] of this.#kept)
      if (!this.#told.has(key) && this.mayWrite(key) !== undefined) this.#keep(key, revision);
    this.#told.clear();
  }

  /** The keys that are to be written again. Those that somebody has written since are not. */
  *keys(): Iterable<string> {
    for (const key of this.#kept.keys())
      if (this.mayWrite(key) === undefined) this.#kept.delete(key);
      else yield key;
  }

  /** What is to be written again under a key. `undefined`: nothing. */
  mayWrite(key: string): Mirrored<T> | undefined {
    const known = this.#mirror.entryOf(key);
    return known !== undefined && known.revision === this.#kept.get(key) ? known : undefined;
  }

  /** It was written again, or somebody has written in its place. */
  settle(key: string): void {
    this.#kept.delete(key);
  }

  #keep(key: string, revision: number): void {
    const known = this.#mirror.entryOf(key);
    if (known === undefined) return;
    this.#kept.set(key, revision);
    this.#mirror.keep(key, known.value, revision);
  }
}
