// The identities of the cluster and the issuers of its phones, opened once at the start; nothing where there are no trust lists.

import type { Config } from '../config/index.js';
import { ConfigError, type ConfigurationProblem } from '../core/errors.js';
import type { WallTime } from '../core/time.js';
import { readSecret } from '../net/files/secret-files.js';
import type { PhoneIssuer } from '../net/ports.js';
import { readCertificate } from '../security/read-certificate.js';
import { type OpenedTrust, openTrustDirectory } from './trust-directory.js';

/** What the services of a secure cluster are made with. */
export interface ClusterTrust extends OpenedTrust {
  /** Whose certificates of phones are trusted: this cluster's CAPF, then those of `security.phoneIssuers`. */
  readonly phoneIssuers: readonly PhoneIssuer[];
}

/** Opens the trust directory. `undefined`: trust lists are off. Throws a `ConfigError`. */
export const openClusterTrust = (config: Config, now: WallTime): ClusterTrust | undefined => {
  if (config.security.itl === 'off') return undefined;
  const opened = openTrustDirectory(config, now);
  const capf: PhoneIssuer = { certificate: opened.identities.capf.certificate, origin: 'lsc' };
  const faults: ConfigurationProblem[] = [];
  const others = config.secureMode.phoneIssuers.flatMap((file): PhoneIssuer[] => {
    const read = pemsIn(file);
    if (typeof read === 'string')
      faults.push({ file: config.file, key: 'security.phoneIssuers', found: `${file}: ${read}`, wanted: 'PEM certificates' });
    else return read.map((certificate) => ({ certificate, origin: 'mic' }));
    return [];
  });
  if (faults.length > 0) throw new ConfigError(faults);
  return { ...opened, phoneIssuers: [capf, ...others] };
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
