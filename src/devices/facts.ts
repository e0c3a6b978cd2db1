// What labcm has learnt about a device besides its registration, made when the first such thing is learnt: most of forty
// thousand devices have none of it.

import type { Instant } from '../core/time.js';
import type { FileFact } from './device.js';
import type { EndReason } from './reasons.js';

/** The configuration file that a device really received. */
export interface GivenFile {
  readonly at: Instant;
  /** The version stamp in it: the present one is `FileCatalogue.versionStampsOf`. */
  readonly stamp: string;
  readonly transport: FileFact['transport'];
}

/** The last DHCP messages of a device. Addresses are dotted. A time is `undefined` where there was no such message. */
export interface DhcpFacts {
  readonly discoverAt: Instant | undefined;
  readonly offerAt: Instant | undefined;
  readonly offered: string | undefined;
  readonly requestAt: Instant | undefined;
  /** The address that it requested or renewed. */
  readonly requested: string | undefined;
  readonly ackAt: Instant | undefined;
  readonly acknowledged: string | undefined;
  readonly nakAt: Instant | undefined;
  readonly nakReason: string | undefined;
  /** When a message of it was not answered last, and why. */
  readonly silentAt: Instant | undefined;
  readonly silentReason: string | undefined;
  /** The relay of its last message; `undefined`: it came without one. */
  readonly relay: string | undefined;
  /** Options 12, 60 and 55 as it sent them last: the last as numbers with commas. Empty: it did not. */
  readonly hostName: string;
  readonly vendorClass: string;
  readonly requestedOptions: string;
}

/** A registration that has ended. */
export interface PastRegistration {
  readonly began: Instant;
  readonly ended: Instant;
  readonly reason: EndReason;
  readonly address: string;
  readonly port: number;
  /** Milliseconds from its Register to its end. */
  readonly lasted: number;
  /** Milliseconds from its last message to its end. */
  readonly silence: number;
  readonly keepAlives: number;
  /** The last messages: from the phone and to it. */
  readonly heard: string | undefined;
  readonly said: string | undefined;
}

/** How many ended registrations of a device are remembered. */
export const REGISTRATIONS_REMEMBERED = 8;
