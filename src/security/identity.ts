// The identities of a secure cluster: who has which key and which certificate (`docs/protocols/secure.md` §1.1 to §1.4),
// and the certificates that the CAPF issues for phones.

import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { type WallTime, wallTime } from '../core/time.js';
import type { TlsIdentity } from '../net/ports.js';
import { type CertificateHash, type KeyUsage, makeCertificate } from './certificate.js';
import { pemOf } from './der.js';
import { type DistinguishedName, nameDer } from './distinguished-name.js';
import { type ReadCertificate, readCertificate } from './read-certificate.js';

/**
 * Who holds a key. `itlrecovery` signs lists; `callmanager` signs files and serves TLS of SCCP and SIP; `callmanager-ec`
 * serves files over HTTPS; `capf` issues certificates for phones; `tvs` vouches for certificates.
 */
export const IDENTITY_ROLES = ['itlrecovery', 'callmanager', 'callmanager-ec', 'capf', 'tvs'] as const;
export type IdentityRole = (typeof IDENTITY_ROLES)[number];

/** A key with its certificate. `key` and `certificate` are PEM, as TLS listeners take them. */
export interface Identity extends TlsIdentity {
  readonly role: IdentityRole;
  readonly privateKey: KeyObject;
  readonly read: ReadCertificate;
}

/** The identities of this node. `callmanager-ec` is there only with HTTPS provisioning. */
export type Identities = Readonly<Record<Exclude<IdentityRole, 'callmanager-ec'>, Identity>> & {
  readonly 'callmanager-ec'?: Identity;
};

/** What a new identity is made of, besides its role. */
export interface IdentityFacts {
  /** The node's name and its cluster's: they stand in the subject. */
  readonly node: string;
  readonly cluster: string;
  /** IPv4 addresses and host names of the node. */
  readonly alternatives: readonly string[];
  readonly now: WallTime;
  readonly hash: CertificateHash;
}

const RSA_BITS = 2048;
const CURVE = 'P-384';
const DAY_MS = 86_400_000;
const YEAR_MS = 365.25 * DAY_MS;

/** Years in force; the list signer's are twice as many, since a phone can be moved to a new one only by the old one. */
const YEARS: Readonly<Record<IdentityRole, number>> = {
  itlrecovery: 20,
  callmanager: 10,
  'callmanager-ec': 10,
  capf: 10,
  tvs: 10,
};

const AUTHORITY_USAGE: readonly KeyUsage[] = [
  'digitalSignature',
  'keyEncipherment',
  'dataEncipherment',
  'keyCertSign',
  'cRLSign',
];

/** Reads an identity of PEM texts. Throws if the key is none; throws a `ProtocolError` if the certificate is none. */
export const identityOf = (role: IdentityRole, { key, certificate }: TlsIdentity): Identity => ({
  role,
  key,
  certificate,
  privateKey: createPrivateKey(key),
  read: readCertificate(certificate),
});

/** Makes a fresh key and its self-signed certificate. Takes a fraction of a second. */
export const makeIdentity = (role: IdentityRole, facts: IdentityFacts): Identity => {
  const { privateKey, publicKey } =
    role === 'callmanager-ec'
      ? generateKeyPairSync('ec', { namedCurve: CURVE })
      : generateKeyPairSync('rsa', { modulusLength: RSA_BITS });
  const subject = subjectOf(role, facts, publicKey);
  const certificate = makeCertificate({
    subject,
    publicKey,
    issuer: { nameDer: nameDer(subject), key: privateKey },
    notBefore: dayBefore(facts.now),
    notAfter: wallTime(facts.now + YEARS[role] * YEAR_MS),
    constraint: 'authority',
    keyUsage: AUTHORITY_USAGE,
    extendedUsage: true,
    alternatives: role === 'itlrecovery' || role === 'capf' ? [] : facts.alternatives,
    hash: facts.hash,
  });
  return identityOf(role, {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificate: pemOf(certificate),
  });
};

/** A phone whose clock is not set yet may be a little behind. */
const dayBefore = (now: WallTime): WallTime => wallTime(now - DAY_MS);

const subjectOf = (role: IdentityRole, { node, cluster }: IdentityFacts, publicKey: KeyObject): DistinguishedName => {
  const common: Readonly<Record<IdentityRole, () => string>> = {
    itlrecovery: () => `ITLRECOVERY_${node}`,
    callmanager: () => node,
    'callmanager-ec': () => `${node}-EC`,
    // Like CUCM's: two CAPFs of one cluster differ in name, so that their certificates are told apart.
    capf: () =>
      `CAPF-${publicKey.export({ type: 'spki', format: 'der' }).subarray(-13, -5).toString('hex').slice(0, 8)}`,
    tvs: () => node,
  };
  return { CN: common[role]().slice(0, MOST_COMMON_NAME), O: cluster, OU: 'labcm', L: 'Lab', ST: 'Lab', C: 'XX' };
};

/** RFC 5280 appendix A: ub-common-name. */
const MOST_COMMON_NAME = 64;

/** What a phone's certificate is to say. */
export interface LscRequest {
  /** The device name: it becomes the common name. */
  readonly device: string;
  /** The phone's key: SubjectPublicKeyInfo, DER, as KeyGenRes brings it (`docs/protocols/secure.md` §5.2). */
  readonly publicKey: Buffer;
  readonly now: WallTime;
  /** Years in force. */
  readonly years: number;
  /** Absent: SHA-256. */
  readonly hash?: CertificateHash;
}

/**
 * Issues a locally significant certificate (LSC), as DER: `CN=<device>` with O, OU, L, ST and C of the CAPF, signed by it. Throws
 * if the key cannot be read.
 */
export const issueLsc = (capf: Identity, { device, publicKey, now, years, hash = 'sha256' }: LscRequest): Buffer =>
  makeCertificate({
    subject: { ...capf.read.subject, CN: device },
    publicKey: createPublicKey({ key: publicKey, format: 'der', type: 'spki' }),
    issuer: { nameDer: capf.read.subjectDer, key: capf.privateKey },
    notBefore: dayBefore(now),
    notAfter: wallTime(now + years * YEAR_MS),
    constraint: 'leaf',
    keyUsage: ['digitalSignature', 'keyEncipherment'],
    extendedUsage: true,
    alternatives: [],
    hash,
  });
