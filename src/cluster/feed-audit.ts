// Whether the watches of a session still tell what the engine holds. A server that comes back with an empty memory may be
// chosen to lead a bucket: then its revisions begin anew, the connection stands, and a watch that waits for later revisions than
// there are hears nothing, without a sign. So what was told is compared with what the engine has, from time to time.

import type { BucketName } from './ports.js';

/** A watch, as far as it is compared. */
export interface AuditedFeed {
  readonly name: BucketName;
  /** The last revision that was told. */
  readonly revision: number;
  /** Whether everything that the bucket held was told. */
  readonly isWhole: boolean;
}

/** What the audit needs of a session. */
export interface FeedAuditDependencies {
  readonly feeds: readonly AuditedFeed[];
  /** The last revision that the engine gave in a bucket. Rejects if it does not answer. */
  lastRevision(name: BucketName): Promise<number>;
  /** The revision of the last entry that is still there. `undefined`: there is none. Rejects if the engine does not answer. */
  lastEntry(name: BucketName): Promise<number | undefined>;
  /** A watch is in doubt: everything must be told again. */
  broken(reason: string): void;
}

/** Compares the watches of one session with the engine. */
export class FeedAudit {
  readonly #dependencies: FeedAuditDependencies;
  /** What a watch had not told when it was compared last. */
  readonly #missing = new Map<BucketName, number>();
  #isLooking = false;

  constructor(dependencies: FeedAuditDependencies) {
    this.#dependencies = dependencies;
  }

  /** Compares all, one after the other. Never rejects; what the engine does not answer says nothing. */
  async look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    for (const feed of this.#dependencies.feeds)
      if (feed.isWhole) await this.#compare(feed).catch(() => this.#missing.delete(feed.name));
    this.#isLooking = false;
  }

  async #compare(feed: AuditedFeed): Promise<void> {
    const { lastRevision, lastEntry, broken } = this.#dependencies;
    const { name, revision } = feed;
    const last = await lastRevision(name);
    if (last < revision) {
      broken(`the engine has lost what ${name} held`);
      return;
    }
    const missing = this.#missing.get(name) ?? 0;
    this.#missing.set(name, last);
    if (feed.revision >= missing) return;
    // Entries that somebody has removed by hand are told to nobody.
    const there = await lastEntry(name);
    if (there !== undefined && feed.revision < Math.min(there, missing))
      broken(`the watch of ${name} tells nothing any more`);
  }
}
