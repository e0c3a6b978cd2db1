// What may happen in labcm's RTP: facts about ports, and what the phone that called a service sends or does not.

import type { MediaAddress, ServiceName } from '../calls/index.js';
import type { DeviceName } from '../core/identifiers.js';
import type { Duration, Instant } from '../core/time.js';

/**
 * An end with sound: the services that have a number, the one that answers emergency numbers, a party's end in a conference, and
 * both ends of a page.
 */
export type SoundServiceName =
  | Extract<ServiceName, 'echo' | 'tone' | 'announcement'>
  | 'emergency'
  | 'conference'
  | 'page'
  | 'page-copy';

interface AboutServiceLeg {
  readonly at: Instant;
  /** The number of the call within this node. */
  readonly call: number;
  /** The call identifier of the service's leg. */
  readonly leg: number;
  /** The phone that called. */
  readonly device?: DeviceName;
  readonly service: SoundServiceName;
}

/** A port of `rtp.ports` cannot be had and is skipped. Told once for each port until it can. */
export interface RtpPortTaken {
  readonly type: 'rtp.port-taken';
  readonly at: Instant;
  readonly address: string;
  readonly port: number;
  /** `EADDRINUSE`, `EACCES`. */
  readonly code: string;
}

/** A service could not open a pair of ports, and its call ends. */
export interface RtpNoPort extends AboutServiceLeg {
  readonly type: 'rtp.no-port';
  readonly address: string;
  /** `none-free`: none of `rtp.ports` can be had. Else the system's code, such as `EMFILE`. */
  readonly reason: string;
}

/**
 * A phone named an address that nothing is sent to, and its call ends. `none`: no IPv4 address, one of 0.0.0.0/8, or port 0. `broadcast`,
 * `multicast`, `reserved`: no single host has it. `ours`: a port that labcm has open.
 */
export interface RtpAddressRefused extends AboutServiceLeg {
  readonly type: 'rtp.address-refused';
  readonly to: MediaAddress;
  readonly reason: AddressFault;
}

/** Why nothing is sent to an address. */
export type AddressFault = 'none' | 'broadcast' | 'multicast' | 'reserved' | 'ours';

/** An echo has received nothing for a while. Told once for each stream. */
export interface RtpSilent extends AboutServiceLeg {
  readonly type: 'rtp.silent';
  /** Where packets would be taken from. */
  readonly from: MediaAddress;
  readonly silentFor: Duration;
  /** Datagrams that came from elsewhere or were no RTP of the call, and were dropped. */
  readonly dropped: number;
}

/** The phone that called a service pressed a key. */
export interface RtpDigit extends AboutServiceLeg {
  readonly type: 'rtp.digit';
  /** `0` to `9`, `*`, `#`, `A` to `D`. */
  readonly digit: string;
  /** `rtp`: as a telephone event (RFC 4733). `signalling`: out of band. */
  readonly by: 'rtp' | 'signalling';
}

/** Every event of labcm's own RTP. */
export type RtpEvent = RtpPortTaken | RtpNoPort | RtpAddressRefused | RtpSilent | RtpDigit;
