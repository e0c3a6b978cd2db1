// One step after the other to new keys (`docs/protocols/secure.md` §2.5). A key that is coming is named in the list before it signs
// anything, and the one that was is named for a while longer. A step takes effect at the next start of the daemon.

import { join } from 'node:path';
import type { WallTime } from '../core/time.js';
import { isThere, readSecret, removeSecret, writeSecret } from '../net/files/secret-files.js';
import type { ClusterListContent } from '../security/cluster-lists.js';
import { type IdentityFacts, type IdentityRole, makeIdentity } from '../security/identity.js';
import { readCertificate } from '../security/read-certificate.js';
import { certificatePath, keyPath, keyText, noteCertificate } from './trust-directory.js';

/** Roles whose keys can be changed. */
export const ROLLED_ROLES = ['itlrecovery', 'callmanager', 'tvs', 'capf'] as const satisfies readonly IdentityRole[];

/** One of them. */
export type RolledRole = (typeof ROLLED_ROLES)[number];

/** What stands beside the key in use: the one that comes next, or the one before. */
type Beside = 'next' | 'old';

const besidePath = (directory: string, role: RolledRole, which: Beside): string =>
  join(directory, `${role}-${which}.pem`);

const besideKeyPath = (directory: string, role: RolledRole, which: Beside): string =>
  join(directory, `${role}-${which}-key.pem`);

/** The certificates that lists name beside those in use. */
export const certificatesBeside = (directory: string): NonNullable<ClusterListContent['further']> =>
  Object.fromEntries(
    ROLLED_ROLES.map((role) => [
      role,
      (['next', 'old'] as const).flatMap((which) => {
        const pem = readSecret(besidePath(directory, role, which));
        return pem === undefined ? [] : [readCertificate(pem)];
      }),
    ]),
  );

/** How far the change of a key is: not begun; the next one is named; the next one is in use, and the old one still named. */
export type RollState = 'one' | 'next-named' | 'old-named';

/** How far the change of this role's key is. */
export const rollStateOf = (directory: string, role: RolledRole): RollState => {
  if (isThere(besidePath(directory, role, 'next'))) return 'next-named';
  return isThere(besidePath(directory, role, 'old')) ? 'old-named' : 'one';
};

/** Why a step cannot be taken. */
export type RollRefusal =
  | { readonly why: 'other-role'; readonly role: RolledRole }
  /** The phones that would be lost. */
  | { readonly why: 'not-taken'; readonly devices: readonly string[] };

/** What is to be done. */
export interface RollRequest {
  readonly directory: string;
  readonly role: RolledRole;
  readonly facts: Omit<IdentityFacts, 'now'>;
  readonly now: WallTime;
  /** The phones that have not taken the present list. */
  readonly missing: readonly string[];
  /** Go on though some have not taken it. */
  readonly isForced: boolean;
}

/** Takes the next step. Returns how far it is then, or why nothing was done. Throws a `NodeJS.ErrnoException`. */
export const takeRollStep = (request: RollRequest): { readonly state: RollState } | RollRefusal => {
  const { directory, role, missing, isForced } = request;
  const other = ROLLED_ROLES.find((one) => one !== role && rollStateOf(directory, one) === 'next-named');
  if (other !== undefined) return { why: 'other-role', role: other };
  const state = rollStateOf(directory, role);
  if (state !== 'one' && missing.length > 0 && !isForced) return { why: 'not-taken', devices: missing };
  if (state === 'one') nameNext(request);
  else if (state === 'next-named') useNext(request);
  else dropOld(request);
  return { state: rollStateOf(directory, role) };
};

/** Step 1: the list names a second key. */
const nameNext = ({ directory, role, facts, now }: RollRequest): void => {
  const made = makeIdentity(role, { ...facts, now });
  writeSecret(besideKeyPath(directory, role, 'next'), keyText(role, made.key));
  writeSecret(besidePath(directory, role, 'next'), made.certificate, true);
};

/** Step 2: the second key is used. The first is kept until nothing can go wrong any more. */
const useNext = ({ directory, role }: RollRequest): void => {
  const read = (path: string): string => readSecret(path) ?? '';
  const next = {
    key: read(besideKeyPath(directory, role, 'next')),
    certificate: read(besidePath(directory, role, 'next')),
  };
  writeSecret(besideKeyPath(directory, role, 'old'), read(keyPath(directory, role)));
  writeSecret(besidePath(directory, role, 'old'), read(certificatePath(directory, role)), true);
  writeSecret(keyPath(directory, role), next.key);
  writeSecret(certificatePath(directory, role), next.certificate, true);
  noteCertificate(directory, role, readCertificate(next.certificate).fingerprint);
  removeSecret(besidePath(directory, role, 'next'));
  removeSecret(besideKeyPath(directory, role, 'next'));
};

/** Step 3: the list names the second key alone. */
const dropOld = ({ directory, role }: RollRequest): void => {
  removeSecret(besidePath(directory, role, 'old'));
  removeSecret(besideKeyPath(directory, role, 'old'));
};
