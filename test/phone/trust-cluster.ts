// The lists and signatures of a cluster in memory, for simulated phones.

import type { TrustFiles } from '../../src/provisioning/trust-files.js';
import { clusterList } from '../../src/security/cluster-lists.js';
import { certificateHash } from '../../src/security/encrypt-file.js';
import type { Identity } from '../../src/security/identity.js';
import type { ReadCertificate } from '../../src/security/read-certificate.js';
import { SignedFiles } from '../../src/security/signed-files.js';
import { identity } from '../security/identities.js';

export interface ClusterIdentityLists {
  /** Who signs lists. */
  readonly signer?: Identity;
  /** Who signs files, and is named for it. */
  readonly files?: Identity;
  /** A signer that comes next, and is named beside. */
  readonly next?: Identity;
  readonly isRollback?: boolean;
  /** For whose certificate all configurations are encrypted. */
  readonly recipient?: ReadCertificate;
}

const TIME = 1_700_000_000;

export const trustCluster = ({
  signer = identity('itlrecovery'),
  files = identity('callmanager'),
  next,
  isRollback = false,
  recipient,
}: ClusterIdentityLists): TrustFiles => {
  const settings = { digest: 'sha1', names: 'cucm' } as const;
  const ITL = clusterList('ITL', {
    settings,
    identities: { itlrecovery: signer, callmanager: files, capf: identity('capf'), tvs: identity('tvs') },
    further: next === undefined ? {} : { itlrecovery: [next.read] },
    self: { name: 'CM1', address: '10.10.210.10' },
    others: [],
    isMixed: false,
    isRollback,
    timestamp: TIME,
  });
  const signed = new SignedFiles({ certificate: files.read, key: files.privateKey, ...settings }, TIME);
  return {
    list: (kind) => (kind === 'ITL' ? ITL : undefined),
    sign: (name, plain) => signed.sign(name, plain),
    ...(recipient === undefined
      ? {}
      : {
          encrypted: {
            isNamed: () => true,
            encryptionOf: () => ({ state: 'ready', certificateHash: certificateHash(recipient) }),
            encrypt: (name, _device, plain) => signed.encrypt(name, plain, recipient),
          },
        }),
  };
};
