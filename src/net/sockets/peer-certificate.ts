// What the far end of a TLS socket showed, and who vouches for it.

import { X509Certificate } from 'node:crypto';
import type tls from 'node:tls';
import { certificateNames, commonNamesOf } from '../../core/certificate-names.js';
import type { CertificateOrigin, CertificateVerdict, TlsPeer } from '../../core/tls-peer.js';
import type { PhoneIssuer } from '../ports.js';

/** An issuer whose certificate has been read. */
export interface ReadIssuer {
  readonly certificate: X509Certificate;
  readonly origin: CertificateOrigin;
}

/** Reads the certificates of issuers. Throws a plain `Error` for text that is no certificate. */
export const readIssuers = (issuers: readonly PhoneIssuer[]): readonly ReadIssuer[] =>
  issuers.map(({ certificate, origin }) => ({ certificate: new X509Certificate(certificate), origin }));

/** Node's codes (`secure.md` §7.4). Any other one: `unusable`. */
const VERDICTS: Readonly<Record<string, CertificateVerdict>> = {
  UNABLE_TO_GET_ISSUER_CERT: 'unknown-issuer',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'unknown-issuer',
  SELF_SIGNED_CERT_IN_CHAIN: 'unknown-issuer',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'unknown-issuer',
  CERT_SIGNATURE_FAILURE: 'other-key',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'other-key',
  CERT_HAS_EXPIRED: 'not-in-force',
  CERT_NOT_YET_VALID: 'not-in-force',
  INVALID_PURPOSE: 'not-for-clients',
};

/** What is known of the far end. Costs a few signatures to check; to be asked once for each connection. */
export const peerOf = (socket: tls.TLSSocket, issuers: readonly ReadIssuer[]): TlsPeer => {
  const cipher = socket.getCipher()?.name ?? '';
  const version = socket.getProtocol() ?? '';
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined)
    return { names: [], verdict: 'none', origin: undefined, issuer: '', fingerprint: '', cipher, version };
  const error = socket.authorizationError as unknown as string | null | undefined;
  const verdict = socket.authorized ? 'trusted' : verdictOf(error ?? '', certificate, issuers);
  const origin = verdict === 'trusted' ? originOf(certificate, issuers) : undefined;
  return {
    names: certificateNames(certificate),
    ...{ verdict, origin },
    ...(origin === 'mic' ? { factoryCertificate: () => certificate.raw } : {}),
    issuer: commonNamesOf(certificate.issuer)[0] ?? '',
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    cipher,
    version,
  };
};

/** OpenSSL says the same of an issuer that is not known and of one whose key is another; its name tells them apart. */
const verdictOf = (code: string, certificate: X509Certificate, issuers: readonly ReadIssuer[]): CertificateVerdict => {
  const verdict = VERDICTS[code] ?? 'unusable';
  if (verdict !== 'unknown-issuer' && verdict !== 'other-key') return verdict;
  return issuers.some((issuer) => issuer.certificate.subject === certificate.issuer) ? 'other-key' : 'unknown-issuer';
};

/**
 * By the key that signed it, never by a name. CAPF signs LSCs itself, so what another issuer signed, and what stands
 * further up in a chain, is a manufacturer's.
 */
const originOf = (certificate: X509Certificate, issuers: readonly ReadIssuer[]): CertificateOrigin =>
  issuers.find(
    (issuer) => certificate.checkIssued(issuer.certificate) && certificate.verify(issuer.certificate.publicKey),
  )?.origin ?? 'mic';
