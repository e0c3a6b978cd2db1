import { after, type Instant, seconds } from '../../core/time.js';
import type { SettingsRef } from '../settings.js';

/** Failures within this time are counted together. */
const FAILURES_WITHIN = seconds(60);
const REMEMBERED = 4_096;

interface Failures {
  count: number;
  since: Instant;
  lockedUntil: Instant | undefined;
}

/**
 * Locks out who sends wrong credentials too often, for a while. It counts by address and user, so that one phone with a
 * wrong password does not lock out the others behind its address.
 */
export class Lockout {
  readonly #settingsRef: SettingsRef;
  /** Oldest first. */
  readonly #failures = new Map<string, Failures>();

  constructor(settingsRef: SettingsRef) {
    this.#settingsRef = settingsRef;
  }

  /** How many seconds longer the user is locked out; 0: it is not. */
  secondsLeft(address: string, user: string, now: Instant): number {
    if (this.#settingsRef.settings.lockout === undefined) return 0;
    const until = this.#failures.get(keyOf(address, user))?.lockedUntil;
    return until === undefined || until <= now ? 0 : Math.ceil((until - now) / 1000);
  }

  recordFailure(address: string, user: string, now: Instant): void {
    const { lockout } = this.#settingsRef.settings;
    if (lockout === undefined) return;
    const key = keyOf(address, user);
    const before = this.#failures.get(key);
    const known = before !== undefined && now - before.since <= FAILURES_WITHIN ? before : this.#begin(key, now);
    known.count += 1;
    if (known.count >= lockout.failures) known.lockedUntil = after(now, lockout.for);
  }

  /** Forgets the failures: the credentials were right. */
  forgive(address: string, user: string): void {
    this.#failures.delete(keyOf(address, user));
  }

  #begin(key: string, now: Instant): Failures {
    this.#failures.delete(key);
    if (this.#failures.size >= REMEMBERED)
      for (const oldest of this.#failures.keys()) if (this.#failures.delete(oldest)) break;
    const failures: Failures = { count: 0, since: now, lockedUntil: undefined };
    this.#failures.set(key, failures);
    return failures;
  }
}

const keyOf = (address: string, user: string): string => `${address} ${user}`;
