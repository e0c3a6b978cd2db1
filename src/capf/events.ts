// What happens at CAPF.

import type { DeviceName } from '../core/identifiers.js';
import type { Instant } from '../core/time.js';
import type { CapfAuthentication, CapfOperationName } from './operations.js';

/** How a session ended. */
export type CapfOutcome =
  | 'done'
  | 'nothing-to-do'
  | 'unknown-device'
  | 'wrong-password'
  | 'not-proven'
  | 'phone-failed'
  | 'bad-key'
  | 'too-many'
  | 'malformed'
  | 'timeout'
  | 'ended-by-phone'
  | 'failed';

/** A phone, or somebody, talked to CAPF. What was done is always told; of other ends at most twenty a second. */
export interface CapfSessionEnded {
  readonly type: 'capf.session-ended';
  readonly at: Instant;
  readonly address: string;
  readonly port: number;
  readonly session: number;
  /** As it named itself; empty: it did not. */
  readonly device: string;
  /** What waited for the device; absent: nothing. */
  readonly operation?: CapfOperationName;
  readonly outcome: CapfOutcome;
  /** Why, where the outcome has several causes. */
  readonly detail?: string;
  /** SHA-256 of the certificate that was issued, fetched or deleted, in hexadecimal. */
  readonly fingerprint?: string;
  /** How many more ended since the last of these events, and were not told. */
  readonly unsaid: number;
}

/** An operation was armed for a device, or is over without having been done. */
export interface CapfOperationChanged {
  readonly type: 'capf.operation';
  readonly at: Instant;
  readonly device: DeviceName;
  readonly operation: CapfOperationName;
  readonly authentication: CapfAuthentication;
  readonly change: 'armed' | 'cancelled' | 'expired' | 'locked';
}

/** Connections over a limit were closed at once. Published at most once a second. */
export interface CapfLinkRefused {
  readonly type: 'capf.link-refused';
  readonly at: Instant;
  readonly address: string;
  readonly port: number;
  readonly limit: 'links' | 'links-per-source' | 'handshakes-per-source';
  /** How many since the last such event, this one included. */
  readonly count: number;
}

/** The events of CAPF. */
export type CapfEvent = CapfSessionEnded | CapfOperationChanged | CapfLinkRefused;
