// What the owner of the lab may choose of the SIP service, with every default in one place (`sip.md` §14). Says nothing
// of how the values are written down; `config/` parses them.

import { type Duration, minutes, seconds } from '../core/time.js';
import type { Endpoint, TlsIdentity } from '../net/ports.js';
import { MESSAGE_LIMITS, type MessageLimits } from './message/message.js';

export interface SipSettings {
  /** `0.0.0.0`: over UDP a socket per local address, so that answers come from the address that was asked. */
  readonly address: string;
  /** 0: any free port; absent: not offered. */
  readonly udp: number | undefined;
  readonly tcp: number | undefined;
  readonly tls: { readonly port: number; readonly identity: TlsIdentity } | undefined;

  /** This node's name: the agent of its warnings. */
  readonly node: string;
  /** The host names and addresses that stand for this node or cluster, lower case; absent: any (`sip.md` §6 step 1). */
  readonly domains: ReadonlySet<string> | undefined;
  /** The address in requests of ours, for a server behind a translated one; absent: the one that was asked. */
  readonly advertised: string | undefined;
  /** The address by which the other nodes know this one; absent: whichever they see. */
  readonly localAddress?: string | undefined;
  /** Other nodes of the cluster: the newer registration wins over all of them (`sip.md` §5.5). */
  readonly peers: readonly Endpoint[];

  /** `streams`: no 100 to a REGISTER over UDP (RFC 4320 §4.1). */
  readonly trying: 'always' | 'streams';
  readonly expires: { readonly granted: Duration; readonly min: Duration; readonly max: Duration };
  /** Beyond what was granted, at least a tenth of it, before a registration ends (`sip.md` §5.2). */
  readonly grace: Duration;
  readonly realm: string;
  /**
   * The algorithms that phones of other makers are asked for, the preferred first; absent: `DEFAULT_CHALLENGES`. Whatever
   * is asked for, credentials of each are taken.
   */
  readonly challenges?: readonly DigestAlgorithm[];
  /** Whose digest answers were wrong so often within a minute is not looked at for a while; absent: everybody is. */
  readonly lockout: { readonly failures: number; readonly for: Duration } | undefined;
  /** Whether a phone that names no device is known by its number, where exactly one device has it (`sip.md` §3, way 6). */
  readonly identifyByNumber: boolean;
  /** As CUCM names itself in Server and User-Agent, and the SIP interface version that its phones look for (`sip.md` §4.2). */
  readonly product: string;
  readonly interfaceVersion: string;
  /** What `reset` and `restart` carry besides action and Call-ID, by model: old loads want the stamps too (`sip.md` §10.3). */
  readonly stampedResets: ReadonlySet<number>;

  readonly tokens: { readonly perSecond: number; readonly burst: number; readonly wait: Duration };
  /** From connect to the first octet; to finish a message; without any message at all. */
  readonly muteWithin: Duration;
  readonly messageWithin: Duration;
  readonly idle: Duration;
  /** Messages of both directions that the traces are told of in one second; absent: `TRACED_PER_SECOND`. */
  readonly tracedPerSecond?: number;
  readonly message: MessageLimits;
  readonly transactions: TransactionLimits;
  readonly limits: SipLimits;
}

/** The digest algorithms that phones are known to use (RFC 7616, RFC 8760). */
export type DigestAlgorithm = 'MD5' | 'SHA-256' | 'SHA-512-256';

/** How much the server remembers of the requests that it has answered, over UDP and over streams each. */
export interface TransactionLimits {
  readonly all: number;
  readonly perSource: number;
  /** Of keys and responses together. */
  readonly octets: number;
}

export const TRANSACTION_LIMITS: TransactionLimits = { all: 65_536, perSource: 2_048, octets: 128 * 1024 * 1024 };

export interface SipLimits {
  /** Over UDP, of one address; more are not read. */
  readonly datagramsPerSecond: number;
  readonly links: number;
  readonly linksPerSource: number;
  /** Octets that may wait for a phone that does not read. */
  readonly backlog: number;
  /** Of one address of record. */
  readonly contacts: number;
  readonly subscriptions: number;
  readonly subscriptionsPerSource: number;
  readonly publications: number;
  /** Facts about bad messages in one second; more are counted. */
  readonly complaintsPerSecond: number;
}

/** MD5 alone: common clients read the first challenge only, or give up at one that they do not know. */
export const DEFAULT_CHALLENGES: readonly DigestAlgorithm[] = ['MD5'];

/** What `SipSettings.lockout` is by default. */
export const DEFAULT_LOCKOUT = { failures: 10, for: seconds(30) } as const;

/** About what forty thousand phones send and are sent while nothing happens to them. */
export const TRACED_PER_SECOND = 1_000;

export const DEFAULT_SIP: SipSettings = {
  address: '0.0.0.0',
  udp: 5060,
  tcp: 5060,
  tls: undefined,
  node: 'CM1',
  domains: undefined,
  advertised: undefined,
  peers: [],
  trying: 'always',
  expires: { granted: seconds(120), min: seconds(60), max: seconds(3600) },
  grace: seconds(15),
  realm: 'ccmsipline',
  lockout: DEFAULT_LOCKOUT,
  identifyByNumber: true,
  product: 'Cisco-CUCM12.5',
  interfaceVersion: '9.1.0',
  stampedResets: new Set(),
  tokens: { perSecond: 20, burst: 50, wait: seconds(30) },
  muteWithin: seconds(10),
  messageWithin: seconds(30),
  idle: minutes(10),
  message: MESSAGE_LIMITS,
  transactions: TRANSACTION_LIMITS,
  limits: {
    datagramsPerSecond: 5_000,
    links: 65_000,
    linksPerSource: 30_000,
    backlog: 256 * 1024,
    contacts: 32,
    subscriptions: 100_000,
    subscriptionsPerSource: 20_000,
    publications: 100_000,
    complaintsPerSecond: 10,
  },
};

/** The settings as they are now: a reload replaces them for everybody who holds this. */
export interface SettingsRef {
  settings: SipSettings;
}
