// What is odd about a list though its signature is good.

import { dateOf, type WallTime } from '../core/time.js';
import { isTextOfName } from './distinguished-name.js';
import { kindOfList } from './held-lists.js';
import type { ReadCertificate } from './read-certificate.js';
import {
  certificateOf,
  functionName,
  hasFunction,
  isEmptyRecord,
  LIST_FUNCTION,
  type ListRecord,
  SIGNS_FILES,
  type TrustListFile,
} from './trust-list.js';

const MOST_SIGNERS = 2;
const MOST_MODULUS_BITS = 2048;

/** Sentences about a list, for people. */
export const listWarnings = (list: TrustListFile, now: WallTime): readonly string[] => {
  const { container, records } = list;
  const signers = records.filter((record) => record.function === LIST_FUNCTION.SAST).length;
  const isCtl = kindOfList(list) === 'CTL';
  return [
    ...(signers > MOST_SIGNERS ? [`${signers} SAST records: phones take at most ${MOST_SIGNERS}`] : []),
    ...(isCtl && records.some((record) => record.function === LIST_FUNCTION.TVS)
      ? ['a TVS record in a CTL: it belongs into the ITL alone']
      : []),
    ...(hasFunction(list, SIGNS_FILES)
      ? []
      : ['no certificate for TFTP: phones that hold this list alone ask for unsigned files']),
    ...(container.headerLength % 4 === 0 ? [] : ['the header is not padded to a multiple of 4']),
    ...records.flatMap((record, index) => recordWarnings(record, now).map((text) => `record ${index + 1}: ${text}`)),
  ];
};

const recordWarnings = (record: ListRecord, now: WallTime): readonly string[] => {
  if (isEmptyRecord(record)) return [`empty: nobody is ${functionName(record.function)}`];
  const certificate = certificateOf(record);
  if (certificate === undefined) return record.certificate === undefined ? [] : ['a certificate that cannot be read'];
  return [...disagreements(record, certificate), ...signerWarnings(certificate, now)];
};

const disagreements = (record: ListRecord, certificate: ReadCertificate): readonly string[] => {
  const isName = (text: string | undefined, name: Buffer): boolean => text === undefined || isTextOfName(text, name);
  const differing = [
    ...(isName(record.subject, certificate.subjectDer) ? [] : ['subject']),
    ...(isName(record.issuer, certificate.issuerDer) ? [] : ['issuer']),
    ...(record.serial === undefined || record.serial.equals(certificate.serial) ? [] : ['serial number']),
    ...(record.publicKey === undefined || record.publicKey.equals(certificate.keyOctets) ? [] : ['public key']),
  ];
  return differing.length === 0 ? [] : [`it disagrees with its certificate about ${differing.join(', ')}`];
};

/** Sentences about a certificate that signs. */
export const signerWarnings = (certificate: ReadCertificate, now: WallTime): readonly string[] => [
  ...(certificate.notAfter < now ? [`a certificate that ended on ${day(certificate.notAfter)}`] : []),
  ...(certificate.notBefore > now ? [`a certificate that begins on ${day(certificate.notBefore)}`] : []),
  ...((certificate.modulusBits ?? 0) > MOST_MODULUS_BITS
    ? [`an RSA key of ${certificate.modulusBits} bits: older phones take at most ${MOST_MODULUS_BITS}`]
    : []),
];

const day = (at: WallTime): string => dateOf(at).toISOString().slice(0, 10);
