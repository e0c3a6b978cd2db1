// Reads of a certificate what trust lists, TVS and CAPF need of it (RFC 5280 §4.1): its names as octets, its serial number, its
// key in the form of a list's record.

import { type KeyObject, X509Certificate } from 'node:crypto';
import { ProtocolError } from '../core/errors.js';
import { parseWallTime, type WallTime, wallTime } from '../core/time.js';
import { DER_TAG, derValue, derValues } from './der.js';
import { type DistinguishedName, readName } from './distinguished-name.js';

/** A certificate that was read. */
export interface ReadCertificate {
  readonly der: Buffer;
  /** DER of the names, as they stand there; `nameText` makes the text of a list of them. */
  readonly subjectDer: Buffer;
  readonly issuerDer: Buffer;
  readonly subject: DistinguishedName;
  /** The magnitude, without an octet for the sign. */
  readonly serial: Buffer;
  readonly publicKey: KeyObject;
  /** RSA: `RSAPublicKey` of PKCS#1, DER. EC: the uncompressed point. */
  readonly keyOctets: Buffer;
  /** The value of its own signature. */
  readonly signature: Buffer;
  readonly notBefore: WallTime;
  readonly notAfter: WallTime;
  /** Its SHA-256, in hexadecimal. */
  readonly fingerprint: string;
  /** Bits of an RSA key; of another one `undefined`. */
  readonly modulusBits: number | undefined;
}

/** No certificate is larger: a record of a list has at most 65,535 octets. */
export const MOST_CERTIFICATE_OCTETS = 16_384;

const EXPLICIT_VERSION = 0xa0;

/** Reads a certificate: DER, or the first one of a PEM text. Throws a `ProtocolError` (`CERTIFICATE`, `DER`). */
export const readCertificate = (bytes: Buffer | string): ReadCertificate => {
  const x509 = openedCertificate(bytes);
  const whole = x509.raw;
  const [body, , signature] = derValues(derValue(whole).content);
  if (body === undefined || signature?.tag !== DER_TAG.bits) throw new ProtocolError('DER', 'no certificate');
  const fields = derValues(body.content);
  const at = fields[0]?.tag === EXPLICIT_VERSION ? 1 : 0;
  const [serial, , issuer, , subject, publicKey] = fields.slice(at);
  if (serial === undefined || issuer === undefined || subject === undefined || publicKey === undefined)
    throw new ProtocolError('DER', 'a certificate that lacks fields');
  const isSigned = serial.content[0] === 0 && serial.content.length > 1;
  const key = derValues(publicKey.content)[1]?.content.subarray(1);
  return {
    der: whole,
    subjectDer: subject.whole,
    issuerDer: issuer.whole,
    subject: readName(subject.whole),
    serial: isSigned ? serial.content.subarray(1) : serial.content,
    publicKey: x509.publicKey,
    // In both kinds of key the BIT STRING of the certificate is just what a record has.
    keyOctets: key ?? Buffer.alloc(0),
    signature: signature.content.subarray(1),
    notBefore: parseWallTime(x509.validFrom) ?? wallTime(0),
    notAfter: parseWallTime(x509.validTo) ?? wallTime(0),
    fingerprint: x509.fingerprint256.replaceAll(':', '').toLowerCase(),
    modulusBits: x509.publicKey.asymmetricKeyDetails?.modulusLength,
  };
};

const openedCertificate = (bytes: Buffer | string): X509Certificate => {
  if (bytes.length > 4 * MOST_CERTIFICATE_OCTETS) throw new ProtocolError('CERTIFICATE', 'more than a certificate has');
  try {
    const x509 = new X509Certificate(bytes);
    // Node reads the key when it is asked for, and throws then.
    void x509.publicKey.asymmetricKeyType;
    return x509;
  } catch (error) {
    throw new ProtocolError('CERTIFICATE', error instanceof Error ? error.message : String(error));
  }
};
