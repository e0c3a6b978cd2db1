import { createHash, timingSafeEqual } from 'node:crypto';
import { type Instant, minutes } from '../core/time.js';
import type { ServiceAuthenticated } from './events.js';
import type { PhoneCredentials } from './settings.js';

/** Wrong ones that one address may send within the span. */
export const FAILURES_ALLOWED = 5;
const SPAN = minutes(1);
/** With more addresses the one that failed first is forgotten. */
const MAX_SOURCES = 1_024;

interface Failures {
  count: number;
  readonly since: Instant;
}

/**
 * Compares what phones ask with the configured user and password: in constant time, and no more than a few wrong ones of an
 * address in a minute (`docs/protocols/phone-services.md` §1).
 */
export class PhoneAuthentication {
  readonly #failures = new Map<string, Failures>();

  /** Says whether a user may control a phone. Counts the wrong ones of `address`, where the phone asks from. */
  check(
    allowed: PhoneCredentials | undefined,
    given: PhoneCredentials,
    address: string,
    now: Instant,
  ): ServiceAuthenticated['outcome'] {
    if (allowed === undefined) return 'off';
    const failures = this.#failures.get(address);
    const isRecent = failures !== undefined && now - failures.since < SPAN;
    if (isRecent && failures.count >= FAILURES_ALLOWED) return 'locked';
    const isUser = equalTexts(given.user, allowed.user);
    const isPassword = equalTexts(given.password, allowed.password);
    if (isUser && isPassword) {
      this.#failures.delete(address);
      return 'authorized';
    }
    if (isRecent) failures.count += 1;
    else this.#begin(address, now);
    return 'wrong';
  }

  #begin(address: string, now: Instant): void {
    this.#failures.delete(address);
    if (this.#failures.size >= MAX_SOURCES)
      for (const oldest of this.#failures.keys()) if (this.#failures.delete(oldest)) break;
    this.#failures.set(address, { count: 1, since: now });
  }
}

/** Digests are equally long, so the time of the comparison says nothing of the text. */
const equalTexts = (one: string, other: string): boolean => timingSafeEqual(digestOf(one), digestOf(other));

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();
