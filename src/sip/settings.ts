import { type Duration, minutes, seconds } from '../core/time.js';
import type { Endpoint, TlsListenerIdentity } from '../net/ports.js';
import { MESSAGE_LIMITS, type MessageLimits } from './message/message.js';

/** The settings of the SIP service (`sip.md` §14). `config/` reads them. */
export interface SipSettings {
  /** `0.0.0.0`: over UDP a socket for each local address, so that responses come from the address of the request. */
  readonly address: string;
  /** 0: any free port; absent: not offered. */
  readonly udp: number | undefined;
  readonly tcp: number | undefined;
  readonly tls: { readonly port: number; readonly identity: TlsListenerIdentity } | undefined;

  /** The name of this node: the agent of its warnings. */
  readonly node: string;
  /** The host names and addresses of this node or cluster, lower case; `undefined`: any (`sip.md` §6 step 1). */
  readonly domains: ReadonlySet<string> | undefined;
  /** The address of this server in its requests, behind a NAT; `undefined`: that of the flow. */
  readonly advertised: string | undefined;
  /** The address by which the other nodes know this one; absent: any. */
  readonly localAddress?: string | undefined;
  /** The other nodes of the cluster. The newest registration of a device wins (`sip.md` §5.5). */
  readonly peers: readonly Endpoint[];

  /** `streams`: no 100 to a REGISTER over UDP (RFC 4320 §4.1). */
  readonly trying: 'always' | 'streams';
  readonly expires: { readonly granted: Duration; readonly min: Duration; readonly max: Duration };
  /** How long after the granted time a registration ends, at least a tenth of that time (`sip.md` §5.2). */
  readonly grace: Duration;
  readonly realm: string;
  /** The name of the cluster, which is the realm of trunks (`sip.md` §9); absent: `realm`. */
  readonly cluster?: string;
  /**
   * The algorithms of the challenges for phones of other makers, the preferred first; absent: `DEFAULT_CHALLENGES`.
   * Credentials of every algorithm are accepted.
   */
  readonly challenges?: readonly DigestAlgorithm[];
  /** After so many wrong credentials within a minute a user is locked out for a time; `undefined`: nobody is. */
  readonly lockout: { readonly failures: number; readonly for: Duration } | undefined;
  /**
   * Whether a phone without a device name is identified by its number, if exactly one device has it (`sip.md` §3, way
   * 6).
   */
  readonly identifyByNumber: boolean;
  /** CUCM's Server and User-Agent, and the SIP interface version that its phones expect (`sip.md` §4.2). */
  readonly product: string;
  readonly interfaceVersion: string;
  /** The models whose `reset` and `restart` carry version stamps, too: old loads need them (`sip.md` §10.3). */
  readonly stampedResets: ReadonlySet<number>;

  readonly tokens: { readonly perSecond: number; readonly burst: number; readonly wait: Duration };
  /** How long a connection may take for its first octet, for a whole message, and between messages. */
  readonly muteWithin: Duration;
  readonly messageWithin: Duration;
  readonly idle: Duration;
  /** How many messages of both directions are traced in one second; absent: `TRACED_PER_SECOND`. */
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

/** The default of `SipSettings.transactions`. */
export const TRANSACTION_LIMITS: TransactionLimits = { all: 65_536, perSource: 2_048, octets: 128 * 1024 * 1024 };

/** The limits of the SIP service. */
export interface SipLimits {
  /** Of one address over UDP; more are not read. */
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
  /** Reports of malformed messages in one second; more are counted. */
  readonly complaintsPerSecond: number;
}

/** Only MD5: common clients read only the first challenge, or give up at one that they do not know. */
export const DEFAULT_CHALLENGES: readonly DigestAlgorithm[] = ['MD5'];

/** What `SipSettings.lockout` is by default. */
export const DEFAULT_LOCKOUT = { failures: 10, for: seconds(30) } as const;

/** About as many messages as forty thousand idle phones send and receive. */
export const TRACED_PER_SECOND = 1_000;

/** The defaults of the SIP service. */
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

/** The present settings. A reload replaces them for all who hold this object. */
export interface SettingsRef {
  settings: SipSettings;
}
