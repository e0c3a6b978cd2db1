import { after, type Instant, seconds } from '../../core/time.js';
import { echoed, SoapFault } from '../soap/fault.js';
import type { AskedCounter } from './counter-path.js';

/** Bounds of the sessions of all clients together. */
export const SESSION_LIMITS = { sessions: 64, counters: 3_000 };
/** CUCM ends a session that nobody asks for so long. */
const IDLE = seconds(25 * 3_600);

interface PerfSession {
  readonly counters: Map<string, AskedCounter>;
  until: Instant;
}

/** The sessions of PerfMon: lists of counters that are collected together. The one that was idle longest gives way. */
export class PerfSessions {
  /** By handle, the one that was asked last at the end. */
  readonly #sessions = new Map<string, PerfSession>();
  readonly #randomId: () => string;

  /** `randomId`: 128 random bits as text, for handles that nobody guesses. */
  constructor(randomId: () => string) {
    this.#randomId = randomId;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Returns the handle of a new session. */
  open(now: Instant): string {
    this.#endIdle(now);
    const [oldest] = this.#sessions.keys();
    if (oldest !== undefined && this.#sessions.size >= SESSION_LIMITS.sessions) this.#sessions.delete(oldest);
    const handle = this.#randomId();
    this.#sessions.set(handle, { counters: new Map(), until: after(now, IDLE) });
    return handle;
  }

  /** Adds counters, or throws a `SoapFault` and adds none. */
  add(handle: string, counters: readonly AskedCounter[], now: Instant): void {
    const session = this.#touch(handle, now);
    const fresh = new Map(counters.map((counter) => [counter.path, counter]));
    const added = [...fresh.keys()].filter((path) => !session.counters.has(path)).length;
    if (session.counters.size + added > SESSION_LIMITS.counters)
      throw new SoapFault('Server', `A session has at most ${SESSION_LIMITS.counters} counters`);
    for (const [path, counter] of fresh) session.counters.set(path, counter);
  }

  /** Removes counters; one that is not there is no fault. */
  remove(handle: string, paths: readonly string[], now: Instant): void {
    const session = this.#touch(handle, now);
    for (const path of paths) session.counters.delete(path);
  }

  /** The counters of a session. */
  counters(handle: string, now: Instant): readonly AskedCounter[] {
    return [...this.#touch(handle, now).counters.values()];
  }

  /** Ends a session. */
  close(handle: string, now: Instant): void {
    this.#touch(handle, now);
    this.#sessions.delete(handle);
  }

  #touch(handle: string, now: Instant): PerfSession {
    this.#endIdle(now);
    const session = this.#sessions.get(handle);
    if (session === undefined) throw new SoapFault('Server', `Session handle ${echoed(handle)} is not known`);
    session.until = after(now, IDLE);
    this.#sessions.delete(handle);
    this.#sessions.set(handle, session);
    return session;
  }

  /** They are in the order of their end. */
  #endIdle(now: Instant): void {
    for (const [handle, { until }] of this.#sessions) {
      if (until > now) return;
      this.#sessions.delete(handle);
    }
  }
}
