// What the owner of the lab may choose of the DHCP service, with every default in one place. Says nothing of how the
// values are written down; `config/` parses them, and `options.ts` has the codes and kinds of options.

import type { DeviceName, Ipv4Address, MacAddress } from '../core/identifiers.js';
import { type Duration, days, minutes, seconds } from '../core/time.js';

/** Which clients are answered: phones by vendor class, devices and reservations | devices and reservations | all. */
export type AnswerPolicy = 'phones' | 'known' | 'all';

/** What the owner of the lab may choose. */
export interface DhcpSettings {
  /** Names of the interfaces to answer on, and on no other: `eth1`, or `lo` for unprivileged use. */
  readonly interfaces: readonly string[];
  /** The port of servers and relays. 0: any free port, on `lo` only. */
  readonly port: number;
  /** Where clients listen. */
  readonly clientPort: number;

  readonly answer: AnswerPolicy;
  /** May say NAK to addresses of our subnets that are in no pool of ours (`provisioning.md` §2.7 rule 4). */
  readonly authoritative: boolean;
  /**
   * Messages of relays that are answered whatever the client is, e.g. from a switch port that only phones are plugged
   * into.
   */
  readonly relayRules: readonly RelayRule[];
  /** Option 82 on a message that no relay passed on (RFC 3046 §2.1): served and echoed, or dropped. */
  readonly directRelayInformation: 'serve' | 'drop';
  /** Whether sub-option 11 of option 82 may stand in for our server identifier (RFC 5107). */
  readonly serverIdOverride: boolean;

  readonly subnets: readonly SubnetSettings[];

  /** How long an offered address is held for its client. */
  readonly offerTime: Duration;
  /** How long a declined address is not offered. */
  readonly quarantine: Duration;
  /** How long OFFERs are delayed, so that another server may be first; 0: not (`provisioning.md` §2.7 rule 7). */
  readonly offerDelay: Duration;
  /** How many messages per second, of both directions, appear in the trace. */
  readonly tracedPerSecond: number;
  readonly limits: DhcpLimits;
}

/** A subnet, its pools and the options of its clients. */
export interface SubnetSettings {
  readonly network: Ipv4Address;
  readonly prefix: number;
  /** Ranges that are given away, ends included; all within the subnet, at most `MAX_POOL_ADDRESSES` in all. */
  readonly pools: readonly AddressRange[];
  /** Never given away, though a pool holds them. */
  readonly exclusions: readonly AddressRange[];
  readonly reservations: readonly ReservationSettings[];

  readonly routers: readonly Ipv4Address[];
  /**
   * The file servers in order of preference; the first goes into option 66 and siaddr too. Empty: this server's own
   * address.
   */
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

/** An option as it goes onto the wire. */
export interface OptionSetting {
  readonly code: number;
  readonly bytes: Uint8Array;
}

/**
 * Whom an address is reserved for: a hardware address, a client identifier (option 61, lower-case hexadecimal), or a
 * device.
 */
export type ReservedFor =
  | { readonly mac: MacAddress }
  | { readonly clientId: string }
  | { readonly device: DeviceName };

/** An address that is reserved for one client. */
export interface ReservationSettings {
  readonly client: ReservedFor;
  /** Within the subnet. Inside a pool, no other client gets it. */
  readonly address: Ipv4Address;
  /** Absent: the subnet's. */
  readonly option150?: readonly Ipv4Address[];
  readonly options: readonly OptionSetting[];
}

/** Admits what one relay forwards. If the hexadecimal values are given, they must equal those of option 82. */
export interface RelayRule {
  readonly relay: Ipv4Address;
  /** Sub-option 1. */
  readonly circuitId?: string;
  /** Sub-option 2. */
  readonly remoteId?: string;
}

/** Bounds on clients that have no lease here. They never hold up clients that have one. */
export interface DhcpLimits {
  /** New clients per second: from all links together, and from each relay or interface. */
  readonly newClients: number;
  readonly newClientsPerLink: number;
  /**
   * Open offers to unknown clients, as a share of a subnet's pool; at least 16 are allowed. Beyond them, the address of
   * the oldest offer goes to the next client: at once to one that asks again, else after `OFFER_PATIENCE`.
   */
  readonly openOffers: number;
}

/**
 * Unknown clients are no configured device and have no reservation. They may be one machine under many names. In each
 * pool, as many addresses are kept from them as there are devices, up to this share of the pool.
 */
export const KEPT_FOR_DEVICES = 0.5;
/** The share of a pool that unknown clients' first leases may be. Leases beyond it are short. */
export const FIRST_LEASES = 0.125;
/** The length of such a short lease. Once it has been extended, after half of this time, it is as long as others. */
export const SHORT_LEASE = minutes(5);
/** After this time, the address of an open offer may go to another client if there is no other address. */
export const OFFER_PATIENCE = seconds(2);
/** After this time, a declined address may be offered if there is no other address. */
export const LEAST_REST = minutes(1);

/** The most addresses in the pools of one subnet. */
export const MAX_POOL_ADDRESSES = 1 << 20;

/** Used where the configuration says nothing. */
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

/** Used where the configuration of a subnet says nothing. */
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
