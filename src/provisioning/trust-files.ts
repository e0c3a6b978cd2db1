// The port to who makes trust lists and signs files. Without one neither exists, and nothing here differs.

import type { ConfiguredDevice } from '../devices/device.js';
import type { TrustList } from './trust-lists.js';

/** The lists and signatures of a secure cluster. */
export interface TrustFiles {
  /** The cluster's list. `undefined`: it has none of that kind. */
  list(list: TrustList): Buffer | undefined;
  /** The signed form of a file. `name`: as the phone asks for it, with `.sgn`. */
  sign(name: string, plain: Buffer): Buffer;
  /** For whom configurations are encrypted. Absent: nobody. */
  readonly encrypted?: EncryptedFiles;
}

/**
 * Whether a configuration can be encrypted. `ready`: `certificateHash` is the MD5 of the certificate that it is encrypted for, in lower
 * case. `no-certificate`: none of its phone is known yet. `elliptic-key`: that of its phone has such a key, or an RSA key of fewer than 1024 bits.
 */
export type ConfigurationEncryption =
  | { readonly state: 'ready'; readonly certificateHash: string }
  | { readonly state: 'no-certificate' | 'elliptic-key' };

/** The encryption of configurations. Which devices it is for, `wantsEncryptedConfig` says. */
export interface EncryptedFiles {
  /** Whether the owner names a certificate for the device. */
  isNamed(device: ConfiguredDevice): boolean;
  encryptionOf(device: ConfiguredDevice): ConfigurationEncryption;
  /** The encrypted form of its configuration. `name`: as the phone asks for it, with `.enc.sgn`. Throws if it cannot be encrypted. */
  encrypt(name: string, device: ConfiguredDevice, plain: Buffer): Buffer;
}

/** Files larger than this are not signed: phones fetch none that is, but firmware, which Cisco has signed. */
export const LARGEST_SIGNED = 16_777_216;

const CONFIGURATION = /^([^/]+)\.cnf\.xml((?:\.enc)?(?:\.sgn)?)$/i;

/** In which form a configuration is asked for, and of which device. `undefined`: the name is of something else. */
export const configurationForm = (
  name: string,
): { readonly device: string; readonly form: 'plain' | 'signed' | 'encrypted' } | undefined => {
  const [, device, ending = ''] = CONFIGURATION.exec(name) ?? [];
  if (device === undefined) return undefined;
  if (ending === '') return { device, form: 'plain' };
  return { device, form: ending.toLowerCase() === '.sgn' ? 'signed' : 'encrypted' };
};

const SIGNED = /\.sgn$/i;
/** Cisco signs firmware; the signature of lists is inside. */
const NEVER_SIGNED = /(?:\.(?:loads|sbn|sb2|bin|zz|zup|fw|img|tlv|sgn|enc)|^P0[^/]*)$/i;

/** The name of the file whose signed form this name asks for. `undefined`: it asks for none that there may be. */
export const plainNameOf = (name: string): string | undefined => {
  if (!SIGNED.test(name)) return undefined;
  const plain = name.slice(0, -'.sgn'.length);
  return plain === '' || NEVER_SIGNED.test(plain) ? undefined : plain;
};
