import { after, type Clock, type Duration, milliseconds, type Timer } from '../core/time.js';

/** So many keys are under way at once: then one that is urgent waits for few. */
const AT_ONCE = 256;
const FIRST_RETRY = milliseconds(100);
const LONGEST_RETRY = milliseconds(5_000);

/**
 * What became of a key. `settled`: nothing more is to be done. `unanswered`: the engine did not answer, so that the key is tried
 * again after a while. `overtaken`: the key is tried again at once, since what was done says nothing any more.
 */
export type KeyOutcome = 'settled' | 'unanswered' | 'overtaken';

/** What the pace is made of. */
export interface PacedKeysDependencies {
  readonly clock: Clock;
  /**
   * The first key goes at once, and those that follow it within this time go together: one packet for many. Absent: nobody
   * waits.
   */
  readonly gather?: Duration;
  /** Does what is to be done about a key. Never rejects. `undefined`: nothing is. */
  work(key: string): Promise<KeyOutcome> | undefined;
}

/**
 * The keys of a bucket that a node has something to write about: many are under way at once, each once, in the order in which
 * they came. What waits is bounded by the number of keys. What the engine did not answer is tried again with growing pauses, for
 * as long as it takes.
 */
export class PacedKeys {
  readonly #dependencies: PacedKeysDependencies;
  readonly #waiting = new Set<string>();
  readonly #underWay = new Set<string>();
  #retryAfter: Duration = FIRST_RETRY;
  #retry: Timer | undefined;
  #gathering: Timer | undefined;
  #isPaused = true;
  #isClosed = false;
  /** Keys wait for others that are under way. */
  #isFull = false;

  constructor(dependencies: PacedKeysDependencies) {
    this.#dependencies = dependencies;
  }

  /** How many keys wait or are under way. */
  get size(): number {
    return this.#waiting.size + this.#underWay.size;
  }

  /** Something is to be done about a key once it is its turn. Call `run` for it to go. */
  add(key: string): void {
    this.#waiting.add(key);
  }

  /** Something is to be done about a key. */
  touch(key: string): void {
    this.#waiting.add(key);
    if (this.#gathering === undefined) this.run();
  }

  /** The bus is gone: everything waits. */
  pause(): void {
    this.#isPaused = true;
    this.#retry?.cancel();
    this.#retry = undefined;
    this.#gathering?.cancel();
    this.#gathering = undefined;
  }

  /** The bus is there. */
  resume(): void {
    if (this.#isClosed) return;
    this.#isPaused = false;
    this.#retryAfter = FIRST_RETRY;
    this.run();
  }

  close(): void {
    this.#isClosed = true;
    this.pause();
  }

  /** Starts what waits, as far as there is room. */
  run(): void {
    if (this.#isPaused || this.#retry !== undefined) return;
    let hasStarted = false;
    this.#isFull = false;
    for (const key of this.#waiting) {
      if (this.#underWay.size >= AT_ONCE) {
        this.#isFull = true;
        break;
      }
      if (this.#underWay.has(key)) continue;
      this.#waiting.delete(key);
      this.#underWay.add(key); // before it is worked at, which may touch it again
      const working = this.#dependencies.work(key);
      if (working === undefined) {
        this.#underWay.delete(key);
        continue;
      }
      hasStarted = true;
      void this.#settle(key, working);
    }
    if (hasStarted) this.#gatherNext();
  }

  #gatherNext(): void {
    const { clock, gather } = this.#dependencies;
    if (gather === undefined || this.#gathering !== undefined) return;
    this.#gathering = clock.callAt(after(clock.now(), gather), () => {
      this.#gathering = undefined;
      this.run();
    });
  }

  async #settle(key: string, working: Promise<KeyOutcome>): Promise<void> {
    const outcome = await working;
    this.#underWay.delete(key);
    if (outcome === 'settled') this.#retryAfter = FIRST_RETRY;
    else this.#waiting.add(key);
    if (outcome === 'unanswered') this.#retryLater();
    if (this.#gathering === undefined || this.#isFull) this.run();
  }

  #retryLater(): void {
    if (this.#isPaused || this.#retry !== undefined) return;
    const { clock } = this.#dependencies;
    this.#retry = clock.callAt(after(clock.now(), this.#retryAfter), () => {
      this.#retry = undefined;
      this.run();
    });
    this.#retryAfter = milliseconds(Math.min(LONGEST_RETRY, this.#retryAfter * 2));
  }
}
