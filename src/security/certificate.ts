// Makes certificates (RFC 5280): self-signed ones, and those that an authority of ours issues. Node can read
// certificates and sign, but cannot make one.

import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto';
import { dateOf, parseWallTime, type WallTime } from '../core/time.js';
import type { TlsIdentity } from '../net/ports.js';
import { DER_TAG, der, derBits, derInteger, derOid, pemOf } from './der.js';
import { type DistinguishedName, nameDer } from './distinguished-name.js';

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

/** The hash under a certificate's own signature. */
export type CertificateHash = 'sha1' | 'sha256';

/** What a certificate is to say, and who signs it. */
export interface CertificateRequest {
  readonly subject: DistinguishedName;
  readonly publicKey: KeyObject;
  /** The name and the key of who signs: the subject's own for a self-signed one. `nameDer`: as its certificate has it. */
  readonly issuer: { readonly nameDer: Buffer; readonly key: KeyObject };
  readonly notBefore: WallTime;
  readonly notAfter: WallTime;
  /** `authority`: `CA:TRUE, pathlen:0`; `leaf`: `CA:FALSE`; `open`: `CA:TRUE` without more. */
  readonly constraint: 'authority' | 'leaf' | 'open';
  /** Names of bits (RFC 5280 §4.2.1.3). Empty: the extension is left out. */
  readonly keyUsage: readonly KeyUsage[];
  /** Whether extendedKeyUsage has serverAuth, clientAuth and IPSec end system, as all of CUCM's do. */
  readonly extendedUsage: boolean;
  /** IPv4 addresses and DNS names. */
  readonly alternatives: readonly string[];
  readonly hash: CertificateHash;
}

const KEY_USAGES = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
] as const;

/** A bit of keyUsage. */
export type KeyUsage = (typeof KEY_USAGES)[number];

const MODULUS_BITS = 2048;

const EXPLICIT_0 = 0xa0;
const EXPLICIT_3 = 0xa3;
const DNS_NAME = 0x82;
const IP_ADDRESS = 0x87;

const ALGORITHMS: Readonly<Record<'rsa' | 'ec', Readonly<Record<CertificateHash, string>>>> = {
  rsa: { sha1: '1.2.840.113549.1.1.5', sha256: '1.2.840.113549.1.1.11' },
  ec: { sha1: '1.2.840.10045.4.1', sha256: '1.2.840.10045.4.3.2' },
};
const BASIC_CONSTRAINTS = '2.5.29.19';
const KEY_USAGE = '2.5.29.15';
const EXTENDED_KEY_USAGE = '2.5.29.37';
const SUBJECT_ALTERNATIVES = '2.5.29.17';
/** serverAuth, clientAuth, IPSec end system. */
const EXTENDED_USAGES = ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.7.3.5'];

/** Makes a certificate, as DER. `serial`: positive, at most 20 octets; absent: 16 random ones. */
export const makeCertificate = (request: CertificateRequest, serial: Buffer = serialNumber()): Buffer => {
  const { issuer, hash } = request;
  const kind = issuer.key.asymmetricKeyType === 'ec' ? 'ec' : 'rsa';
  const algorithm = der(
    DER_TAG.sequence,
    derOid(ALGORITHMS[kind][hash]),
    ...(kind === 'rsa' ? [der(DER_TAG.null)] : []),
  );
  const body = der(
    DER_TAG.sequence,
    der(EXPLICIT_0, derInteger(Buffer.from([2]))), // version 3
    derInteger(serial),
    algorithm,
    issuer.nameDer,
    der(DER_TAG.sequence, certificateTime(request.notBefore), certificateTime(request.notAfter)),
    nameDer(request.subject),
    request.publicKey.export({ type: 'spki', format: 'der' }),
    der(EXPLICIT_3, extensions(request)),
  );
  return der(DER_TAG.sequence, body, algorithm, derBits(sign(hash, body, issuer.key)));
};

/** A fresh key and its certificate for a TLS listener. Takes a fraction of a second. */
export const selfSignedIdentity = (subject: CertificateSubject): TlsIdentity => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: MODULUS_BITS });
  const name = { CN: subject.commonName, O: subject.organization };
  const certificate = makeCertificate({
    subject: name,
    publicKey,
    issuer: { nameDer: nameDer(name), key: privateKey },
    notBefore: subject.notBefore,
    notAfter: subject.notAfter,
    constraint: 'open',
    keyUsage: [],
    extendedUsage: false,
    alternatives: subject.alternatives,
    hash: 'sha256',
  });
  return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), certificate: pemOf(certificate) };
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

const TRUE = der(DER_TAG.boolean, Buffer.from([0xff]));

const extensions = ({ constraint, keyUsage, extendedUsage, alternatives }: CertificateRequest): Buffer =>
  der(
    DER_TAG.sequence,
    constraint === 'open'
      ? extension(BASIC_CONSTRAINTS, der(DER_TAG.sequence, TRUE))
      : extension(
          BASIC_CONSTRAINTS,
          constraint === 'leaf' ? der(DER_TAG.sequence) : der(DER_TAG.sequence, TRUE, derInteger(Buffer.from([0]))),
          true,
        ),
    ...(keyUsage.length === 0 ? [] : [extension(KEY_USAGE, usageBits(keyUsage))]),
    ...(extendedUsage
      ? [extension(EXTENDED_KEY_USAGE, der(DER_TAG.sequence, ...EXTENDED_USAGES.map((usage) => derOid(usage))))]
      : []),
    ...(alternatives.length === 0
      ? []
      : [extension(SUBJECT_ALTERNATIVES, der(DER_TAG.sequence, ...alternatives.map(alternativeName)))]),
  );

const extension = (type: string, value: Buffer, isCritical = false): Buffer =>
  der(DER_TAG.sequence, derOid(type), ...(isCritical ? [TRUE] : []), der(DER_TAG.octets, value));

/** RFC 5280 §4.2.1.3: the first name is the highest bit; DER leaves the zeros at the end out. */
const usageBits = (usages: readonly KeyUsage[]): Buffer => {
  let bits = 0;
  let last = 0;
  for (const usage of usages) {
    const index = KEY_USAGES.indexOf(usage);
    bits |= 0x80 >> index;
    last = Math.max(last, index);
  }
  return derBits(Buffer.from([bits]), 7 - last);
};

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
export const certificateTime = (at: WallTime): Buffer => {
  const text = dateOf(at)
    .toISOString()
    .replace(/[-:T]|\.\d+/g, '');
  return Number(text.slice(0, 4)) < 2050
    ? der(DER_TAG.utcTime, Buffer.from(text.slice(2), 'latin1'))
    : der(DER_TAG.generalizedTime, Buffer.from(text, 'latin1'));
};
