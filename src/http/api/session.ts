// Sessions of browsers. A browser cannot send a header with a link or an event stream, and a page must not keep the token. So
// the page sends the token once and gets a cookie that proves it for an hour. The cookie holds when it ends and a proof of
// that (RFC 2104), so nothing is kept here, and another token ends every session.

import { createHmac, timingSafeEqual } from 'node:crypto';
import { after, type Clock, minutes } from '../../core/time.js';

/** The name of the cookie. */
export const SESSION_COOKIE = 'labcm-session';

/** How long a session lasts. The page renews it while it is open. */
export const SESSION_LASTS = minutes(60);

const HELD = new RegExp(`(?:^|;)\\s*${SESSION_COOKIE}=(\\d{1,16})\\.([A-Za-z0-9_-]{43})(?:;|$)`);

/** The sessions of one token. */
export class Sessions {
  readonly #token: string;
  readonly #clock: Clock;

  constructor(token: string, clock: Clock) {
    this.#token = token;
    this.#clock = clock;
  }

  /** The `Set-Cookie` of a new session. */
  begin(): string {
    const until = String(Math.round(this.#clock.wallTime(after(this.#clock.now(), SESSION_LASTS))));
    const proof = this.#proof(until).toString('base64url');
    return `${SESSION_COOKIE}=${until}.${proof}; Max-Age=${SESSION_LASTS / 1000}; Path=/; HttpOnly; SameSite=Strict`;
  }

  /** Whether a `Cookie` header holds a session that has not ended. */
  holds(cookie: string | undefined): boolean {
    const [, until = '', proof = ''] = HELD.exec(cookie ?? '') ?? [];
    if (until === '' || Number(until) <= this.#clock.wallTime(this.#clock.now())) return false;
    const given = Buffer.from(proof, 'base64url');
    const wanted = this.#proof(until);
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  }

  #proof(until: string): Buffer {
    return createHmac('sha256', this.#token).update(`${SESSION_COOKIE} until ${until}`).digest();
  }
}
