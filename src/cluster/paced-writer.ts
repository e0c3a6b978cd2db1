import type { Clock, Duration } from '../core/time.js';
import { type KeyOutcome, PacedKeys } from './paced-keys.js';
import { type Bucket, BusUnavailable } from './ports.js';

/**
 * After what a key may be written: whoever wrote it, only this node since its last write, or only what has this revision
 * (0: nothing).
 */
export type WriteAfter = 'anybody' | 'own' | number;

interface Write<V> {
  readonly after: WriteAfter;
  readonly value: V;
}

/** A value that is on its way to the engine. */
export interface SentValue<V> {
  readonly value: V;
  readonly text: string;
}

/** What a writer is made of. */
export interface PacedWriterDependencies<V> {
  readonly bucket: Bucket;
  readonly clock: Clock;
  /** Values that follow one within this time go together with others. Absent: none waits for others. */
  readonly gather?: Duration;
  /** The text of a value. It is made when the value leaves, since a newer one may take its place before. */
  textOf(value: V): string;
  /** Called when a write has been done. `revision`: `undefined` if somebody else had written the key. */
  readonly written?: (key: string, revision: number | undefined, sent: SentValue<V>) => void;
  /** Called with a fault of this program: a write that no retry mends. It is given up. */
  readonly failed: (key: string, error: unknown) => void;
}

/**
 * Writes what a node has to tell, and lets nobody wait for it: many writes are under way at once, one of each key, and the
 * newest that waits replaces the one before. A write that the engine did not answer is tried again, for as long as it takes.
 */
export class PacedWriter<V> {
  readonly #dependencies: PacedWriterDependencies<V>;
  readonly #keys: PacedKeys;
  readonly #waiting = new Map<string, Write<V>>();
  readonly #underWay = new Map<string, SentValue<V>>();
  /** The revision of the last write of this node, by key. */
  readonly #own = new Map<string, number>();
  /** Rises when the engine may have lost what it had: what is under way from before says nothing of it. */
  #epoch = 0;

  constructor(dependencies: PacedWriterDependencies<V>) {
    this.#dependencies = dependencies;
    const { clock, gather } = dependencies;
    this.#keys = new PacedKeys({
      clock,
      ...(gather === undefined ? {} : { gather }),
      work: (key) => this.#start(key),
    });
  }

  /** How many keys wait or are under way. */
  get size(): number {
    return this.#keys.size;
  }

  /** Writes it once it is the key's turn. What has changed meanwhile against `allowed` stays. */
  write(key: string, value: V, allowed: WriteAfter): void {
    // A state that is to follow one that was not written yet follows it in the same way.
    const waiting = this.#waiting.get(key);
    const isFirst = waiting !== undefined && allowed === 'own';
    this.#waiting.set(key, { value, after: isFirst ? waiting.after : allowed });
    this.#keys.touch(key);
  }

  /** The revision of this node's last write of the key. `undefined`: it has written none. */
  ownRevision(key: string): number | undefined {
    return this.#own.get(key);
  }

  /** Whether a write of the key waits or is under way. */
  isPending(key: string): boolean {
    return this.#waiting.has(key) || this.#underWay.has(key);
  }

  /** What of the key is on its way to the engine. */
  sent(key: string): SentValue<V> | undefined {
    return this.#underWay.get(key);
  }

  /** The bus is gone: everything waits. */
  pause(): void {
    this.#keys.pause();
  }

  /** The engine may have lost what this node wrote, or others may have written since. */
  forgetRevisions(): void {
    this.#epoch += 1;
    this.#own.clear();
  }

  /** The bus is there. */
  resume(): void {
    this.#keys.resume();
  }

  close(): void {
    this.#keys.close();
  }

  #start(key: string): Promise<KeyOutcome> | undefined {
    const write = this.#waiting.get(key);
    if (write === undefined) return undefined;
    this.#waiting.delete(key);
    return this.#write(key, write);
  }

  async #write(key: string, write: Write<V>): Promise<KeyOutcome> {
    const { textOf, written, failed } = this.#dependencies;
    const epoch = this.#epoch;
    try {
      const sent = { value: write.value, text: textOf(write.value) };
      this.#underWay.set(key, sent);
      const revision = await this.#written(key, write.after, sent.text);
      this.#underWay.delete(key);
      if (epoch !== this.#epoch) {
        this.#putBack(key, write);
        return 'overtaken';
      }
      if (revision === undefined) this.#own.delete(key);
      else this.#own.set(key, revision);
      written?.(key, revision, sent);
    } catch (error) {
      this.#underWay.delete(key);
      if (error instanceof BusUnavailable) {
        this.#putBack(key, write);
        return 'unanswered';
      }
      failed(key, error);
    }
    return 'settled';
  }

  /** It may or may not have been written. What waits already is newer, and follows it in the same way. */
  #putBack(key: string, write: Write<V>): void {
    const newer = this.#waiting.get(key);
    if (newer === undefined) this.#waiting.set(key, write);
    else if (newer.after === 'own') this.#waiting.set(key, { ...newer, after: write.after });
  }

  async #written(key: string, allowed: WriteAfter, text: string): Promise<number | undefined> {
    const { bucket } = this.#dependencies;
    if (allowed === 'anybody') return bucket.put(key, text);
    const revision = allowed === 'own' ? this.#own.get(key) : allowed;
    if (revision === undefined) return undefined;
    return revision === 0 ? bucket.create(key, text) : bucket.update(key, text, revision);
  }
}
