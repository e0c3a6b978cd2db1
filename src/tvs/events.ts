// What happens at TVS.

import type { Instant } from '../core/time.js';

/** A phone asked about a certificate. */
export interface TvsAnswered {
  readonly type: 'tvs.answered';
  readonly at: Instant;
  readonly address: string;
  readonly port: number;
  readonly session: number;
  /** As the phone named itself, such as `CP-8861-SEP…`; empty: it did not. */
  readonly device: string;
  /** `verify`: it sent the certificate. `query`: it knows its subject, issuer and serial number. */
  readonly kind: 'verify' | 'query';
  /** Of the certificate, as far as it is known. */
  readonly subject: string;
  readonly known: boolean;
  /** The functions of trust lists that labcm vouches for. */
  readonly roles: readonly number[];
}

/** Something else than a request came; the connection was ended. Published at most ten times a second. */
export interface TvsMalformed {
  readonly type: 'tvs.malformed';
  readonly at: Instant;
  readonly address: string;
  readonly port: number;
  readonly reason: string;
  /** How many more there were since the last of these events. */
  readonly unsaid: number;
}

/** Connections over a limit were closed at once. Published at most once a second. */
export interface TvsLinkRefused {
  readonly type: 'tvs.link-refused';
  readonly at: Instant;
  readonly address: string;
  readonly port: number;
  readonly limit: 'links' | 'links-per-source' | 'handshakes-per-source';
  /** How many since the last such event, this one included. */
  readonly count: number;
}

/** The events of TVS. */
export type TvsEvent = TvsAnswered | TvsMalformed | TvsLinkRefused;
