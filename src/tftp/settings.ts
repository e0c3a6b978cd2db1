// The settings of the TFTP service and their defaults.

import { type Duration, seconds } from '../core/time.js';

/** What the owner of the lab may choose. */
export interface TftpSettings {
  /** `0.0.0.0`: a socket for each local address, so that answers come from the address that the request was sent to. */
  readonly address: string;
  /** 0: any free port. */
  readonly port: number;
  /**
   * The first wait for an acknowledgement, unless the client names another; doubled at each retry up to `maxTimeout`.
   */
  readonly timeout: Duration;
  readonly maxTimeout: Duration;
  /** How often a packet is sent again before the client is given up; at most twice before its first acknowledgement. */
  readonly retries: number;
  /**
   * The largest block size that is granted. A block should fit into an Ethernet frame, since one lost fragment costs it
   * all.
   */
  readonly blockSize: number;
  /** The largest window that is granted, in blocks. */
  readonly windowSize: number;
  /** How many requests per second appear in the trace. */
  readonly tracedPerSecond: number;
  readonly limits: TftpLimits;
}

/** Bounds on what clients may use. */
export interface TftpLimits {
  readonly transfers: number;
  readonly transfersPerSource: number;
  /** Requests of one source per second. More are dropped, and reported once for each second. */
  readonly requestsPerSecond: number;
  /** Octets of one window, which are sent in one burst. */
  readonly windowOctets: number;
}

/** Used where the configuration says nothing. */
export const DEFAULT_TFTP: TftpSettings = {
  address: '0.0.0.0',
  port: 69,
  timeout: seconds(1),
  maxTimeout: seconds(8),
  retries: 5,
  blockSize: 1468,
  windowSize: 64,
  tracedPerSecond: 1000,
  limits: {
    transfers: 4096,
    transfersPerSource: 512,
    requestsPerSecond: 1000,
    windowOctets: 1_048_576,
  },
};
