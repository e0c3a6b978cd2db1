import { createPrivateKey, sign, X509Certificate } from 'node:crypto';
import { ProtocolError } from '../core/errors.js';
import type { WallTime } from '../core/time.js';
import type { TlsIdentity } from '../net/ports.js';
import { certificateTime } from './certificate.js';
import { DER_TAG, der, derBits, derInteger, derValue, derValues, pemOf } from './der.js';

const EXPLICIT_VERSION = 0xa0;
/** sha1WithRSAEncryption and ecdsa-with-SHA1, the ends of their identifiers. */
const SHA1_ENDS: readonly string[] = ['2a864886f70d010105', '2a8648ce3d0401'];

/**
 * The same key and names, in a certificate that ended at `notAfter`. It is signed by its own key: so a certificate of an
 * authority loses that signature. Throws a `ProtocolError` if the certificate cannot be read.
 */
export const expiredIdentity = (
  { key, certificate }: TlsIdentity,
  notBefore: WallTime,
  notAfter: WallTime,
): TlsIdentity => {
  const [body] = derValues(derValue(new X509Certificate(certificate).raw).content);
  const fields = body === undefined ? [] : derValues(body.content);
  const first = fields[0]?.tag === EXPLICIT_VERSION ? 1 : 0;
  const [serial, algorithm] = [fields[first], fields[first + 1]];
  if (serial === undefined || algorithm === undefined)
    throw new ProtocolError('DER', 'a certificate that lacks fields');
  // Another serial number: no client takes it for the certificate that it knows.
  const another = Buffer.from(serial.content);
  another[another.length - 1] = (another.at(-1) ?? 0) ^ 1;
  const validity = der(DER_TAG.sequence, certificateTime(notBefore), certificateTime(notAfter));
  const changed = fields.map(({ whole }, index) => {
    if (index === first) return derInteger(another[0] === 0 ? another.subarray(1) : another);
    return index === first + 3 ? validity : whole;
  });
  const content = der(DER_TAG.sequence, ...changed);
  const identifier = derValues(algorithm.content)[0]?.content.toString('hex') ?? '';
  const hash = SHA1_ENDS.includes(identifier) ? 'sha1' : 'sha256';
  const signature = sign(hash, content, createPrivateKey(key));
  return { key, certificate: pemOf(der(DER_TAG.sequence, content, algorithm.whole, derBits(signature))) };
};
