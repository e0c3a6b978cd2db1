import { CredentialCheck, type CredentialOutcome } from '../core/credential-check.js';
import type { Instant } from '../core/time.js';
import type { ServiceAuthenticated } from './events.js';
import type { PhoneCredentials } from './settings.js';

export { FAILURES_ALLOWED } from '../core/credential-check.js';

const OUTCOMES: Readonly<Record<CredentialOutcome, ServiceAuthenticated['outcome']>> = {
  right: 'authorized',
  wrong: 'wrong',
  locking: 'wrong',
  locked: 'locked',
};

/** Compares what phones ask with the configured user and password (`docs/protocols/phone-services.md` §1). */
export class PhoneAuthentication {
  readonly #check = new CredentialCheck();

  /** Says whether a user may control a phone. Counts the wrong ones of `address`, where the phone asks from. */
  check(
    allowed: PhoneCredentials | undefined,
    given: PhoneCredentials,
    address: string,
    now: Instant,
  ): ServiceAuthenticated['outcome'] {
    return allowed === undefined ? 'off' : OUTCOMES[this.#check.check(allowed, given, address, now)];
  }
}
