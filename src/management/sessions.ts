import { createHash } from 'node:crypto';
import { after, type Instant, minutes } from '../core/time.js';

/** The cookie of CUCM's. Some clients look for its name. */
const COOKIE = 'JSESSIONIDSSO';
const HELD = new RegExp(`(?:^|;)\\s*${COOKIE}=([0-9A-Za-z_-]{22})(?:;|$)`);
const IDLE = minutes(30);
const MOST = 1_000;

/**
 * The sessions of clients that have proven who they are (`docs/protocols/apis.md` §3.3 and §14). A session ends after half an
 * hour without a request, and where there are too many, the one that was used least recently. `randomId` gives 128 random
 * bits as 22 characters of base64url.
 */
export class CookieSessions {
  readonly #randomId: () => string;
  /** Until when, by a digest of the id, the one that was used least recently first. */
  readonly #until = new Map<string, Instant>();

  constructor(randomId: () => string) {
    this.#randomId = randomId;
  }

  /** The `Set-Cookie` of a new session. */
  begin(now: Instant): string {
    const id = this.#randomId();
    if (this.#until.size >= MOST) for (const oldest of this.#until.keys()) if (this.#until.delete(oldest)) break;
    this.#until.set(digestOf(id), after(now, IDLE));
    return `${COOKIE}=${id}; Path=/; Secure; HttpOnly; SameSite=Strict`;
  }

  /** Whether a `Cookie` header holds a session. It then lasts for another half hour. */
  holds(cookie: string | undefined, now: Instant): boolean {
    const [, id] = HELD.exec(cookie ?? '') ?? [];
    if (id === undefined) return false;
    const key = digestOf(id);
    const until = this.#until.get(key);
    this.#until.delete(key);
    if (until === undefined || until <= now) return false;
    this.#until.set(key, after(now, IDLE));
    return true;
  }
}

/** How long it takes to find one says nothing of the ids. */
const digestOf = (id: string): string => createHash('sha256').update(id).digest('base64');
