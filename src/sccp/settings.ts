// What the owner of the lab may choose of the SCCP service, with every default in one place. Says nothing of how the
// values are written down; `config/` parses them.

import { type Duration, minutes, seconds } from '../core/time.js';
import type { TlsListenerIdentity } from '../net/ports.js';

/** A call manager of a group, as ServerRes lists it to a phone. */
export interface GroupMember {
  readonly name: string;
  readonly address: string;
  readonly port: number;
}

/** What the owner of the lab may choose. */
export interface SccpSettings {
  readonly address: string;
  /** 0: any free port. */
  readonly port: number;
  /** The same frames inside TLS (`sccp.md` §1); absent: not offered. */
  readonly tls: { readonly port: number; readonly identity: TlsListenerIdentity } | undefined;

  /** This node's name, as ConfigStat gives it and as `groups` spells it. */
  readonly node: string;
  /** The members of each call manager group, the primary first; a phone is given at most five. */
  readonly groups: ReadonlyMap<string, readonly GroupMember[]>;
  /**
   * By type id, the load that phones of a model should run, unless the device has its own. None: keep the present one.
   */
  readonly loads: ReadonlyMap<number, string>;

  /**
   * The intervals of keepalives that the phone is given: on the link that it is registered on, and on a standby link.
   */
  readonly keepAlive: Duration;
  readonly secondaryKeepAlive: Duration;
  /** D, M, Y in any order with `/`, `-` or `.` between; a suffix `A` asks for a 12-hour clock (`sccp.md` §3). */
  readonly dateTemplate: string;
  /** The IANA time zone of the phones' clocks; `undefined`: this machine's. */
  readonly timeZone: string | undefined;
  /** The highest protocol version to use, 0 to 22; a device may have a lower one. */
  readonly maxProtocolVersion: number;
  /** The feature bytes of RegisterAck, in the order of the lowest version that they are for (`sccp.md` §3). */
  readonly features: readonly FeatureBytes[];

  /** How long a new link, and a standby link, may be silent (`sccp.md` §6.3 T-idle). */
  readonly muteWithin: Duration;
  readonly standbyPatience: Duration;
  /** How long the phone may take to end the link after Reset, UnregisterAck or RegisterReject (T-reset). */
  readonly closeWithin: Duration;

  readonly tokens: TokenSettings;
  /** CUCM's service parameter MaxEventsAllowed: more messages within this time end a registration (reason 12). */
  readonly throttle: { readonly messages: number; readonly within: Duration };
  /** How many messages of both directions, and steps of registrations, appear in the trace per second. */
  readonly tracedPerSecond: number;
  readonly limits: SccpLimits;
}

/** Feature bytes for versions from `from` on. */
export interface FeatureBytes {
  readonly from: number;
  readonly bytes: readonly [number, number, number];
}

/** Tokens for phones that return to this node: how many are granted, and how long the others wait (`sccp.md` §6.3). */
export interface TokenSettings {
  readonly perSecond: number;
  /** How many may be granted at once after a quiet time. */
  readonly burst: number;
  readonly wait: Duration;
}

/** Bounds on links. */
export interface SccpLimits {
  readonly links: number;
  readonly linksPerSource: number;
  /** The most octets that wait for a phone that does not read (`sccp.md` §1.1 rule 10). */
  readonly backlog: number;
  /** How many messages of one link are handled before the other links have their turn. */
  readonly messagesPerTurn: number;
}

/** Used where the configuration says nothing. */
export const DEFAULT_SCCP: SccpSettings = {
  address: '0.0.0.0',
  port: 2000,
  tls: undefined,
  node: 'CM1',
  groups: new Map(),
  loads: new Map(),
  keepAlive: seconds(30),
  secondaryKeepAlive: seconds(60),
  dateTemplate: 'M/D/Y',
  timeZone: undefined,
  maxProtocolVersion: 22,
  features: [
    { from: 0, bytes: [0x00, 0x00, 0x00] },
    { from: 4, bytes: [0x20, 0xf1, 0xfe] },
    { from: 11, bytes: [0x20, 0xf1, 0xff] },
  ],
  muteWithin: seconds(30),
  standbyPatience: minutes(3),
  closeWithin: seconds(5),
  tokens: { perSecond: 20, burst: 50, wait: seconds(60) },
  throttle: { messages: 2000, within: seconds(5) },
  tracedPerSecond: 5000,
  limits: { links: 65_000, linksPerSource: 30_000, backlog: 256 * 1024, messagesPerTurn: 64 },
};
