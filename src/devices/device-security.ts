// How secure the cluster is, and how secure each device must be: CUCM's ClusterSecurityMode, and the mode of the device
// security profile (`secure.md` §6, §9).

import type { CertificateOrigin } from '../core/tls-peer.js';

/** `nonsecure`: TLS is a transport and nothing more. `mixed`: devices with a security profile must prove themselves. */
export type ClusterSecurityMode = 'nonsecure' | 'mixed';

/** The device security mode of CUCM. `authenticated`: TLS, encrypted or not. `encrypted`: TLS with a cipher. */
export type DeviceSecurityMode = 'none' | 'authenticated' | 'encrypted';

/** The number of each mode in the file of a phone, `deviceSecurityMode` (`secure.md` §6). */
export const SECURITY_MODE_NUMBERS = { none: 1, authenticated: 2, encrypted: 3 } as const satisfies Record<
  DeviceSecurityMode,
  number
>;

/** How a device gets its certificate where nobody armed an operation for it. */
export type Enrolment = 'off' | 'null-string' | 'mic';

/** The security profile of a device. */
export interface DeviceSecurityProfile {
  readonly mode: DeviceSecurityMode;
  /** How it is given a certificate while it has none of this cluster. */
  readonly enrol: Enrolment;
  /** Whether its configuration is encrypted. Absent: as is said of its model. */
  readonly encryptedConfig?: boolean;
}

/** The profile of a device of which the owner says nothing. */
export const NO_SECURITY: DeviceSecurityProfile = Object.freeze({ mode: 'none', enrol: 'off' });

/** The rules of the owner for secure registrations. */
export interface SecurityPolicy {
  readonly cluster: ClusterSecurityMode;
  /** Whose certificates a phone may show. */
  readonly accept: readonly CertificateOrigin[];
  /** A device of mode `none` that comes over TLS in mixed mode. CUCM's way is to refuse it. */
  readonly tlsOnPlainDevice: 'refuse' | 'accept';
}

/** Whose certificates a phone may show, where nothing is configured. */
export const ALL_ORIGINS: readonly CertificateOrigin[] = ['lsc', 'mic'];

/** The policy of an empty configuration. */
export const NONSECURE: SecurityPolicy = { cluster: 'nonsecure', accept: ALL_ORIGINS, tlsOnPlainDevice: 'refuse' };

/** The mode that is in force for a device: profiles count in mixed mode alone. */
export const modeInForce = (
  { security }: { readonly security: DeviceSecurityProfile },
  { cluster }: Pick<SecurityPolicy, 'cluster'>,
): DeviceSecurityMode => (cluster === 'mixed' ? security.mode : 'none');

/** Whether a device must come over TLS: by its profile in mixed mode, else where `requireTls` says so. */
export const mustUseTls = (
  device: { readonly security: DeviceSecurityProfile; readonly requireTls: boolean },
  policy: Pick<SecurityPolicy, 'cluster'>,
): boolean => (policy.cluster === 'mixed' ? device.security.mode !== 'none' : device.requireTls);

/** What is said of the encryption of configurations besides the profile of a device. */
export interface EncryptionRules {
  /** Device type ids of models whose configurations are encrypted. Absent: none. */
  readonly models: ReadonlySet<number> | undefined;
  /** Whether the owner names a certificate for the device. */
  readonly isNamed: boolean;
}

/** Whether the configuration of a device is encrypted: as its profile says, else if its certificate is named or its model is. */
export const wantsEncryptedConfig = (
  { security, model }: { readonly security: DeviceSecurityProfile; readonly model: { readonly id: number } },
  { models, isNamed }: EncryptionRules,
): boolean => security.encryptedConfig ?? (isNamed || models?.has(model.id) === true);

/** Device type ids of models that speak no TLS: 7902, 7905, 7910, 7912, 7920, 7935, 7936, 7937 and 7985 (`secure.md` §6). */
const WITHOUT_TLS: ReadonlySet<number> = new Set([6, 30_008, 20_000, 30_007, 30_002, 9, 30_019, 431, 302]);

/** Whether phones of a model speak TLS at all. */
export const modelSpeaksTls = ({ id }: { readonly id: number }): boolean => !WITHOUT_TLS.has(id);
