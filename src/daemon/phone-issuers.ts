// Whose certificates of phones are trusted.

import type { Config } from '../config/index.js';
import type { PhoneIssuer } from '../net/ports.js';
import type { Identities } from '../security/identity.js';
import { ownedIssuers } from './named-certificates.js';

/** What the services of a secure cluster are made with. */
export interface SecureCluster {
  readonly identities: Identities;
  /** Whose certificates of phones are trusted: this cluster's CAPF, then those of `security.phoneIssuers`. */
  readonly phoneIssuers: readonly PhoneIssuer[];
}

/** Adds the issuers to the identities. Throws a `ConfigError` if a file of the owner holds no certificate. */
export const secureCluster = (config: Config, identities: Identities): SecureCluster => {
  const capf: PhoneIssuer = { certificate: identities.capf.certificate, origin: 'lsc' };
  return { identities, phoneIssuers: [capf, ...ownedIssuers(config)] };
};
