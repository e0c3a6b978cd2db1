import type { CertificateHash } from './certificate.js';
import type { NameForm } from './distinguished-name.js';
import type { IdentityRole } from './identity.js';

/** Which identity trust lists are served: none, the cluster's, or the empty one that gives phones back. */
export type ItlMode = 'off' | 'on' | 'rollback';

/** The hash under lists and signed files. */
export type ListDigest = 'sha1' | 'sha512';

/** The settings of trust lists and signed files. Paths are absolute. */
export interface SecuritySettings {
  readonly itl: ItlMode;
  readonly digest: ListDigest;
  readonly names: NameForm;
  /** The hash under certificates that labcm makes: its own, and those of phones. */
  readonly certificateHash: CertificateHash;
  /** Paths of the certificates of other clusters that may sign files. */
  readonly alternateTftp: readonly string[];
  /** The owner's own identities, as paths of PEM files, in place of those that labcm makes. */
  readonly certificates: Readonly<
    Partial<Record<IdentityRole, { readonly certificate: string; readonly key: string }>>
  >;
  /** Paths of the call manager certificates of the other nodes, by node. */
  readonly nodeCertificates: Readonly<Record<string, string>>;
  /** Paths of the certificates of phones whose configuration is encrypted, by device name. */
  readonly encryptedConfig: Readonly<Record<string, string>>;
}

/** Nothing is served. */
export const DEFAULT_SECURITY: SecuritySettings = {
  itl: 'off',
  digest: 'sha1',
  names: 'cucm',
  certificateHash: 'sha256',
  alternateTftp: [],
  certificates: {},
  nodeCertificates: {},
  encryptedConfig: {},
};
