import { createHash, timingSafeEqual } from 'node:crypto';
import { type Instant, minutes } from './time.js';

/** A user and a password. */
export interface UserPassword {
  readonly user: string;
  readonly password: string;
}

/** `locking`: wrong, and the last one that is compared. `locked`: nothing was compared. */
export type CredentialOutcome = 'right' | 'wrong' | 'locking' | 'locked';

/** Wrong ones that one source may send within the span. */
export const FAILURES_ALLOWED = 5;
const SPAN = minutes(1);
/** With more sources the one that failed first is forgotten. */
const MAX_SOURCES = 1_024;

interface Failures {
  count: number;
  readonly since: Instant;
}

/** Compares credentials in constant time, and no more than a few wrong ones of a source in a minute. */
export class CredentialCheck {
  readonly #failures = new Map<string, Failures>();

  /** Compares, and counts the wrong ones of `source`. */
  check(allowed: UserPassword, given: UserPassword, source: string, now: Instant): CredentialOutcome {
    const failures = this.#failures.get(source);
    const isRecent = failures !== undefined && now - failures.since < SPAN;
    if (isRecent && failures.count >= FAILURES_ALLOWED) return 'locked';
    const isUser = equalTexts(given.user, allowed.user);
    const isPassword = equalTexts(given.password, allowed.password);
    if (isUser && isPassword) {
      this.#failures.delete(source);
      return 'right';
    }
    if (!isRecent) {
      this.#begin(source, now);
      return 'wrong';
    }
    failures.count += 1;
    return failures.count >= FAILURES_ALLOWED ? 'locking' : 'wrong';
  }

  #begin(source: string, now: Instant): void {
    this.#failures.delete(source);
    if (this.#failures.size >= MAX_SOURCES)
      for (const oldest of this.#failures.keys()) if (this.#failures.delete(oldest)) break;
    this.#failures.set(source, { count: 1, since: now });
  }
}

/** Digests are equally long, so the time of the comparison says nothing of the text. */
const equalTexts = (one: string, other: string): boolean => timingSafeEqual(digestOf(one), digestOf(other));

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();
