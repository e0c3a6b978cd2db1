import type { Duration, Instant } from './time.js';

/**
 * Keys that were added within a span, so that what repeats is reported once in it. At most so many are kept: with more,
 * the one that was added first is forgotten, and is reported again.
 */
export class RecentKeys {
  readonly #span: Duration;
  readonly #most: number;
  /** The one that was added first stands first. */
  readonly #addedAt = new Map<string, Instant>();

  constructor(span: Duration, most: number) {
    this.#span = span;
    this.#most = most;
  }

  get size(): number {
    return this.#addedAt.size;
  }

  /** Whether the key was added within the span until `now`. */
  has(key: string, now: Instant): boolean {
    const at = this.#addedAt.get(key);
    return at !== undefined && now - at < this.#span;
  }

  /** Adds a key, or adds it again. */
  add(key: string, now: Instant): void {
    this.#addedAt.delete(key);
    if (this.#addedAt.size >= this.#most)
      for (const oldest of this.#addedAt.keys()) if (this.#addedAt.delete(oldest)) break;
    this.#addedAt.set(key, now);
  }
}
