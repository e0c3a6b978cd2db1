// Writes containers and the records of lists (`docs/protocols/provisioning.md` §5.3, §5.4). PKCS#1 v1.5 has no randomness: the same
// key, time and content give the same octets.

import { type KeyObject, sign } from 'node:crypto';
import { HEADER_TAG, MODULUS_OCTETS } from './container.js';
import { type NameForm, nameText } from './distinguished-name.js';
import type { ReadCertificate } from './read-certificate.js';
import type { ListDigest } from './settings.js';
import { RECORD_TAG } from './trust-list.js';

/** Writes tag, length (16 bits) and value. Throws a `RangeError` if the value is longer than that. */
export const tlv = (tag: number, ...values: readonly Buffer[]): Buffer => {
  const value = Buffer.concat(values);
  const head = Buffer.alloc(3);
  head[0] = tag;
  head.writeUInt16BE(value.length, 1);
  return Buffer.concat([head, value]);
};

const octets = (...values: readonly number[]): Buffer => Buffer.from(values);
const text = (value: string): Buffer => Buffer.from(`${value}\0`, 'utf8');

/** A number of 16 bits. */
export const uint16 = (value: number): Buffer => octets(value >> 8, value & 0xff);

const DIGEST_CODE: Readonly<Record<ListDigest, number>> = { sha1: 1, sha512: 3 };

/** The code of a digest in a header. */
export const digestCode = (digest: ListDigest): number => DIGEST_CODE[digest];

/** Who signs, and how names are written. */
export interface ContainerSigner {
  readonly certificate: ReadCertificate;
  /** RSA of 512, 1024, 2048 or 4096 bits. */
  readonly key: KeyObject;
  readonly digest: ListDigest;
  readonly names: NameForm;
}

/** What a container says besides who signed it. */
export interface ContainerContent {
  /** `[1, 2]` of lists, `[1, 0]` of signed files, `[2, 0]` of encrypted ones. */
  readonly version: readonly [major: number, minor: number];
  readonly listVersion?: readonly [major: number, minor: number] | undefined;
  readonly fileName: string;
  /** Seconds since the Unix epoch. */
  readonly timestamp: number;
  /** Elements 16 to 27 of an encrypted file. */
  readonly encryption?: Buffer;
  readonly body: Buffer;
}

/** Writes a container and signs it. Throws a `RangeError` if the key has another length than those. */
export const writeContainer = (
  content: ContainerContent,
  { certificate, key, digest, names }: ContainerSigner,
): Buffer => {
  const modulusOctets = (certificate.modulusBits ?? 0) / 8;
  const modulus = MODULUS_OCTETS.indexOf(modulusOctets);
  if (modulus === -1) throw new RangeError(`no list is signed with a key of ${certificate.modulusBits} bits`);
  const signerInfo = tlv(
    HEADER_TAG.signerInfo,
    tlv(HEADER_TAG.signerName, text(nameText(certificate.subjectDer, names))),
    tlv(HEADER_TAG.serial, certificate.serial),
    tlv(HEADER_TAG.issuer, text(nameText(certificate.issuerDer, names))),
  );
  const signatureInfo = tlv(
    HEADER_TAG.signatureInfo,
    tlv(HEADER_TAG.digest, octets(digestCode(digest))),
    tlv(HEADER_TAG.algorithmInfo, tlv(HEADER_TAG.algorithm, octets(0)), tlv(HEADER_TAG.modulus, octets(modulus))),
  );
  const timestamp = Buffer.alloc(4);
  timestamp.writeUInt32BE(content.timestamp);
  const listVersion =
    content.listVersion === undefined ? [] : [tlv(HEADER_TAG.listVersion, octets(...content.listVersion))];
  const before = (length: number): Buffer =>
    Buffer.concat([
      tlv(HEADER_TAG.version, octets(...content.version)),
      tlv(HEADER_TAG.headerLength, uint16(length)),
      ...listVersion,
      signerInfo,
      signatureInfo,
    ]);
  const after = Buffer.concat([
    tlv(HEADER_TAG.fileName, text(content.fileName)),
    tlv(HEADER_TAG.timestamp, timestamp),
    content.encryption ?? Buffer.alloc(0),
  ]);
  // The header's length counts the signature, which is not there when the rest is signed.
  const unpadded = before(0).length + 3 + modulusOctets + after.length;
  const padding = Buffer.alloc((4 - (unpadded % 4)) % 4, HEADER_TAG.padding);
  const prefix = before(unpadded + padding.length);
  const suffix = Buffer.concat([after, padding, content.body]);
  const signature = sign(digest, Buffer.concat([prefix, suffix]), key);
  return Buffer.concat([prefix, tlv(HEADER_TAG.signature, signature), suffix]);
};

/** A record that is to be written. */
export interface RecordContent {
  readonly function: number;
  /** Absent: the element is left out. */
  readonly dnsName?: string | undefined;
  /** Absent: the record is an empty one. */
  readonly certificate?: ReadCertificate | undefined;
  /** IPv4, dotted; in a CTL alone. */
  readonly address?: string | undefined;
}

/** Writes a record of a list, in the order of its tags. */
export const writeRecord = (record: RecordContent, names: NameForm): Buffer => {
  const { certificate } = record;
  const fields = Buffer.concat([
    ...(record.dnsName === undefined ? [] : [tlv(RECORD_TAG.dnsName, text(record.dnsName))]),
    ...(certificate === undefined ? [] : [tlv(RECORD_TAG.subject, text(nameText(certificate.subjectDer, names)))]),
    tlv(RECORD_TAG.function, uint16(record.function)),
    ...(certificate === undefined
      ? []
      : [
          tlv(RECORD_TAG.issuer, text(nameText(certificate.issuerDer, names))),
          tlv(RECORD_TAG.serial, certificate.serial),
          tlv(RECORD_TAG.publicKey, certificate.keyOctets),
          tlv(RECORD_TAG.signature, certificate.signature),
          tlv(RECORD_TAG.certificate, certificate.der),
        ]),
    ...(record.address === undefined
      ? []
      : [tlv(RECORD_TAG.address, octets(...record.address.split('.').map(Number)))]),
  ]);
  const length = 5 + fields.length;
  return Buffer.concat([tlv(RECORD_TAG.length, uint16(length)), fields]);
};
