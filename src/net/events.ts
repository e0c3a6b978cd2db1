// The events of streams before any protocol sees them.

import type { Instant } from '../core/time.js';
import type { TlsFailure } from './ports.js';

/** A TLS handshake came to nothing, or the peer took back what it had agreed to. */
export interface TlsFailed extends TlsFailure {
  readonly type: 'net.tls-failed';
  readonly at: Instant;
  readonly service: 'SCCP' | 'SIP';
  readonly address: string;
  readonly port: number;
  /** How many more there were since the last of these facts. */
  readonly unsaid: number;
}

/** The events of this folder. */
export type NetEvent = TlsFailed;
