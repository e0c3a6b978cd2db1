// Trust lists and signed files of the daemon: makes the lists of the keys in `state/trust`, keeps them there, and notes which phone has
// taken which. Nothing of this exists unless the configuration asks for it.

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Config } from '../config/index.js';
import { ConfigError } from '../core/errors.js';
import type { WallTime } from '../core/time.js';
import { isThere, liesWithin, readOctets, readSecret, writeSecret } from '../net/files/secret-files.js';
import type { TrustFiles } from '../provisioning/trust-files.js';
import { type ClusterListContent, clusterList } from '../security/cluster-lists.js';
import { decideList, isRollbackList, isTaken, LIST_NAMES, type ListKind } from '../security/held-lists.js';
import type { Identities } from '../security/identity.js';
import { type ReadCertificate, readCertificate } from '../security/read-certificate.js';
import { SignedFiles } from '../security/signed-files.js';
import { functionName, readTrustListFile, type TrustListFile } from '../security/trust-list.js';
import { type EncryptionRecipient, encryptionRecipients } from './encrypted-config.js';
import { certificatesBeside } from './key-rolls.js';
import { ownedAlternates } from './named-certificates.js';
import { type OpenedTrust, openTrustDirectory, trustDirectory } from './trust-directory.js';

/** The parts of the configuration that lists are made of. */
export type TrustConfig = Pick<
  Config,
  'state' | 'security' | 'secureMode' | 'self' | 'nodes' | 'cluster' | 'file' | 'tftp' | 'devices'
>;

/** A list that is served. */
export interface ServedList {
  readonly kind: ListKind;
  readonly bytes: Buffer;
  /** SHA-1, in hexadecimal, as phones show it. */
  readonly fingerprint: string;
  readonly signer: string;
  readonly functions: readonly string[];
  /** Whether it differs from the one that was served before, or none was. */
  readonly isChanged: boolean;
}

/** What phones of a secure cluster get. */
export interface ClusterTrust extends Omit<TrustFiles, 'encrypted'> {
  readonly directory: string;
  readonly identities: Identities;
  readonly lists: readonly ServedList[];
  /** What the operator should know at this start, a sentence each. */
  readonly remarks: readonly string[];
  /** The certificates that the owner names to encrypt for, by device name in capitals. */
  readonly recipients: ReadonlyMap<string, EncryptionRecipient>;
  /** The encrypted form of a configuration. `name`: as the phone asks for it, with `.enc.sgn`. */
  encrypt(name: string, plain: Buffer, recipient: ReadCertificate): Buffer;
}

/**
 * Opens the keys and makes the lists. `isMixed`: call managers register phones over TLS, so there is a CTL, too. Throws a `ConfigError`
 * if keys are missing, or if a phone that holds the last list would refuse the new one.
 */
export const openClusterTrust = (config: TrustConfig, now: WallTime, isMixed = false): ClusterTrust => {
  refuseServedState(config);
  const recipients = encryptionRecipients(config);
  const opened = openTrustDirectory(config, now);
  // A phone that holds the CTL of a cluster that was mixed once needs one without call managers, to register without TLS.
  const kinds = (['CTL', 'ITL'] as const).filter((kind) => kind === 'ITL' || isMixed || isKept(opened, kind));
  const lists = kinds.map((kind) => makeList(kind, { config, opened, now, isMixed }));
  for (const { kind, bytes, isChanged } of lists)
    if (isChanged) writeSecret(join(opened.directory, LIST_NAMES[kind]), bytes, true);
  const { digest, names } = config.security;
  const { callmanager } = opened.identities;
  const files = new SignedFiles(
    { certificate: callmanager.read, key: callmanager.privateKey, digest, names },
    // A certificate begins a day before its key is made.
    Math.floor(callmanager.read.notBefore / 1000) + DAY_SECONDS,
  );
  return {
    directory: opened.directory,
    identities: opened.identities,
    lists,
    remarks: remarksOf(config, opened, lists),
    list: (kind) => lists.find((list) => list.kind === kind)?.bytes,
    sign: (name, plain) => files.sign(name, plain),
    recipients,
    encrypt: (name, plain, recipient) => files.encrypt(name, plain, recipient),
  };
};

const DAY_SECONDS = 86_400;

/** Keys must not be reachable by TFTP. */
const refuseServedState = ({ state, tftp, file }: TrustConfig): void => {
  if (!liesWithin(trustDirectory({ state }), tftp.root)) return;
  throw new ConfigError([
    {
      file,
      key: 'state.directory',
      found: `${state.directory}, whose keys anybody could fetch: it lies in tftp.root, ${tftp.root}`,
      wanted: 'a directory outside of tftp.root',
    },
  ]);
};

const isKept = ({ directory }: OpenedTrust, kind: ListKind): boolean => isThere(join(directory, LIST_NAMES[kind]));

interface ListRequest {
  readonly config: TrustConfig;
  readonly opened: OpenedTrust;
  readonly now: WallTime;
  readonly isMixed: boolean;
}

const makeList = (
  kind: ListKind,
  { config, opened: { directory, identities }, now, isMixed }: ListRequest,
): ServedList => {
  const path = join(directory, LIST_NAMES[kind]);
  const kept = keptList(path);
  const content: Omit<ClusterListContent, 'timestamp'> = {
    settings: config.security,
    identities,
    further: certificatesBeside(directory),
    self: config.self,
    others: othersOf(config),
    alternates: ownedAlternates(config),
    isMixed,
    wasMixed: !isMixed,
    isRollback: config.security.itl === 'rollback',
    isHttps: identities['callmanager-ec'] !== undefined,
  };
  const before = kept?.container.timestamp ?? 0;
  const same = clusterList(kind, { ...content, timestamp: before });
  const isChanged = kept === undefined || !same.equals(kept.container.bytes);
  // The time of a list is when its content changed, and always rises.
  const timestamp = Math.max(Math.floor(now / 1000), before + 1);
  const bytes = isChanged ? clusterList(kind, { ...content, timestamp }) : same;
  const list = readTrustListFile(bytes);
  refuseStrangeSigner(path, kind, kept, list);
  return {
    kind,
    bytes,
    isChanged,
    fingerprint: createHash('sha1').update(bytes).digest('hex'),
    signer: list.container.signer.name,
    functions: list.records.map((record) => functionName(record.function)),
  };
};

/** The list that was served last. `undefined`: none was, or it cannot be read. */
const keptList = (path: string): TrustListFile | undefined => {
  const bytes = readOctets(path);
  try {
    return bytes === undefined ? undefined : readTrustListFile(bytes);
  } catch {
    return undefined;
  }
};

/** A list that the phones refuse must not be served: they would refuse every file with it. */
const refuseStrangeSigner = (
  path: string,
  kind: ListKind,
  kept: TrustListFile | undefined,
  fresh: TrustListFile,
): void => {
  if (kept === undefined || isTaken(decideList({ [kind]: kept }, fresh))) return;
  throw new ConfigError([
    {
      file: path,
      key: 'security',
      found: `that the last list names another signer than ${fresh.container.signer.name}: phones that hold it would refuse the new one, and all files`,
      wanted:
        'the signer of the last list. To change it in two steps: `labcm trust roll itlrecovery`. If no phone holds the list, remove this file',
    },
  ]);
};

const othersOf = ({ nodes, security, file }: TrustConfig): ClusterListContent['others'] =>
  nodes.flatMap(({ name, address }) => {
    const path = security.nodeCertificates[name];
    if (path === undefined) return [];
    try {
      return [{ name, address, callmanager: readCertificate(readSecret(path) ?? '') }];
    } catch {
      const wanted = 'a PEM file with the call manager certificate of that node';
      throw new ConfigError([
        { file, key: `security.nodeCertificates.${name}`, found: `${path}, which is no certificate`, wanted },
      ]);
    }
  });

const remarksOf = (
  { security }: TrustConfig,
  { isNew, loose, directory }: OpenedTrust,
  lists: readonly ServedList[],
): readonly string[] => [
  ...(isNew || lists.some(({ kind, isChanged }) => kind === 'ITL' && isChanged) ? FIRST_START[security.itl] : []),
  ...(isNew
    ? [`keep a copy of ${directory}: without its key of the list signer no phone can be moved again but by hand`]
    : []),
  ...loose.map(({ path, mode }) => `${path} can be read by others than its owner (${mode}): chmod 600 it`),
];

const FIRST_START: Readonly<Record<Config['security']['itl'], readonly string[]>> = {
  off: [],
  on: [
    'security.itl is on: each phone takes the trust list at its next boot, and then refuses lists and files of every other call manager',
    'to give phones back: security.itl: rollback, restart labcm, reset the phones, and wait until `labcm trust list` has all of them; or erase the list by hand (`labcm itl erase-steps MODEL`)',
  ],
  rollback: [
    'security.itl is rollback: each phone takes the empty list at its next boot, and is free then; `labcm trust list` says which phones have it. Only then set security.itl: off',
  ],
};

/**
 * What the operator should know where no lists are served. `undefined`: nothing, since none were ever served or the last one set phones
 * free.
 */
export const remarkWithoutLists = (config: Pick<Config, 'state'>): string | undefined => {
  const kept = keptList(join(trustDirectory(config), LIST_NAMES.ITL));
  return kept === undefined || isRollbackList(kept)
    ? undefined
    : 'security.itl is off, and phones hold the trust list that labcm served before: they refuse unsigned files; set security.itl: rollback first';
};
