// How a phone proves to CAPF that it has the key of a certificate (`secure.md` §5.2): signatures over its name and certificate, and
// over the session.

import { constants, createHash, publicDecrypt, timingSafeEqual, verify, X509Certificate } from 'node:crypto';
import { certificateNames } from '../core/certificate-names.js';
import { parseWallTime, type WallTime } from '../core/time.js';
import type { CertificateOrigin } from '../core/tls-peer.js';
import { certificateNamesDevice } from '../devices/names-of-device.js';
import type { PhoneIssuer } from '../net/ports.js';
import { type CapfMessage, certificateIn, textOf } from './messages.js';

/** Why a proof is none. */
export type ProofFault =
  | 'no-certificate'
  | 'not-a-certificate'
  | 'no-signature'
  | 'bad-signature'
  | 'unknown-issuer'
  | 'not-in-force'
  | 'other-name';

/** What a phone has proved. */
export interface CapfProof {
  readonly origin: CertificateOrigin;
  readonly certificate: Buffer;
}

/** Checks certificate, name and signatures of an AuthRes. Returns what it proves, or why nothing. */
export const proofIn = (
  { elements, session }: Pick<CapfMessage, 'elements' | 'session'>,
  device: string,
  issuers: readonly PhoneIssuer[],
  now: WallTime,
): CapfProof | ProofFault => {
  const der = certificateIn(elements.get('certificate'));
  if (der === undefined) return 'no-certificate';
  const x509 = readX509(der);
  if (x509 === undefined) return 'not-a-certificate';
  const origin = originOf(x509, issuers);
  if (origin === undefined) return 'unknown-issuer';
  if (!isInForce(x509, now)) return 'not-in-force';
  if (!certificateNames(x509).some((name) => certificateNamesDevice(name, device))) return 'other-name';
  const named = Buffer.concat([
    Buffer.from(`${textOf(elements.get('deviceName') ?? Buffer.alloc(0))}\0`, 'latin1'),
    der,
  ]);
  const signed = elements.get('signedData');
  const sha2 = elements.get('sha2SignedData');
  if (signed === undefined && sha2 === undefined) return 'no-signature';
  const sound =
    (signed === undefined || isSignedBy(x509, named, signed, 'sha1')) &&
    (sha2 === undefined || isSignedBy(x509, named, inner(sha2, SHA2_SIGNATURE), 'sha512')) &&
    isFresh(x509, elements.get('sudiData'), session, der);
  return sound ? { origin, certificate: der } : 'bad-signature';
};

/** A certificate in DER; `undefined`: it is none. */
export const readX509 = (der: Buffer): X509Certificate | undefined => {
  try {
    const x509 = new X509Certificate(der);
    // Node reads the key when it is asked for, and throws then.
    return x509.publicKey.asymmetricKeyType === undefined ? undefined : x509;
  } catch {
    return undefined;
  }
};

/** By the key of the issuer, never by its name alone. */
const originOf = (x509: X509Certificate, issuers: readonly PhoneIssuer[]): CertificateOrigin | undefined =>
  issuers.find(({ certificate }) => {
    const issuer = new X509Certificate(certificate);
    return x509.checkIssued(issuer) && x509.verify(issuer.publicKey);
  })?.origin;

/** False, too, where a date cannot be read. */
const isInForce = ({ validFrom, validTo }: X509Certificate, now: WallTime): boolean => {
  const [from, to] = [parseWallTime(validFrom), parseWallTime(validTo)];
  return from !== undefined && to !== undefined && from <= now && now <= to;
};

/** The parts of the SUDI data, and of the SHA-2 signature: each has an octet that says what it is, and a length. */
const SUDI_CERTIFICATE = 0;
const SUDI_SIGNATURE = 1;
const SHA2_SIGNATURE = 3;

/** One part; empty if it is not there. */
const inner = (bytes: Buffer, wanted: number): Buffer => {
  for (let at = 0; at + 3 <= bytes.length; at += 3 + bytes.readUInt16BE(at + 1))
    if (bytes[at] === wanted) return bytes.subarray(at + 3, at + 3 + bytes.readUInt16BE(at + 1));
  return Buffer.alloc(0);
};

/** Whether it signed this very session. A phone that says nothing of it is as old as CAPF's first versions. */
const isFresh = (x509: X509Certificate, sudi: Buffer | undefined, session: number, der: Buffer): boolean => {
  if (sudi === undefined) return true;
  const number = Buffer.alloc(4);
  number.writeUInt32LE(session >>> 0);
  return (
    inner(sudi, SUDI_CERTIFICATE).equals(der) &&
    isSignedBy(x509, Buffer.concat([number, der]), inner(sudi, SUDI_SIGNATURE), 'sha1')
  );
};

/** RSA: the bare hash in a block of type 1, without DigestInfo. EC: ECDSA. */
const isSignedBy = (
  { publicKey }: X509Certificate,
  content: Buffer,
  signature: Buffer,
  hash: 'sha1' | 'sha512',
): boolean => {
  try {
    if (publicKey.asymmetricKeyType !== 'rsa') return verify(hash, content, publicKey, signature);
    const found = publicDecrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, signature);
    const wanted = createHash(hash).update(content).digest();
    return found.length === wanted.length && timingSafeEqual(found, wanted);
  } catch {
    return false;
  }
};
