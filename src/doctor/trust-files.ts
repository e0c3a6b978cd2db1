// The owner's own trust lists and signed files below `tftp.root` (`docs/protocols/secure.md` §3): they are served as they are, and go before
// those of labcm. A phone takes them only from a signer in its list.

import { join } from 'node:path';
import type { Config } from '../config/index.js';
import { type ConfigurationProblem, ProtocolError } from '../core/errors.js';
import { wallTime } from '../core/time.js';
import { trustDirectory } from '../daemon/trust-directory.js';
import { readOctets } from '../net/files/secret-files.js';
import { octetsBelow } from '../net/files/served-files.js';
import { configurationForm, plainNameOf } from '../provisioning/trust-files.js';
import { decideList, isTaken, LIST_NAMES } from '../security/held-lists.js';
import { judge } from '../security/judge.js';
import { ownerOfList } from '../security/list-owner.js';
import { readTrustListFile, type TrustListFile } from '../security/trust-list.js';
import type { FindingFacts } from './check.js';

/** Something that is served and that phones do not take, or should not. */
export interface TrustFileIssue {
  readonly code: 'files.trust-list-broken' | 'files.trust-list-served' | 'files.signed-not-verified';
  /** Below `tftp.root`. */
  readonly path: string;
  /** One sentence. */
  readonly found: string;
  readonly wanted: string;
  readonly fix: string;
  readonly facts: FindingFacts;
}

const TRUST_LIST = /^(?:CTL|ITL)[^/]*\.tlv$/i;
const LARGEST_LIST = 262_144;
const LARGEST_FILE = 16_777_216;
/** Certificates that have ended still verify a list. */
const ANY_TIME = wallTime(0);

/** What is wrong with the owner's own lists and signed files. `files`: their paths below `root`. */
export const trustFileIssues = (
  config: Pick<Config, 'state' | 'security'>,
  { root, files }: { readonly root: string; readonly files: readonly string[] },
): readonly TrustFileIssue[] => {
  const ours = keptLists(config);
  const paths = files.filter((path) => TRUST_LIST.test(path));
  const owned = paths.map((path) => ({ path, bytes: octetsBelow(root, path, LARGEST_LIST) ?? Buffer.alloc(0) }));
  // A list of the owner takes the place of ours.
  const inForce = [...ours, ...owned.flatMap(({ bytes }) => listIn(bytes) ?? [])];
  return [
    ...owned.flatMap(({ path, bytes }) => listIssue(path, bytes, config, ours)),
    ...(inForce.length === 0
      ? []
      : files.filter(isSignedFile).flatMap((path) => signedIssue(path, { root, lists: inForce }))),
  ];
};

/** The same, as what `labcm check` prints. */
export const trustFileProblems = (
  config: Pick<Config, 'state' | 'security'>,
  tree: { readonly root: string; readonly files: readonly string[] },
): readonly ConfigurationProblem[] =>
  trustFileIssues(config, tree).map(({ path, found, fix }) => ({
    ...{ file: join(tree.root, path), key: 'tftp.root', found },
    wanted: fix,
  }));

/** The lists that labcm served last. Those that cannot be read are left out. */
const keptLists = (config: Pick<Config, 'state' | 'security'>): readonly TrustListFile[] =>
  config.security.itl === 'off'
    ? []
    : Object.values(LIST_NAMES).flatMap((name) => listIn(readOctets(join(trustDirectory(config), name))) ?? []);

const listIn = (bytes: Buffer | undefined): TrustListFile | undefined => {
  try {
    return bytes === undefined ? undefined : readTrustListFile(bytes);
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
};

const listIssue = (
  path: string,
  bytes: Buffer,
  { security: { itl } }: Pick<Config, 'security'>,
  ours: readonly TrustListFile[],
): readonly TrustFileIssue[] => {
  const owner = ownerOfList(bytes);
  const list = listIn(bytes);
  const wanted = itl === 'off' ? 'no trust list in a cluster without security' : 'the list that labcm makes';
  if (owner === undefined || list === undefined)
    return [
      {
        ...{ code: 'files.trust-list-broken', path, wanted, fix: 'take it out of tftp.root', facts: { file: path } },
        found: `${path} is served and is no trust list, or is cut off: phones refuse it`,
      },
    ];
  const { signer, functions } = owner;
  const isOurs = ours.length > 0 && isTaken(decideList(heldOf(ours), list));
  return isOurs
    ? []
    : [
        {
          ...{ code: 'files.trust-list-served', path, wanted, facts: { file: path, signer, functions } },
          found: `${path} is served${itl === 'off' ? '' : ' in place of the list of this cluster'}, signed by "${signer}" (${functions.join(', ') || 'no records'}): a phone of another cluster refuses it, and one without a list believes that signer alone from then on`,
          fix: 'take it out of tftp.root, unless the phones are of the cluster that signed it',
        },
      ];
};

const heldOf = (lists: readonly TrustListFile[]) => ({
  CTL: lists.find(({ container }) => container.fileName === LIST_NAMES.CTL),
  ITL: lists.find(({ container }) => container.fileName === LIST_NAMES.ITL),
});

/** Firmware has a container of its own, which Cisco signs. */
const isSignedFile = (path: string): boolean =>
  /\.sgn$/i.test(path) && (plainNameOf(path) !== undefined || configurationForm(path)?.form === 'encrypted');

const signedIssue = (
  path: string,
  { root, lists }: { readonly root: string; readonly lists: readonly TrustListFile[] },
): readonly TrustFileIssue[] => {
  const bytes = octetsBelow(root, path, LARGEST_FILE);
  if (bytes === undefined) return [];
  const { verdict, detail } = judge(bytes, { now: ANY_TIME, lists, name: path });
  return verdict === 'valid'
    ? []
    : [
        {
          ...{ code: 'files.signed-not-verified', path, facts: { file: path, verdict } },
          found: `${path} is served as it is, and phones refuse it (${verdict}): ${detail}`,
          wanted: 'a file that a signer in the list of the phones has signed, with its own name in it',
          fix: `take it out of tftp.root: labcm signs ${path.replace(/(?:\.enc)?\.sgn$/i, '')} by itself`,
        },
      ];
};
