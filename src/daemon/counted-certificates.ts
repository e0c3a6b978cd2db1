// Which certificates of factories configurations are encrypted for: those with which their phones could register now.

import { X509Certificate } from 'node:crypto';
import type { FactoryCertificate } from '../capf/factory-certificates.js';
import type { Config } from '../config/index.js';
import type { WallTime } from '../core/time.js';
import { type ReadCertificate, readCertificate } from '../security/read-certificate.js';
import { isInForce } from '../security/server-certificates.js';
import { ownedIssuers } from './named-certificates.js';

/**
 * Returns what tells the DER of a certificate that counts; `undefined`: `security.accept` has no `mic`, the certificate is not in force, or
 * nobody of `security.phoneIssuers` vouches for it. A phone that registers proves that by its whole chain; of one that was kept the issuer
 * itself must stand there. Throws a `ConfigError` if a file of the owner holds no certificate.
 */
export const countedCertificates = (
  config: Pick<Config, 'file' | 'secureMode' | 'security' | 'devices' | 'policy'>,
  now: () => WallTime,
): ((shown: FactoryCertificate | undefined) => Buffer | undefined) => {
  const isAccepted = config.policy.security.accept.includes('mic');
  const issuers = isAccepted ? ownedIssuers(config).map(({ certificate }) => new X509Certificate(certificate)) : [];
  const read = new WeakMap<Buffer, FactoryFacts>();
  return (shown) => {
    if (shown === undefined || issuers.length === 0) return undefined;
    const facts = read.get(shown.der) ?? factsOf(shown.der, issuers);
    read.set(shown.der, facts);
    return (shown.isProven || facts.isIssued) && isInForce(facts, now()) ? shown.der : undefined;
  };
};

interface FactoryFacts extends Pick<ReadCertificate, 'notBefore' | 'notAfter'> {
  readonly isIssued: boolean;
}

const factsOf = (der: Buffer, issuers: readonly X509Certificate[]): FactoryFacts => {
  const certificate = new X509Certificate(der);
  const { notBefore, notAfter } = readCertificate(der);
  const isIssued = issuers.some((issuer) => certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey));
  return { notBefore, notAfter, isIssued };
};
