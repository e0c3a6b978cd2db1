// One step after the other to new keys (`docs/protocols/secure.md` §2.5). A key that is coming is named in the list before it signs
// anything, and the one that was is named for a while longer.

import { join } from 'node:path';
import { readSecret } from '../net/files/secret-files.js';
import type { ClusterListContent } from '../security/cluster-lists.js';
import type { IdentityRole } from '../security/identity.js';
import { readCertificate } from '../security/read-certificate.js';

/** Roles whose keys can be changed. */
export const ROLLED_ROLES = ['itlrecovery', 'callmanager', 'tvs', 'capf'] as const satisfies readonly IdentityRole[];

/** One of them. */
export type RolledRole = (typeof ROLLED_ROLES)[number];

/** What stands beside the key in use: the one that comes next, or the one before. */
export type Beside = 'next' | 'old';

/** The path of a certificate that is named beside the one in use. */
export const besidePath = (directory: string, role: RolledRole, which: Beside): string =>
  join(directory, `${role}-${which}.pem`);

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
