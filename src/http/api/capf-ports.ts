// What the API hands to the daemon for certificates of phones, and what comes back.

import type { DeviceName } from '../../core/identifiers.js';
import type { WallTime } from '../../core/time.js';

/** An operation that waits for its phone. Never with its authentication string. */
export interface ApiCapfOperation {
  readonly device: DeviceName;
  readonly operation: 'install' | 'delete' | 'fetch';
  readonly authentication: 'string' | 'null' | 'lsc' | 'mic';
  /** Bits of an RSA key, or the curve of an EC key. */
  readonly key: number | 'P-256' | 'P-384' | 'P-521';
  readonly until: WallTime;
}

/** A certificate of a phone. */
export interface ApiPhoneCertificate {
  readonly device: DeviceName;
  /** SHA-256 in hexadecimal digits. */
  readonly fingerprint: string;
  readonly issuer: string;
  readonly notAfter: WallTime;
}

/** What somebody asks for. */
export interface CapfWish extends Omit<ApiCapfOperation, 'until' | 'key'> {
  /** Absent: one is made, if `authentication` is `string`. */
  readonly string?: string | undefined;
  /** Absent: as configured. */
  readonly key?: ApiCapfOperation['key'] | undefined;
  /** Days for which it waits; absent: ten. */
  readonly days?: number | undefined;
}

/** The certificates of phones. */
export interface CapfView {
  operations(): readonly ApiCapfOperation[];
  /** By device name. */
  certificates(): readonly ApiPhoneCertificate[];
  /**
   * Arms an operation. `string`: what the user must type. `not-written`: the disk did not take it. `elliptic-key`: for such a key the
   * configuration of the device cannot be encrypted, and it is to be.
   */
  arm(
    wish: CapfWish,
  ): { readonly armed: ApiCapfOperation; readonly string: string | undefined } | 'not-written' | 'elliptic-key';
  /** Forgets the operation of a device; `undefined`: none waits. */
  cancel(device: DeviceName): ApiCapfOperation | 'not-written' | undefined;
}
