// Who may use the management interface: whoever knows its one account, or holds a session of it. Nothing is open to others,
// so a page that lets its own name point here (DNS rebinding) gets nowhere: a browser has no password for that name.

import { CredentialCheck, type UserPassword } from '../core/credential-check.js';
import type { Instant } from '../core/time.js';
import { CookieSessions } from './sessions.js';

/** The headers by which a request is admitted. */
export interface AccessHeaders {
  readonly authorization?: string | undefined;
  readonly cookie?: string | undefined;
  readonly origin?: string | undefined;
  readonly host?: string | undefined;
}

/** Admitted, with a new cookie where it is due; or refused. `isTold`: the trace says so. `isLate`: the answer waits. */
export type AccessDecision =
  | { readonly admitted: true; readonly setCookie: string | undefined }
  | {
      readonly admitted: false;
      readonly status: 401 | 403;
      readonly reason: string;
      readonly isTold: boolean;
      readonly isLate: boolean;
    };

const refused = (status: 401 | 403, reason: string, { isTold = true, isLate = false } = {}): AccessDecision => ({
  ...{ admitted: false, status, reason, isTold, isLate },
});

/** Why a request is refused that `isOfAnotherSite`. */
export const OF_ANOTHER_SITE = 'it comes from a page of another site';

/** Whether a browser sent it for a page of another site. */
export const isOfAnotherSite = ({ origin, host }: Pick<AccessHeaders, 'origin' | 'host'>): boolean =>
  origin !== undefined && origin.toLowerCase() !== `https://${host?.toLowerCase()}`;

/** Admits requests of one account. */
export class Access {
  readonly #account: UserPassword;
  readonly #check = new CredentialCheck();
  readonly #sessions: CookieSessions;

  /** `randomId`: see `CookieSessions`. */
  constructor(account: UserPassword, randomId: () => string) {
    this.#account = account;
    this.#sessions = new CookieSessions(randomId);
  }

  /** Decides on a request of `source`. */
  admit({ authorization, cookie, origin, host }: AccessHeaders, source: string, now: Instant): AccessDecision {
    if (isOfAnotherSite({ origin, host })) return refused(403, OF_ANOTHER_SITE);
    const hasSession = this.#sessions.holds(cookie, now);
    if (authorization === undefined)
      return hasSession
        ? { admitted: true, setCookie: undefined }
        : // Many clients ask without a password first, and wait for the challenge.
          refused(401, 'a user and a password are needed', { isTold: false });
    const given = basicCredentials(authorization);
    if (given === undefined) return refused(401, 'its Authorization header is not that of the Basic scheme');
    switch (this.#check.check(this.#account, given, source, now)) {
      case 'right':
        return { admitted: true, setCookie: hasSession ? undefined : this.#sessions.begin(now) };
      case 'wrong':
        return refused(401, 'the user or the password is wrong');
      case 'locking':
        return refused(
          401,
          'the user or the password is wrong once more: none of its address is compared for a minute',
          {
            isLate: true,
          },
        );
      case 'locked':
        return refused(401, 'too many wrong passwords came from its address', { isTold: false, isLate: true });
    }
  }
}

const BASIC = /^Basic +([A-Za-z0-9+/]{1,1024}={0,2})$/i;

/** RFC 7617 §2: UTF-8, up to the first colon. `undefined`: it is something else. */
export const basicCredentials = (authorization: string): UserPassword | undefined => {
  const [, encoded] = BASIC.exec(authorization.trim()) ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon === -1 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
};
