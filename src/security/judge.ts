// Judges a trust list, a signed or an encrypted file as a phone would, in one word (`docs/protocols/secure.md` §11.2).

import type { KeyObject } from 'node:crypto';
import { ProtocolError } from '../core/errors.js';
import type { WallTime } from '../core/time.js';
import { type Container, DIGESTS, isSignedBy, readContainer } from './container.js';
import { isTextOfName } from './distinguished-name.js';
import { openEncrypted } from './encrypted-file.js';
import { decideList, kindOfList, type ListDecision } from './held-lists.js';
import { listWarnings, signerWarnings } from './list-warnings.js';
import type { ReadCertificate } from './read-certificate.js';
import {
  certificateOf,
  keyOfRecord,
  type ListRecord,
  listIn,
  recordsOfSigner,
  SIGNS_FILES,
  SIGNS_LISTS,
  type TrustListFile,
} from './trust-list.js';

/** What is wrong with a file, in one word. */
export type TrustVerdict =
  | 'valid'
  | 'bad-signature'
  | 'no-signer'
  | 'malformed'
  | 'unsupported'
  | 'wrong-name'
  | 'wrong-key'
  | 'digest-mismatch';

/** What kind of file it is. `firmware`: a load, which Cisco signs. */
export type ContainerKind = 'CTL' | 'ITL' | 'list' | 'signed' | 'encrypted' | 'firmware';

/** What a file is judged by. */
export interface JudgedBy {
  readonly now: WallTime;
  /** Lists whose TFTP keys may have signed files, and that a phone may hold. */
  readonly lists?: readonly TrustListFile[];
  /** Certificates that may have signed anything. */
  readonly certificates?: readonly ReadCertificate[];
  /** The name that the file was asked by. */
  readonly name?: string | undefined;
  /** The private key of the phone that an encrypted file is for. */
  readonly key?: KeyObject | undefined;
}

/** What was found. */
export interface TrustJudgement {
  readonly verdict: TrustVerdict;
  /** Why, in a few words; empty if it is valid. */
  readonly detail: string;
  /** Octets from the start of a malformed file to where it goes wrong. */
  readonly offset?: number;
  /** Absent: it could not be read. */
  readonly kind?: ContainerKind;
  readonly container?: Container;
  /** Of a list. */
  readonly records?: readonly ListRecord[];
  readonly warnings: readonly string[];
  /** Whether a phone that holds the lists of `JudgedBy` takes this one. */
  readonly decision?: ListDecision;
  /** What an encrypted or signed file holds, if it could be opened. */
  readonly plain?: Buffer;
}

/** Judges a file. Never throws for what is in it. */
export const judge = (bytes: Buffer, by: JudgedBy): TrustJudgement => {
  let container: Container;
  let list: TrustListFile | undefined;
  try {
    container = readContainer(bytes);
    list = isList(container) ? listIn(container) : undefined;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { verdict: 'malformed', detail: error.message, offset: error.offset, warnings: [] };
  }
  return list === undefined ? judgeFile(container, by) : judgeList(list, by);
};

const LIST_VERSION = '1.2';

/** Lists are told by their names, else by the version of their header. */
const isList = ({ fileName, version, encryption }: Container): boolean =>
  encryption === undefined && (/\.tlv$/i.test(fileName) || (version === LIST_VERSION && !/\.sgn$/i.test(fileName)));

const judgeList = (list: TrustListFile, by: JudgedBy): TrustJudgement => {
  const { container, records } = list;
  const [CTL, ITL] = (['CTL', 'ITL'] as const).map((kind) => by.lists?.findLast((one) => kindOfList(one) === kind));
  const seen = {
    kind: kindOfList(list) ?? 'list',
    container,
    records,
    warnings: listWarnings(list, by.now),
    ...(CTL === undefined && ITL === undefined ? {} : { decision: decideList({ CTL, ITL }, list) }),
  } as const;
  const judged = (verdict: TrustVerdict, detail = ''): TrustJudgement => ({ verdict, detail, ...seen });
  const signature = judgeSignature(container, {
    keys: recordsOfSigner(records, container.signer, SIGNS_LISTS).map(keyOfRecord),
    wanted: 'no SAST record of this list has the serial number and issuer of its signer',
  });
  if (signature !== undefined) return judged(...signature);
  if (seen.kind === 'list' || (by.name !== undefined && isOtherList(by.name, seen.kind)))
    return judged(
      'wrong-name',
      `the name in it is ${container.fileName}, and phones look for CTLFile.tlv or ITLFile.tlv`,
    );
  return judged('valid');
};

/** A phone asks for `ITLSEP….tlv` and wants `ITLFile.tlv` in it. */
const isOtherList = (name: string, kind: string): boolean => !name.toUpperCase().startsWith(kind);

const judgeFile = (container: Container, by: JudgedBy): TrustJudgement => {
  const { encryption, fileName, signer } = container;
  const isFirmware = encryption === undefined && container.timestamp === undefined && !/\.sgn$/i.test(fileName);
  const kind = encryption !== undefined ? 'encrypted' : isFirmware ? 'firmware' : 'signed';
  const records = (by.lists ?? []).flatMap((list) => recordsOfSigner(list.records, signer, SIGNS_FILES));
  const certificates = (by.certificates ?? []).filter((one) => isNamed(one, container));
  const signing = [...records.map(certificateOf), ...certificates].filter((one) => one !== undefined);
  const warnings = signing.slice(0, 1).flatMap((one) => signerWarnings(one, by.now));
  const seen = { kind, container, warnings } as const;
  const judged = (verdict: TrustVerdict, detail = ''): TrustJudgement => ({ verdict, detail, ...seen });
  const isJudgedByNobody = by.lists === undefined && by.certificates === undefined;
  const signature = judgeSignature(container, {
    keys: [...records.map(keyOfRecord), ...certificates.map(({ publicKey }) => publicKey)],
    wanted: isJudgedByNobody
      ? 'without --against nobody is known who may sign files'
      : 'nobody who may sign files has the serial number and issuer of its signer',
  });
  if (signature !== undefined) return judged(...signature);
  if (by.name !== undefined && by.name !== fileName)
    return judged('wrong-name', `the name in it is ${fileName}, and it was asked by ${by.name}`);
  if (encryption === undefined) return { ...judged('valid'), plain: container.body };
  if (by.key === undefined) return judged('valid');
  const opened = openEncrypted(container, by.key);
  return opened.verdict === 'opened'
    ? { ...judged('valid'), plain: opened.plain }
    : judged(opened.verdict, opened.detail);
};

const isNamed = (certificate: ReadCertificate, { signer }: Container): boolean =>
  certificate.serial.equals(signer.serial) && isTextOfName(signer.issuer, certificate.issuerDer);

/** What is wrong with the signature. `undefined`: nothing. */
const judgeSignature = (
  container: Container,
  { keys, wanted }: { readonly keys: readonly (KeyObject | undefined)[]; readonly wanted: string },
): [TrustVerdict, string] | undefined => {
  if (!DIGESTS.has(container.digest))
    return ['unsupported', `digest code ${container.digest}; phones know 1 (SHA-1) and 3 (SHA-512)`];
  if (container.algorithm !== 0) return ['unsupported', `signature algorithm ${container.algorithm}`];
  if (keys.length === 0) return ['no-signer', wanted];
  const readable = keys.filter((key) => key !== undefined);
  if (readable.length === 0) return ['unsupported', 'the key of the signer cannot be read'];
  if (readable.every((key) => key.asymmetricKeyType !== 'rsa')) return ['unsupported', 'the signer has no RSA key'];
  return readable.some((key) => isSignedBy(container, key))
    ? undefined
    : ['bad-signature', 'the signer is known, and the signature is not its'];
};
