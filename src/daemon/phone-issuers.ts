// Whose certificates of phones are trusted.

import type { Config } from '../config/index.js';
import { ConfigError, type ConfigurationProblem } from '../core/errors.js';
import { readSecret } from '../net/files/secret-files.js';
import type { PhoneIssuer } from '../net/ports.js';
import type { Identities } from '../security/identity.js';
import { readCertificate } from '../security/read-certificate.js';

/** What the services of a secure cluster are made with. */
export interface SecureCluster {
  readonly identities: Identities;
  /** Whose certificates of phones are trusted: this cluster's CAPF, then those of `security.phoneIssuers`. */
  readonly phoneIssuers: readonly PhoneIssuer[];
}

/** Adds the issuers to the identities. Throws a `ConfigError` if a file of the owner holds no certificate. */
export const secureCluster = (config: Config, identities: Identities): SecureCluster => {
  const capf: PhoneIssuer = { certificate: identities.capf.certificate, origin: 'lsc' };
  const faults: ConfigurationProblem[] = [];
  const others = config.secureMode.phoneIssuers.flatMap((file): PhoneIssuer[] => {
    const read = pemsIn(file);
    if (typeof read !== 'string') return read.map((certificate) => ({ certificate, origin: 'mic' }));
    const found = `${file}: ${read}`;
    faults.push({ file: config.file, key: 'security.phoneIssuers', found, wanted: 'PEM certificates' });
    return [];
  });
  if (faults.length > 0) throw new ConfigError(faults);
  return { identities, phoneIssuers: [capf, ...others] };
};

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The certificates in a PEM file, or what is wrong with it. */
export const pemsIn = (file: string): readonly string[] | string => {
  const text = readSecret(file);
  if (text === undefined) return 'nothing that can be read';
  const pems = text.match(PEM) ?? [];
  if (pems.length === 0) return 'no certificate';
  try {
    for (const pem of pems) readCertificate(pem);
    return pems;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};
