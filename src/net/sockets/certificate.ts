// Makes self-signed certificates: X.509 v3, RSA with SHA-256, as old and new phones read them. Node can read
// certificates and sign, but cannot make one, so the few DER forms that are needed are written here.

import { createPublicKey, generateKeyPairSync, randomBytes, sign, X509Certificate } from 'node:crypto';
import { dateOf, parseWallTime, type WallTime } from '../../core/time.js';
import type { TlsIdentity } from '../ports.js';

/** Whom the certificate is for, and when it is valid. */
export interface CertificateSubject {
  /** The node's name; 1 to 64 characters. */
  readonly commonName: string;
  readonly organization: string;
  /** IPv4 addresses and host names by which clients reach it. */
  readonly alternatives: readonly string[];
  readonly notBefore: WallTime;
  readonly notAfter: WallTime;
}

const MODULUS_BITS = 2048;

const TAG = {
  boolean: 1,
  integer: 2,
  bits: 3,
  octets: 4,
  null: 5,
  oid: 6,
  utf8: 12,
  sequence: 0x30,
  set: 0x31,
} as const;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const EXPLICIT_0 = 0xa0;
const EXPLICIT_3 = 0xa3;
const DNS_NAME = 0x82;
const IP_ADDRESS = 0x87;

const SHA256_WITH_RSA = '1.2.840.113549.1.1.11';
const COMMON_NAME = '2.5.4.3';
const ORGANIZATION = '2.5.4.10';
const BASIC_CONSTRAINTS = '2.5.29.19';
const SUBJECT_ALTERNATIVES = '2.5.29.17';

/** A fresh key and its certificate. Takes a fraction of a second. */
export const selfSignedIdentity = (subject: CertificateSubject): TlsIdentity => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: MODULUS_BITS });
  const algorithm = der(TAG.sequence, oid(SHA256_WITH_RSA), der(TAG.null));
  const name = distinguishedName(subject);
  const body = der(
    TAG.sequence,
    der(EXPLICIT_0, integer(Buffer.from([2]))), // version 3
    integer(serialNumber()),
    algorithm,
    name,
    der(TAG.sequence, time(subject.notBefore), time(subject.notAfter)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(EXPLICIT_3, extensions(subject.alternatives)),
  );
  const certificate = der(TAG.sequence, body, algorithm, bits(sign('sha256', body, privateKey)));
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificate: pem(certificate),
  };
};

/** Checks that key and certificate belong together and are valid at `now`. `undefined`: yes; else what is wrong. */
export const faultOfIdentity = ({ key, certificate }: TlsIdentity, now: WallTime): string | undefined => {
  try {
    const read = new X509Certificate(certificate);
    if ((parseWallTime(read.validTo) ?? now) < now) return `a certificate that ended on ${read.validTo}`;
    const ours = createPublicKey(key).export({ type: 'spki', format: 'der' });
    const theirs = read.publicKey.export({ type: 'spki', format: 'der' });
    return ours.equals(theirs) ? undefined : 'a certificate for another key';
  } catch (error) {
    return `something else (${error instanceof Error ? error.message : String(error)})`;
  }
};

const distinguishedName = ({ commonName, organization }: CertificateSubject): Buffer =>
  der(
    TAG.sequence,
    ...[
      [ORGANIZATION, organization],
      [COMMON_NAME, commonName],
    ].map(([type = '', value = '']) =>
      der(TAG.set, der(TAG.sequence, oid(type), der(TAG.utf8, Buffer.from(value, 'utf8')))),
    ),
  );

const extensions = (alternatives: readonly string[]): Buffer =>
  der(
    TAG.sequence,
    extension(BASIC_CONSTRAINTS, der(TAG.sequence, der(TAG.boolean, Buffer.from([0xff])))),
    extension(SUBJECT_ALTERNATIVES, der(TAG.sequence, ...alternatives.map(alternativeName))),
  );

const extension = (type: string, value: Buffer): Buffer => der(TAG.sequence, oid(type), der(TAG.octets, value));

const alternativeName = (name: string): Buffer => {
  const parts = name.split('.').map(Number);
  const isAddress = parts.length === 4 && parts.every((part) => Number.isInteger(part) && part >= 0 && part < 256);
  return isAddress ? der(IP_ADDRESS, Buffer.from(parts)) : der(DNS_NAME, Buffer.from(name, 'latin1'));
};

/** RFC 5280 §4.1.2.2: positive, at most 20 octets. Random, so that nobody can guess it. */
const serialNumber = (): Buffer => {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes;
};

/** RFC 5280 §4.1.2.5: two digits of the year up to 2049, four from then on. */
const time = (at: WallTime): Buffer => {
  const text = dateOf(at)
    .toISOString()
    .replace(/[-:T]|\.\d+/g, '');
  return Number(text.slice(0, 4)) < 2050
    ? der(UTC_TIME, Buffer.from(text.slice(2), 'latin1'))
    : der(GENERALIZED_TIME, Buffer.from(text, 'latin1'));
};

const integer = (bytes: Buffer): Buffer => der(TAG.integer, bytes);
const bits = (bytes: Buffer): Buffer => der(TAG.bits, Buffer.from([0]), bytes);

const oid = (dotted: string): Buffer => {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const octets = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80);
    octets.push(...groups);
  }
  return der(TAG.oid, Buffer.from(octets));
};

/** Tag, length, content. */
const der = (tag: number, ...content: readonly Buffer[]): Buffer => {
  const value = Buffer.concat(content);
  if (value.length < 0x80) return Buffer.concat([Buffer.from([tag, value.length]), value]);
  const length: number[] = [];
  for (let left = value.length; left > 0; left >>>= 8) length.unshift(left & 0xff);
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length, ...length]), value]);
};

const pem = (bytes: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${bytes
    .toString('base64')
    .replace(/(.{64})/g, '$1\n')
    .trimEnd()}\n-----END CERTIFICATE-----\n`;
