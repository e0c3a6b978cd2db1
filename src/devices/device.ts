// What a device is: as its owner configured it, and what labcm has learnt about it since. Plain values; `database.ts`
// owns them.

import type { DeviceName, DirectoryNumber, MacAddress } from '../core/identifiers.js';
import type { Instant } from '../core/time.js';
import type { DeviceSecurityProfile } from './device-security.js';
import type { DhcpFacts, GivenFile, PastRegistration } from './facts.js';
import type { LineForward } from './line-forward.js';
import type { Model } from './models.js';
import type { OutOfServiceFact } from './out-of-service.js';
import type { LoadDownload } from './phone-alarms.js';
import type { EndReason, RefusalDetails, RefusalReason } from './reasons.js';
import type { RegistrationState } from './registration.js';
import type { SharedName } from './shared-name.js';

/** The signalling protocol of a device. */
export type Protocol = 'SCCP' | 'SIP';

/** A line button. Texts are as the owner typed them: any Unicode. Whoever writes them escapes them. */
export interface Line {
  readonly dn: DirectoryNumber;
  /** Shown beside the button. By default the directory number. */
  readonly label: string;
  /** Shown to the far end. By default the label. */
  readonly displayName: string;
  /** Digits and X; empty: none. */
  readonly externalMask: string;
  readonly voicemail: string;
  readonly maxCalls: number;
  readonly busyTrigger: number;
  /** Whether the phone lists calls of this line that nobody answered. */
  readonly logMissed: boolean;
  readonly forward: LineForward;
  /** Empty: none, but for the groups that list the line. */
  readonly pickupGroup: string;
  /** Its phone answers by itself: by its speaker, or only while its headset is on. Absent: it does not. */
  readonly autoAnswer?: 'speaker' | 'headset';
  /** The other phones of the number do not show with whom this one talks. */
  readonly privacy?: boolean;
}

/**
 * What a phone does with a call while its user does not want to be disturbed. `ringer-off`: it shows the call and keeps quiet.
 * `reject`: it is busy.
 */
export type DoNotDisturb = 'ringer-off' | 'reject';

/** A speed dial button. */
export interface SpeedDial {
  readonly number: string;
  readonly label: string;
  /** Shows the far end's state beside the button. */
  readonly busyLampField: boolean;
  /** Its call is answered by itself and goes one way: the called phone's microphone is off. */
  readonly intercom?: boolean;
}

/** A service button: opens a URL on the phone. */
export interface ServiceUrl {
  readonly name: string;
  readonly url: string;
}

/** The credentials of a SIP phone for digest authentication. */
export interface DigestUser {
  readonly user: string;
  readonly password: string;
}

/** A device as configured: every value checked, every default filled in. */
export interface ConfiguredDevice {
  readonly name: DeviceName;
  /** From the name if it contains one (SEP…), else as configured. */
  readonly mac: MacAddress | undefined;
  readonly model: Model;
  readonly protocol: Protocol;
  /** Name of its call manager group. */
  readonly group: string;
  readonly description: string;
  readonly lines: readonly Line[];
  readonly speedDials: readonly SpeedDial[];
  readonly serviceUrls: readonly ServiceUrl[];
  readonly digest: DigestUser | undefined;
  /** Firmware load without `.loads`; `undefined`: the model's default from the configuration, or keep what it runs. */
  readonly load: string | undefined;
  /** Shown at the top of a SIP phone's screen, at most 12 characters. */
  readonly phoneLabel: string;
  readonly ownerUserId: string;
  /** Model-specific settings passed through in the order given; they override the cluster's defaults. */
  readonly vendorConfig: Readonly<Record<string, string>>;
  /** Names of files for the phone: empty means the built-in behaviour. */
  readonly softKeyFile: string;
  readonly dialTemplate: string;
  readonly featurePolicyFile: string;
  /** Expansion modules in their order, each a row of the model table. */
  readonly modules: readonly Model[];
  /** The highest SCCP version to speak with it; `undefined`: the server's own highest. */
  readonly maxProtocolVersion: number | undefined;
  /** Kept in the configuration, refused at registration. */
  readonly suspended: boolean;
  /** In a cluster without lists: a phone that must come over TLS is refused over anything else. */
  readonly requireTls: boolean;
  /** Its security profile, which is in force in mixed mode. */
  readonly security: DeviceSecurityProfile;
  /** `undefined`: its user may be disturbed. */
  readonly doNotDisturb: DoNotDisturb | undefined;
}

/** A file that a device requested, and how that ended. */
export interface FileFact {
  /** When it ended; of one in progress, when it was requested. */
  readonly at: Instant;
  readonly file: string;
  readonly transport: 'TFTP' | 'HTTP';
  /** `asked`: it is being sent, or its request was put off because too many came. */
  readonly outcome: 'served' | 'refused' | 'failed' | 'asked';
  readonly octets: number;
  /** Why it was refused or failed: `file not found`, `timeout`, `client-error`… */
  readonly reason?: string;
  /** A refusal that every phone of a non-secure cluster causes. */
  readonly harmless?: boolean;
  /** From its request to its end. */
  readonly milliseconds?: number;
  /** TFTP: packets that were sent again. */
  readonly resent?: number;
  /** TFTP: octets of a block. */
  readonly blockSize?: number;
  /** TFTP: the code of the ERROR packet by which the client ended it. */
  readonly errorCode?: number;
}

/** A codec of a capabilities report: payload type (`sccp.md` §9) and frames per packet. */
export interface Capability {
  readonly payload: number;
  readonly maxFrames: number;
}

/** A lease that DHCP gave. */
export interface LeaseFact {
  readonly address: string;
  /** The client that has the lease. It differs from the device's own address if that is not configured. */
  readonly mac: MacAddress;
  readonly at: Instant;
  readonly until: Instant;
}

/** Something that a phone reported about itself. `name` is `alarm`, `location`, `headset`… */
export interface ReportedFact {
  readonly name: string;
  readonly at: Instant;
  readonly value: string | number | boolean;
  /** The fact that was reported before this one. */
  readonly older: ReportedFact | undefined;
}

/**
 * One registration, from its Register to its end. A session holds it and passes it with each call to the database. A
 * newer registration of the device is another object, so a late end of an old link changes nothing. Only the database
 * writes it.
 */
export interface Registration {
  /** Rises by one per accepted registration request, over all devices. */
  readonly generation: number;
  readonly device: DeviceName;
  readonly protocol: Protocol;
  readonly transport: Transport;
  readonly address: string;
  readonly port: number;
  /** The number of the link or flow that carries it, as its protocol's server counts them. */
  readonly link: number;
  readonly typeId: number;
  /** SCCP: what was negotiated. SIP: absent. */
  readonly protocolVersion: number | undefined;
  readonly load: string;
  readonly startedAt: Instant;
  readonly registeredAt: Instant | undefined;
  readonly lastSeenAt: Instant;
  /** Keepalives or refreshes. */
  readonly keepAlives: number;
  /** Jitter of the keepalives: the smoothed difference of successive intervals in milliseconds (RFC 3550 §6.4.1). */
  readonly jitter: number;
  readonly capabilities: readonly Capability[];
  /** The lines that are bound. */
  readonly lines: readonly DirectoryNumber[];
  /**
   * The last messages, from the phone and to it: Cisco's name, the SIP method, or the status of a SIP response.
   * `undefined`: none yet.
   */
  readonly heard: string | undefined;
  readonly said: string | undefined;
  /**
   * SIP: milliseconds by which its Date header was ahead of this machine's clock, negative if behind; `none`: it has no
   * time. As its Register said, and then as its first refresh said. `undefined`: it does not say.
   */
  readonly clockSkew: number | 'none' | undefined;
  /** The IPv4 address that the phone says it has. `undefined`: it does not say. */
  readonly ownAddress: string | undefined;
  /** How often it went on from another port or address. */
  readonly moves: number;
  /** SIP: the addresses of two Contacts that came in one dialogue. `undefined`: they are the same. */
  readonly contactChange: { readonly at: Instant; readonly before: string; readonly now: string } | undefined;
}

/** The transport of a registration. */
export type Transport = 'tcp' | 'udp' | 'tls';

/** Why a device is not registered, or was refused. */
export interface LastReason extends RefusalDetails {
  readonly at: Instant;
  readonly reason: RefusalReason | EndReason;
}

/**
 * Who made a device: a file of the configuration, auto-registration, or somebody while the daemon runs. Of a device that
 * stands in a file and was changed at runtime: `runtime`.
 */
export type DeviceOrigin = 'configured' | 'auto-registered' | 'runtime';

/** Everything known about one device. Only the database changes it; readers see the present state. */
export interface DeviceRecord {
  readonly configured: ConfiguredDevice;
  readonly origin: DeviceOrigin;
  readonly state: RegistrationState;
  /** The registration in progress or in force. */
  readonly registration: Registration | undefined;
  /** How the last registration ended or why the last attempt was refused. */
  readonly reason: LastReason | undefined;
  /** Set if another phone uses or used the same name. */
  readonly sharedName: SharedName | undefined;
  readonly lease: LeaseFact | undefined;
  /**
   * The newest report; each leads to the next older one, `REPORTS_REMEMBERED` at most. `reportOf` finds one by its
   * name.
   */
  readonly reports: ReportedFact | undefined;
  /** The address from which it last gave its name, and when. */
  readonly address: string | undefined;
  readonly namedAt: Instant | undefined;
  /** The last files that it requested, newest last, at most `FILES_REMEMBERED`. */
  readonly files: readonly FileFact[];
  /** The configuration file that it received last. */
  readonly given: GivenFile | undefined;
  readonly dhcp: DhcpFacts | undefined;
  /** Why it was out of service last, as it said itself. */
  readonly outOfService: OutOfServiceFact | undefined;
  /** The last download of a load that it reported. */
  readonly loadDownload: LoadDownload | undefined;
  /** The registrations that ended last, newest last, at most `REGISTRATIONS_REMEMBERED`. */
  readonly registrations: readonly PastRegistration[];
}

export const FILES_REMEMBERED = 32;
export const REPORTS_REMEMBERED = 64;

/** Whether two configurations of a device are equal by value, so that a reload disturbs only what changed. */
export const equalDevices = (one: ConfiguredDevice, other: ConfiguredDevice): boolean => equalValues(one, other);

const equalValues = (one: unknown, other: unknown): boolean => {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => equalValues((one as Record<string, unknown>)[key], (other as Record<string, unknown>)[key]))
  );
};
