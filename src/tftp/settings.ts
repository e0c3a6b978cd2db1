// What the owner of the lab may choose of the TFTP service, with every default in one place.

import { type Duration, seconds } from '../core/time.js';

export interface TftpSettings {
  /** `0.0.0.0`: a socket per local address, so that answers come from the address that was asked. */
  readonly address: string;
  /** 0: any free port. */
  readonly port: number;
  /** First wait for an acknowledgement where the client asks for no other; doubled at each retry up to `maxTimeout`. */
  readonly timeout: Duration;
  readonly maxTimeout: Duration;
  /** Packets sent again before a client is given up; before its first acknowledgement two at most (`transfer.ts`). */
  readonly retries: number;
  /** The most that is granted of what a client asks for: blocks that fit an Ethernet frame, since a lost fragment costs the whole. */
  readonly blockSize: number;
  readonly windowSize: number;
  /** Requests that the traces are told of in one second. */
  readonly tracedPerSecond: number;
  readonly limits: TftpLimits;
}

export interface TftpLimits {
  readonly transfers: number;
  readonly transfersPerSource: number;
  /** Requests of one source in one second; more are dropped, and told once. */
  readonly requestsPerSecond: number;
  /** Octets of one window, which leave in one burst. */
  readonly windowOctets: number;
}

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
