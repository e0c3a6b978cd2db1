// The certificates that the owner names in the `security` section: of issuers, of other clusters, of what TVS vouches for.

import { X509Certificate } from 'node:crypto';
import type { Config } from '../config/index.js';
import { ConfigError, type ConfigurationProblem } from '../core/errors.js';
import { readSecret } from '../net/files/secret-files.js';
import type { PhoneIssuer } from '../net/ports.js';
import type { AlternateTftp } from '../security/cluster-lists.js';
import { type ReadCertificate, readCertificate } from '../security/read-certificate.js';
import { encryptionRecipients } from './encrypted-config.js';

/** The parts of the configuration that name certificates. */
export type NamingConfig = Pick<Config, 'security' | 'secureMode' | 'devices' | 'file'>;

/** A certificate of the owner that TVS vouches for, with its functions in lists. */
export interface OwnedVouching {
  readonly read: ReadCertificate;
  readonly roles: readonly number[];
}

/** Issuers whose phones are trusted. Throws a `ConfigError` if a file holds no certificate. */
export const ownedIssuers = (config: NamingConfig): readonly PhoneIssuer[] =>
  certificatesIn(config, 'security.phoneIssuers', config.secureMode.phoneIssuers).map(
    ({ pem }): PhoneIssuer => ({ certificate: pem, origin: 'mic' }),
  );

/** What TVS vouches for besides. Throws a `ConfigError` if a file holds no certificate. */
export const ownedVouchings = (config: NamingConfig): readonly OwnedVouching[] => {
  const trust = config.secureMode.tvs?.trust ?? [];
  const rolesOf = new Map(trust.map(({ certificate, roles }) => [certificate, roles]));
  return certificatesIn(config, 'security.tvs.trust', [...rolesOf.keys()]).map(({ path, pem }) => ({
    read: readCertificate(pem),
    roles: rolesOf.get(path) ?? [],
  }));
};

/** Call managers of other clusters that may sign files, by the name and address in their certificates. Throws a `ConfigError`. */
export const ownedAlternates = (config: NamingConfig): readonly AlternateTftp[] => {
  const key = 'security.alternateTftp';
  return certificatesIn(config, key, config.security.alternateTftp).map(({ path, pem }): AlternateTftp => {
    const certificate = readCertificate(pem);
    if (certificate.modulusBits === undefined)
      throw new ConfigError([
        {
          ...{ file: config.file, key, found: `${path}: a certificate with an elliptic key` },
          wanted: 'one with an RSA key: phones verify files with no other',
        },
      ]);
    const address = IP_ADDRESS.exec(new X509Certificate(pem).subjectAltName ?? '')?.[1];
    return { name: certificate.subject.CN, certificate, ...(address === undefined ? {} : { address }) };
  });
};

const IP_ADDRESS = /IP Address:(\d+\.\d+\.\d+\.\d+)/;

/** Everything that is wrong with these certificates, and with those that configurations are encrypted for. */
export const namedCertificateFaults = (config: NamingConfig): readonly ConfigurationProblem[] =>
  [ownedIssuers, ownedVouchings, ownedAlternates, encryptionRecipients].flatMap((read) => {
    try {
      read(config);
      return [];
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return error.faults;
    }
  });

interface NamedPem {
  readonly path: string;
  readonly pem: string;
}

const certificatesIn = ({ file }: NamingConfig, key: string, paths: readonly string[]): readonly NamedPem[] => {
  const faults: ConfigurationProblem[] = [];
  const found = paths.flatMap((path): NamedPem[] => {
    const pems = pemsIn(path);
    if (typeof pems !== 'string') return pems.map((pem) => ({ path, pem }));
    faults.push({ file, key, found: `${path}: ${pems}`, wanted: 'a PEM file with a certificate' });
    return [];
  });
  if (faults.length > 0) throw new ConfigError(faults);
  return found;
};

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The certificates in a PEM file, or what is wrong with it. */
const pemsIn = (path: string): readonly string[] | string => {
  const text = readSecret(path);
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
