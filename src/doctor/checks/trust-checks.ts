// The keys and trust lists of the cluster (`docs/protocols/secure.md` §11.2), as they are kept in `state/trust`.

import { dateOf, days } from '../../core/time.js';
import { keptCertificates, looseKeys, trustDirectory } from '../../daemon/trust-directory.js';
import { readTrustStatus } from '../../daemon/trust-status.js';
import { type DoctorCheck, type DoctorFinding, warning } from '../check.js';

/** A certificate that ends sooner should be replaced now: each step to another takes a reset of all phones. */
const ENDS_WITHIN = days(60);
const MOST_NAMED = 5;

const trustKeys: DoctorCheck = {
  group: 'files',
  name: 'trust-keys',
  looksAt:
    'the keys of the cluster in `state/trust`: who may read them, when their certificates end, and whether phones hold its list',
  finds: {
    'files.trust-key-readable': '`chmod 600` the key',
    'files.trust-certificate-ends': '`labcm trust roll` its role, or another one of your own',
    'files.trust-list-held': '`security.itl: rollback`, until all phones have taken it',
  },
  run: ({ located: { config }, clock }): readonly DoctorFinding[] => {
    const directory = trustDirectory(config);
    const now = clock.wallTime(clock.now());
    const readable = looseKeys(directory).map(({ path, mode }) =>
      warning('files.trust-key-readable', `${path} can be read by others than its owner (${mode})`, {
        wanted: '0600',
        fix: [`chmod 600 ${path}`],
        facts: { file: path, mode },
      }),
    );
    const ending = keptCertificates(directory)
      .filter(({ read }) => read.notAfter - now < ENDS_WITHIN)
      .map(({ role, read }) => {
        const day = dateOf(read.notAfter).toISOString().slice(0, 10);
        return warning('files.trust-certificate-ends', `the certificate of ${role} ends on ${day}`, {
          fix: [`labcm trust roll ${role} -c ${config.file}`],
          facts: { role, ends: day },
        });
      });
    return [...readable, ...ending, ...heldLists(config)];
  },
};

/** Phones that hold the last list while labcm no longer serves any: they refuse unsigned files. */
const heldLists = (config: Parameters<typeof readTrustStatus>[0] & { readonly security: { readonly itl: string } }) => {
  const status = config.security.itl === 'off' ? readTrustStatus(config) : undefined;
  if (status === undefined) return [];
  const held = status.holders.filter(({ has }) => (status.isRollback ? has === 'older' : has !== 'none'));
  if (held.length === 0) return [];
  const names = held.slice(0, MOST_NAMED).map(({ device }) => device);
  const more = held.length > MOST_NAMED ? ` and ${held.length - MOST_NAMED} more` : '';
  return [
    warning(
      'files.trust-list-held',
      `${names.join(', ')}${more} took a trust list of this cluster and not the empty one, and security.itl is off: they refuse unsigned files`,
      {
        wanted: 'phones that are free',
        fix: ['security: { itl: rollback }   # restart, reset the phones, and see `labcm trust list`'],
        facts: { phones: held.length },
      },
    ),
  ];
};

export const TRUST_CHECKS: readonly DoctorCheck[] = [trustKeys];
