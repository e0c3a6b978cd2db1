import { after, type Clock, type Duration, milliseconds, type Timer } from '../core/time.js';
import { type Bucket, BusUnavailable } from './ports.js';

/** So many writes are under way at once: then one that is urgent waits for few. */
const AT_ONCE = 256;
const FIRST_RETRY = milliseconds(100);
const LONGEST_RETRY = milliseconds(5_000);

/**
 * After what a key may be written: whoever wrote it, only this node since its last write, or only what has this revision
 * (0: nothing).
 */
export type WriteAfter = 'anybody' | 'own' | number;

interface Write {
  readonly after: WriteAfter;
  readonly value: string;
}

/** What a writer is made of. */
export interface PacedWriterDependencies {
  readonly bucket: Bucket;
  readonly clock: Clock;
  /** Called when a write has been done. `undefined`: somebody else had written the key. */
  readonly written?: (key: string, revision: number | undefined) => void;
  /** Called with a fault of this program: a write that no retry mends. It is given up. */
  readonly failed: (key: string, error: unknown) => void;
}

/**
 * Writes what a node has to tell, and lets nobody wait for it: many writes are under way at once, one of each key, and the
 * newest that waits replaces the one before. What waits is bounded by the number of keys. A write that the engine did not
 * answer is tried again, for as long as it takes.
 */
export class PacedWriter {
  readonly #dependencies: PacedWriterDependencies;
  readonly #waiting = new Map<string, Write>();
  readonly #underWay = new Set<string>();
  /** The revision of the last write of this node, by key. */
  readonly #own = new Map<string, number>();
  #retryAfter: Duration = FIRST_RETRY;
  #retry: Timer | undefined;
  #isPaused = true;
  #isClosed = false;
  /** Rises when the engine may have lost what it had: what is under way from before says nothing of it. */
  #epoch = 0;

  constructor(dependencies: PacedWriterDependencies) {
    this.#dependencies = dependencies;
  }

  /** How many keys wait or are under way. */
  get size(): number {
    return this.#waiting.size + this.#underWay.size;
  }

  /** Writes it once it is the key's turn. What has changed meanwhile against `allowed` stays. */
  write(key: string, value: string, allowed: WriteAfter): void {
    // A state that is to follow one that was not written yet follows it in the same way.
    const waiting = this.#waiting.get(key);
    const isFirst = waiting !== undefined && allowed === 'own';
    this.#waiting.set(key, { value, after: isFirst ? waiting.after : allowed });
    this.#run();
  }

  /** The revision of this node's last write of the key. `undefined`: it has written none. */
  ownRevision(key: string): number | undefined {
    return this.#own.get(key);
  }

  /** Whether a write of the key waits or is under way. */
  isPending(key: string): boolean {
    return this.#waiting.has(key) || this.#underWay.has(key);
  }

  /** The bus is gone: everything waits. */
  pause(): void {
    this.#isPaused = true;
    this.#retry?.cancel();
    this.#retry = undefined;
  }

  /** The engine may have lost what this node wrote, or others may have written since. */
  forgetRevisions(): void {
    this.#epoch += 1;
    this.#own.clear();
  }

  /** The bus is there. */
  resume(): void {
    this.#isPaused = false;
    this.#retryAfter = FIRST_RETRY;
    this.#run();
  }

  close(): void {
    this.#isClosed = true;
    this.pause();
  }

  #run(): void {
    if (this.#isPaused || this.#isClosed || this.#retry !== undefined) return;
    for (const [key, write] of this.#waiting) {
      if (this.#underWay.size >= AT_ONCE) return;
      if (this.#underWay.has(key)) continue;
      this.#waiting.delete(key);
      this.#underWay.add(key);
      void this.#write(key, write);
    }
  }

  async #write(key: string, write: Write): Promise<void> {
    const { bucket, written, failed } = this.#dependencies;
    const epoch = this.#epoch;
    try {
      const revision = await this.#written(bucket, key, write);
      this.#underWay.delete(key);
      this.#retryAfter = FIRST_RETRY;
      if (epoch === this.#epoch) {
        if (revision === undefined) this.#own.delete(key);
        else this.#own.set(key, revision);
        written?.(key, revision);
      } else if (!this.#waiting.has(key)) this.#waiting.set(key, write);
    } catch (error) {
      this.#underWay.delete(key);
      if (!(error instanceof BusUnavailable)) failed(key, error);
      else {
        if (!this.#waiting.has(key)) this.#waiting.set(key, write);
        this.#retryLater();
      }
    }
    this.#run();
  }

  async #written(bucket: Bucket, key: string, { after: allowed, value }: Write): Promise<number | undefined> {
    if (allowed === 'anybody') return bucket.put(key, value);
    const revision = allowed === 'own' ? this.#own.get(key) : allowed;
    if (revision === undefined) return undefined;
    return revision === 0 ? bucket.create(key, value) : bucket.update(key, value, revision);
  }

  #retryLater(): void {
    if (this.#isPaused || this.#isClosed || this.#retry !== undefined) return;
    const { clock } = this.#dependencies;
    this.#retry = clock.callAt(after(clock.now(), this.#retryAfter), () => {
      this.#retry = undefined;
      this.#run();
    });
    this.#retryAfter = milliseconds(Math.min(LONGEST_RETRY, this.#retryAfter * 2));
  }
}
