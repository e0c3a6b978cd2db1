// The container of trust lists, signed and encrypted files and of classic firmware: a signed header, then a body
// (`docs/protocols/provisioning.md` §5.1 to §5.3). It is read within bounds, since anybody may have written it.

import { createVerify, type KeyObject } from 'node:crypto';
import { ProtocolError } from '../core/errors.js';

/** The tags of a header. */
export const HEADER_TAG = {
  version: 1,
  headerLength: 2,
  signerInfo: 3,
  signerName: 4,
  serial: 5,
  issuer: 6,
  signatureInfo: 7,
  digest: 8,
  algorithmInfo: 9,
  algorithm: 10,
  modulus: 11,
  signature: 12,
  padding: 13,
  fileName: 14,
  timestamp: 15,
  encryption: 16,
  cipherInfo: 17,
  cipher: 18,
  initialVector: 19,
  padOctets: 20,
  keyInfo: 21,
  keyAlgorithm: 22,
  keyBits: 23,
  keyPadding: 24,
  wrappedKey: 25,
  plainDigest: 26,
  plainHash: 27,
  listVersion: 28,
} as const;

/** The digest codes that phones take. */
export const DIGESTS: ReadonlyMap<number, 'sha1' | 'sha512'> = new Map([
  [1, 'sha1'],
  [3, 'sha512'],
]);

/** Octets of a signature by its modulus code. */
export const MODULUS_OCTETS: readonly number[] = [64, 128, 256, 512];

/** One element: where it stands, and its value. */
export interface TlvField {
  /** Octets from the start of the file. */
  readonly at: number;
  readonly tag: number;
  readonly value: Buffer;
}

/** Who signed: the record of a list with the same serial number and issuer has the key. Texts without their NUL. */
export interface SignerInfo {
  readonly name: string;
  readonly serial: Buffer;
  readonly issuer: string;
}

/** What the header of an encrypted file says (`docs/protocols/provisioning.md` §5.6). */
export interface EncryptionInfo {
  readonly initialVector: Buffer;
  /** Octets that were added to the plain text: 1 to 16. */
  readonly padOctets: number;
  readonly keyBits: number;
  readonly wrappedKey: Buffer;
  readonly digest: number;
  readonly hash: Buffer;
}

/** A file that was read. Nothing in it is verified. */
export interface Container {
  readonly bytes: Buffer;
  /** Such as `1.2`. */
  readonly version: string;
  readonly headerLength: number;
  /** `1.1` switches newer phones to configuration over HTTPS. */
  readonly listVersion: string | undefined;
  readonly signer: SignerInfo;
  readonly digest: number;
  readonly algorithm: number;
  readonly modulus: number;
  readonly signature: Buffer;
  readonly fileName: string;
  /** Seconds since the Unix epoch. Firmware has none. */
  readonly timestamp: number | undefined;
  readonly encryption: EncryptionInfo | undefined;
  /** All elements in their order; a container comes before its parts. Padding is left out. */
  readonly fields: readonly TlvField[];
  readonly body: Buffer;
}

const HEAD = 3;
const CONTAINERS: ReadonlySet<number> = new Set([
  HEADER_TAG.signerInfo,
  HEADER_TAG.signatureInfo,
  HEADER_TAG.algorithmInfo,
  HEADER_TAG.encryption,
  HEADER_TAG.cipherInfo,
  HEADER_TAG.keyInfo,
]);

/** Throws the error of something that does not parse. */
export const malformed = (message: string, offset: number): never => {
  throw new ProtocolError('MALFORMED', message, offset);
};

/** Reads one element that must end by `end`. Throws a `ProtocolError` (`MALFORMED`). */
export const readField = (bytes: Buffer, at: number, end: number): TlvField => {
  if (at + HEAD > end) return malformed('an element without a length', at);
  const length = bytes.readUInt16BE(at + 1);
  const tag = bytes[at] as number;
  if (at + HEAD + length > end) return malformed(`element ${tag} of ${length} octets runs past its end`, at);
  return { at, tag, value: bytes.subarray(at + HEAD, at + HEAD + length) };
};

/** Where the element after this one begins. */
export const endOf = ({ at, value }: TlvField): number => at + HEAD + value.length;

/** A text without the NUL that ends it. */
export const textOf = (value: Buffer): string => value.toString('utf8').replace(/\0$/, '');

/** Reads a file. Throws a `ProtocolError` (`MALFORMED`) that says what is wrong, and at which octet. */
export const readContainer = (bytes: Buffer): Container => {
  if (bytes.length === 0) return malformed('an empty file', 0);
  const version = readField(bytes, 0, bytes.length);
  if (version.tag !== HEADER_TAG.version || version.value.length !== 2) return malformed('no version', 0);
  const length = readField(bytes, endOf(version), bytes.length);
  if (length.tag !== HEADER_TAG.headerLength || length.value.length !== 2)
    return malformed('no header length', length.at);
  const headerLength = length.value.readUInt16BE(0);
  if (headerLength > bytes.length) return malformed(`a header of ${headerLength} octets in a file of fewer`, length.at);
  const fields = [version, length, ...fieldsIn(bytes, endOf(length), headerLength)];
  const values = new Map<number, Buffer>();
  for (const { at, tag, value } of fields) {
    if (values.has(tag)) return malformed(`a second element ${tag}`, at);
    values.set(tag, value);
  }
  const reader = new HeaderValues(values, headerLength);
  const modulus = reader.octet(HEADER_TAG.modulus);
  const signature = reader.value(HEADER_TAG.signature);
  if (signature.length !== MODULUS_OCTETS[modulus])
    return malformed(`a signature of ${signature.length} octets for modulus code ${modulus}`, headerLength);
  const timestamp = values.get(HEADER_TAG.timestamp);
  const listVersion = values.get(HEADER_TAG.listVersion);
  return {
    bytes,
    version: versionOf(version.value),
    headerLength,
    listVersion: listVersion?.length === 2 ? versionOf(listVersion) : undefined,
    signer: {
      name: textOf(reader.value(HEADER_TAG.signerName)),
      serial: reader.value(HEADER_TAG.serial),
      issuer: textOf(reader.value(HEADER_TAG.issuer)),
    },
    digest: reader.octet(HEADER_TAG.digest),
    algorithm: reader.octet(HEADER_TAG.algorithm),
    modulus,
    signature,
    fileName: textOf(reader.value(HEADER_TAG.fileName)),
    timestamp: timestamp === undefined ? undefined : reader.number(HEADER_TAG.timestamp, 4),
    encryption: values.has(HEADER_TAG.encryption) ? encryptionOf(reader) : undefined,
    fields,
    body: bytes.subarray(headerLength),
  };
};

/** The elements between two places, in order, those in containers among them. Throws a `ProtocolError` (`MALFORMED`). */
const fieldsIn = (bytes: Buffer, from: number, to: number): readonly TlvField[] => {
  const fields: TlvField[] = [];
  /** The ends of the containers that are open, the innermost last. */
  const ends = [to];
  for (let at = from; at < to; ) {
    while (ends.at(-1) === at) ends.pop();
    const end = ends.at(-1) ?? to;
    // Padding has no length, and stands outside of all containers.
    if (bytes[at] === HEADER_TAG.padding) {
      if (ends.length > 1) return malformed('padding within a container', at);
      at += 1;
      continue;
    }
    const field = readField(bytes, at, end);
    fields.push(field);
    if (CONTAINERS.has(field.tag)) {
      ends.push(endOf(field));
      at += HEAD;
    } else at = endOf(field);
  }
  return fields;
};

/** The values of a header by tag, with their lengths checked. */
class HeaderValues {
  readonly #values: ReadonlyMap<number, Buffer>;
  readonly #end: number;

  constructor(values: ReadonlyMap<number, Buffer>, end: number) {
    this.#values = values;
    this.#end = end;
  }

  /** Throws a `ProtocolError` (`MALFORMED`) if there is none. */
  value(tag: number): Buffer {
    return this.#values.get(tag) ?? malformed(`no element ${tag}`, this.#end);
  }

  octet(tag: number): number {
    return this.number(tag, 1);
  }

  number(tag: number, octets: number): number {
    const value = this.value(tag);
    if (value.length !== octets) return malformed(`element ${tag} of ${value.length} octets`, this.#end);
    return value.readUIntBE(0, octets);
  }
}

const encryptionOf = (values: HeaderValues): EncryptionInfo => ({
  initialVector: values.value(HEADER_TAG.initialVector),
  padOctets: values.number(HEADER_TAG.padOctets, 2),
  keyBits: values.number(HEADER_TAG.keyBits, 2),
  wrappedKey: values.value(HEADER_TAG.wrappedKey),
  digest: values.octet(HEADER_TAG.plainDigest),
  hash: values.value(HEADER_TAG.plainHash),
});

const versionOf = (value: Buffer): string => `${value[0]}.${value[1]}`;

/**
 * Whether this key made the signature. It covers the whole file without the signature's own element
 * (`docs/protocols/provisioning.md` §5.3). False if the digest or the kind of key is none that phones take.
 */
export const isSignedBy = (container: Container, key: KeyObject): boolean => {
  const digest = DIGESTS.get(container.digest);
  if (digest === undefined || container.algorithm !== 0 || key.asymmetricKeyType !== 'rsa') return false;
  const { bytes, fields, signature } = container;
  const field = fields.find(({ tag }) => tag === HEADER_TAG.signature);
  if (field === undefined) return false;
  const verifier = createVerify(digest)
    .update(bytes.subarray(0, field.at))
    .update(bytes.subarray(endOf(field)));
  try {
    return verifier.verify(key, signature);
  } catch {
    return false;
  }
};
