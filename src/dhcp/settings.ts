// What the owner of the lab may choose of the DHCP service, with every default in one place. Says nothing of how the
// values are written down; `config/` parses them, and `options.ts` has the codes and kinds of options.

import type { DeviceName, Ipv4Address, MacAddress } from '../core/identifiers.js';
import { type Duration, days, minutes, seconds } from '../core/time.js';

/** Who is answered: phones by vendor class, devices and reservations | devices and reservations | everybody. */
export type AnswerPolicy = 'phones' | 'known' | 'all';

export interface DhcpSettings {
  /** Names of the interfaces to answer on, and on no other: `eth1`, or `lo` for unprivileged use. */
  readonly interfaces: readonly string[];
  /** Ours, and that of relays. 0: any free port, on `lo` only. */
  readonly port: number;
  /** Where clients listen. */
  readonly clientPort: number;

  readonly answer: AnswerPolicy;
  /** May say NAK to addresses of our subnets that are in no pool of ours (`provisioning.md` §2.7 rule 4). */
  readonly authoritative: boolean;
  /** Messages of relays that are allowed whoever sent them: a port of a switch that only phones are plugged into. */
  readonly relayRules: readonly RelayRule[];
  /** Option 82 on a message that no relay passed on (RFC 3046 §2.1): served and echoed, or dropped. */
  readonly directRelayInformation: 'serve' | 'drop';
  /** Whether sub-option 11 of option 82 may stand in for our server identifier (RFC 5107). */
  readonly serverIdOverride: boolean;

  readonly subnets: readonly SubnetSettings[];

  /** How long an offered address is held for its client. */
  readonly offerTime: Duration;
  /** How long a declined address rests. */
  readonly quarantine: Duration;
  /** OFFERs wait so long that another server may win; 0: none (`provisioning.md` §2.7 rule 7). */
  readonly offerDelay: Duration;
  /** Messages of both directions that the traces are told of in one second. */
  readonly tracedPerSecond: number;
  readonly limits: DhcpLimits;
}

export interface SubnetSettings {
  readonly network: Ipv4Address;
  readonly prefix: number;
  /** Ranges that are given away, ends included; all within the subnet, at most `MAX_POOL_ADDRESSES` in all. */
  readonly pools: readonly AddressRange[];
  /** Never given away, though a pool holds them. */
  readonly exclusions: readonly AddressRange[];
  readonly reservations: readonly ReservationSettings[];

  readonly routers: readonly Ipv4Address[];
  /** The file servers in order of preference; the first goes into option 66 and siaddr too. Empty: this server's own address. */
  readonly option150: readonly Ipv4Address[];
  readonly dns: readonly Ipv4Address[];
  /** Empty: none. */
  readonly domain: string;
  readonly ntp: readonly Ipv4Address[];
  /** Any other option, as `options.ts` encodes it. They go before the fields above. */
  readonly options: readonly OptionSetting[];

  readonly leaseTime: Duration;
  /** The longest that a client may ask for. */
  readonly maxLeaseTime: Duration;
  /** Shares of the lease time: RFC 2131 §4.4.5. */
  readonly renewAfter: number;
  readonly rebindAfter: number;
}

/** First and last address, both included. */
export interface AddressRange {
  readonly first: Ipv4Address;
  readonly last: Ipv4Address;
}

export interface OptionSetting {
  readonly code: number;
  readonly bytes: Uint8Array;
}

/** Whose the reservation is: a hardware address, a client identifier (option 61, lower-case hexadecimal), or a device. */
export type ReservedFor =
  | { readonly mac: MacAddress }
  | { readonly clientId: string }
  | { readonly device: DeviceName };

export interface ReservationSettings {
  readonly client: ReservedFor;
  /** Within the subnet; inside a pool it is given to nobody else. */
  readonly address: Ipv4Address;
  /** Absent: the subnet's. */
  readonly option150?: readonly Ipv4Address[];
  readonly options: readonly OptionSetting[];
}

/** Allows what one relay passes on; the hexadecimal values must equal those of option 82 where they are given. */
export interface RelayRule {
  readonly relay: Ipv4Address;
  /** Sub-option 1. */
  readonly circuitId?: string;
  /** Sub-option 2. */
  readonly remoteId?: string;
}

/** Bounds on clients that have no lease here; those that have one are never held up by them. */
export interface DhcpLimits {
  /** New clients per second, from all links together and from each relay or interface. */
  readonly newClients: number;
  readonly newClientsPerLink: number;
  /**
   * Offers to unknown clients that were not taken up yet, as a share of a subnet's pool; at least 16 are allowed. Beyond them
   * the oldest offer is given on, at once to a client that asks again, else after `OFFER_PATIENCE`.
   */
  readonly openOffers: number;
}

/**
 * Clients that are no device of ours and have no reservation may be anybody, also one station under many names. Of each pool
 * as many addresses are kept from them as there are devices, up to this share of it.
 */
export const KEPT_FOR_DEVICES = 0.5;
/** Such clients' leases that were not extended yet may be so large a share of a pool; what is given beyond it is short. */
export const FIRST_LEASES = 0.125;
/** The first lease of such a client then. Once it has been extended after half of this time it is as long as any. */
export const SHORT_LEASE = minutes(5);
/** An offer that was not taken for so long is given on to the next client where no other address may be had. */
export const OFFER_PATIENCE = seconds(2);
/** A declined address that has rested for so long is given anew where no other address may be had. */
export const LEAST_REST = minutes(1);

/** Of one subnet. */
export const MAX_POOL_ADDRESSES = 1 << 20;

export const DEFAULT_DHCP: DhcpSettings = {
  interfaces: [],
  port: 67,
  clientPort: 68,
  answer: 'phones',
  authoritative: false,
  relayRules: [],
  directRelayInformation: 'serve',
  serverIdOverride: true,
  subnets: [],
  offerTime: seconds(60),
  quarantine: minutes(30),
  offerDelay: seconds(0),
  tracedPerSecond: 5000,
  limits: { newClients: 2000, newClientsPerLink: 1000, openOffers: 0.5 },
};

export const DEFAULT_SUBNET = {
  pools: [],
  exclusions: [],
  reservations: [],
  routers: [],
  option150: [],
  dns: [],
  domain: '',
  ntp: [],
  options: [],
  leaseTime: days(1),
  maxLeaseTime: days(1),
  renewAfter: 0.5,
  rebindAfter: 0.875,
} as const satisfies Omit<SubnetSettings, 'network' | 'prefix'>;
