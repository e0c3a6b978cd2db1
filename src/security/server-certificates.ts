// What a phone makes of the certificate that a server shows, by the lists that it holds (`docs/protocols/secure.md` §1.1, §1.2):
// it compares the certificate with those of the list, and looks at no name and no issuer.

import { ProtocolError } from '../core/errors.js';
import type { WallTime } from '../core/time.js';
import { type HeldLists, LIST_NAMES, type ListKind } from './held-lists.js';
import { type ReadCertificate, readCertificate } from './read-certificate.js';
import { certificateOf, functionName, isEmptyRecord, LIST_FUNCTION, type ListRecord } from './trust-list.js';

/** What a phone wants of a server. */
export type ServerRole = 'call-manager' | 'files' | 'capf' | 'tvs';

/** The functions of lists that may do it. */
export const SERVING_FUNCTIONS: Readonly<Record<ServerRole, readonly number[]>> = {
  'call-manager': [LIST_FUNCTION.CCM, LIST_FUNCTION['CCM+TFTP']],
  files: [LIST_FUNCTION.TFTP, LIST_FUNCTION['CCM+TFTP']],
  capf: [LIST_FUNCTION.CAPF],
  tvs: [LIST_FUNCTION.TVS],
};

/**
 * What lists say of a certificate. `no-list`: none is held, so nobody can say. `unreadable`: it is none. `other-role`: a list has it for
 * something else. `not-in-force`: a list has it, and by the clock of the phone it is over or has not begun.
 */
export type ServerRecognition =
  | { readonly kind: 'listed'; readonly list: ListKind }
  | { readonly kind: 'no-list' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'not-in-force' }
  | { readonly kind: 'other-role'; readonly functions: readonly string[] }
  | { readonly kind: 'unreadable'; readonly why: string };

/** Looks a certificate up. Never throws for what is in it. `certificate`: absent if it cannot be read. */
export const recogniseServer = (
  held: HeldLists,
  der: Buffer,
  role: ServerRole,
  now: WallTime,
): { readonly recognition: ServerRecognition; readonly certificate?: ReadCertificate } => {
  let certificate: ReadCertificate;
  try {
    certificate = readCertificate(der);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { recognition: { kind: 'unreadable', why: error.message } };
  }
  return { recognition: recognitionOf(held, certificate, role, now), certificate };
};

const recognitionOf = (
  held: HeldLists,
  certificate: ReadCertificate,
  role: ServerRole,
  now: WallTime,
): ServerRecognition => {
  if (held.CTL === undefined && held.ITL === undefined) return { kind: 'no-list' };
  const others = new Set<string>();
  for (const list of Object.keys(LIST_NAMES) as ListKind[])
    for (const record of held[list]?.records ?? []) {
      if (!isOf(record, certificate)) continue;
      if (!SERVING_FUNCTIONS[role].includes(record.function)) others.add(functionName(record.function));
      else return isInForce(certificate, now) ? { kind: 'listed', list } : { kind: 'not-in-force' };
    }
  return others.size === 0 ? { kind: 'unknown' } : { kind: 'other-role', functions: [...others] };
};

/** Whether it is in force at a time. */
export const isInForce = (
  { notBefore, notAfter }: Pick<ReadCertificate, 'notBefore' | 'notAfter'>,
  now: WallTime,
): boolean => now >= notBefore && now <= notAfter;

/** The whole certificate counts; where a record has none, as in old lists, its key and serial number. */
const isOf = (record: ListRecord, certificate: ReadCertificate): boolean =>
  record.certificate === undefined
    ? record.publicKey?.equals(certificate.keyOctets) === true && record.serial?.equals(certificate.serial) === true
    : record.certificate.equals(certificate.der);

/** The certificates of the verification services that a phone may ask. */
export const tvsCertificates = ({ ITL }: HeldLists): readonly ReadCertificate[] =>
  (ITL?.records ?? [])
    .filter((record) => record.function === LIST_FUNCTION.TVS && !isEmptyRecord(record))
    .flatMap((record) => certificateOf(record) ?? []);

/**
 * Whether the lists take the call managers away from a phone: a CTL is held, and nobody is named in its records for them. So a cluster
 * that is not mixed any more has its phones register without TLS (`docs/protocols/secure.md` §2.1).
 */
export const namesNoCallManager = ({ CTL, ITL }: HeldLists): boolean =>
  CTL !== undefined &&
  ![...CTL.records, ...(ITL?.records ?? [])].some(
    (record) => SERVING_FUNCTIONS['call-manager'].includes(record.function) && !isEmptyRecord(record),
  );

/** Whether the lists have a phone ask for its configuration over HTTPS first (`docs/protocols/secure.md` §10). */
export const wantsHttps = ({ ITL }: HeldLists): boolean => ITL?.container.listVersion === '1.1';
