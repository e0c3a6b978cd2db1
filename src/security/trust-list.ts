// Trust lists: CTL and ITL files (`docs/protocols/provisioning.md` §5.4, `docs/protocols/secure.md` §2).

import { createPublicKey, type KeyObject } from 'node:crypto';
import {
  type Container,
  endOf,
  malformed,
  readContainer,
  readField,
  type SignerInfo,
  type TlvField,
  textOf,
} from './container.js';
import { type ReadCertificate, readCertificate } from './read-certificate.js';

/** What a record of a list is for. */
export const LIST_FUNCTION = {
  SAST: 0,
  CCM: 1,
  'CCM+TFTP': 2,
  TFTP: 3,
  CAPF: 4,
  'APP-SERVER': 7,
  TVS: 21,
} as const;

const FUNCTION_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(LIST_FUNCTION).map(([name, number]) => [number, name]),
);

/** The name of a function, or its number. */
export const functionName = (number: number): string => FUNCTION_NAMES.get(number) ?? String(number);

/** The tags of a record. They reuse the numbers of header tags with other meanings. */
export const RECORD_TAG = {
  length: 1,
  dnsName: 2,
  subject: 3,
  function: 4,
  issuer: 5,
  serial: 6,
  publicKey: 7,
  signature: 8,
  certificate: 9,
  address: 10,
} as const;

/** One record. Texts are without their NUL; what the record lacks is `undefined`. */
export interface ListRecord {
  /** Octets from the start of the file. */
  readonly at: number;
  /** Octets of the record. */
  readonly length: number;
  readonly function: number;
  readonly dnsName: string | undefined;
  readonly subject: string | undefined;
  readonly issuer: string | undefined;
  readonly serial: Buffer | undefined;
  readonly publicKey: Buffer | undefined;
  readonly certificate: Buffer | undefined;
  /** IPv4, dotted. */
  readonly address: string | undefined;
  readonly fields: readonly TlvField[];
}

/** A list that was read. Nothing in it is verified. */
export interface TrustListFile {
  readonly container: Container;
  readonly records: readonly ListRecord[];
}

/** Reads a list. Throws a `ProtocolError` (`MALFORMED`) that says what is wrong, and at which octet. */
export const readTrustListFile = (bytes: Buffer): TrustListFile => listIn(readContainer(bytes));

/** Reads the records of a list whose header was read. Throws a `ProtocolError` (`MALFORMED`). */
export const listIn = (container: Container): TrustListFile => {
  const { bytes, headerLength } = container;
  const records: ListRecord[] = [];
  for (let at = headerLength; at < bytes.length; ) {
    const record = readRecord(bytes, at);
    records.push(record);
    at += record.length;
  }
  return { container, records };
};

const readRecord = (bytes: Buffer, at: number): ListRecord => {
  const head = readField(bytes, at, bytes.length);
  if (head.tag !== RECORD_TAG.length || head.value.length !== 2) return malformed('a record without a length', at);
  const length = head.value.readUInt16BE(0);
  const end = at + length;
  if (end < endOf(head)) return malformed(`a record of ${length} octets`, at);
  if (end > bytes.length) return malformed(`a record of ${length} octets runs past the end`, at);
  const fields = [head];
  const values = new Map<number, Buffer>();
  for (let next = endOf(head); next < end; ) {
    const field = readField(bytes, next, end);
    if (values.has(field.tag)) return malformed(`a second element ${field.tag} in a record`, next);
    values.set(field.tag, field.value);
    fields.push(field);
    next = endOf(field);
  }
  const role = values.get(RECORD_TAG.function);
  if (role?.length !== 2) return malformed('a record without a function', at);
  const text = (tag: number): string | undefined => {
    const value = values.get(tag);
    return value === undefined ? undefined : textOf(value);
  };
  const address = values.get(RECORD_TAG.address);
  return {
    at,
    length,
    function: role.readUInt16BE(0),
    dnsName: text(RECORD_TAG.dnsName),
    subject: text(RECORD_TAG.subject),
    issuer: text(RECORD_TAG.issuer),
    serial: values.get(RECORD_TAG.serial),
    publicKey: values.get(RECORD_TAG.publicKey),
    certificate: values.get(RECORD_TAG.certificate),
    address: address?.length === 4 ? address.join('.') : undefined,
    fields,
  };
};

/** Whether a record names a function and nobody for it, as lists of a cluster that gave it up do. */
export const isEmptyRecord = ({ certificate, publicKey, serial }: ListRecord): boolean =>
  certificate === undefined && publicKey === undefined && serial === undefined;

/** The certificate of a record. `undefined`: it has none, or one that cannot be read. */
export const certificateOf = ({ certificate }: ListRecord): ReadCertificate | undefined => {
  if (certificate === undefined) return undefined;
  try {
    return readCertificate(certificate);
  } catch {
    return undefined;
  }
};

/** The key of a record: that of its certificate, else the RSA key that it names. `undefined`: none that can be read. */
export const keyOfRecord = (record: ListRecord): KeyObject | undefined => {
  const key = certificateOf(record)?.publicKey;
  if (key !== undefined || record.publicKey === undefined) return key;
  try {
    return createPublicKey({ key: record.publicKey, format: 'der', type: 'pkcs1' });
  } catch {
    return undefined;
  }
};

/** Functions that may sign lists, and those that may sign files. */
export const SIGNS_LISTS: readonly number[] = [LIST_FUNCTION.SAST];
export const SIGNS_FILES: readonly number[] = [LIST_FUNCTION['CCM+TFTP'], LIST_FUNCTION.TFTP];

/** The records of these functions that a signer is: the same serial number and issuer, octet by octet. */
export const recordsOfSigner = (
  records: readonly ListRecord[],
  { serial, issuer }: SignerInfo,
  functions: readonly number[],
): readonly ListRecord[] =>
  records.filter(
    (record) =>
      functions.includes(record.function) && record.issuer === issuer && record.serial?.equals(serial) === true,
  );

/** Whether a list has somebody for one of these functions. */
export const hasFunction = ({ records }: TrustListFile, functions: readonly number[]): boolean =>
  records.some((record) => functions.includes(record.function) && !isEmptyRecord(record));
