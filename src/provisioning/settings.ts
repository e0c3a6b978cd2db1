// What the files for phones are made from besides the device: the cluster as its owner configured it. The type of the
// parsed configuration is assignable to it; this folder does not import that type.

import type { FileSecuritySettings } from './file-security.js';

/** A call manager of a group. */
export interface CallManagerMember {
  readonly name: string;
  readonly address: string;
  readonly description: string;
  readonly sccpPort: number;
  readonly sipPort: number;
  readonly sipTlsPort: number;
}

/** The call managers that a phone may register with, in order of preference. */
export interface CallManagerGroup {
  readonly name: string;
  /** Primary, secondary, tertiary. */
  readonly members: readonly CallManagerMember[];
}

/** Time zone, date format and time servers of a group. */
export interface DateTimeSettings {
  readonly name: string;
  /** D, M and Y with `/`, `-` or `.`; suffix A for a 12-hour clock. */
  readonly template: string;
  /** Windows-style, e.g. `W. Europe Standard/Daylight Time`. */
  readonly timeZone: string;
  /** IANA, e.g. `Europe/Berlin`. */
  readonly olsonTimeZone: string;
  readonly ntp: readonly string[];
}

/** Language and tones. */
export interface LocaleSettings {
  /** Directory of the locale jar, e.g. `English_United_States`. */
  readonly user: string;
  readonly langCode: string;
  readonly charset: string;
  /** Directory of the tones, e.g. `United_States`. */
  readonly network: string;
  /** The phone fetches its jar and tones again only when this changes. */
  readonly version: string;
}

/** The services that phones fetch over HTTP; empty: none. */
export interface PhoneUrls {
  readonly authentication: string;
  readonly directory: string;
  readonly idle: string;
  readonly information: string;
  readonly messages: string;
  readonly proxyServer: string;
  readonly services: string;
}

/** Survivable remote site telephony: the gateways that phones register with when no call manager answers. */
export interface SrstSettings {
  readonly enabled: boolean;
  /** At most three. */
  readonly addresses: readonly string[];
  readonly sccpPort: number;
  readonly sipPort: number;
}

/** All that phone files are made from, besides the device. */
export interface ProvisioningSettings {
  readonly cluster: string;
  /** By name. */
  readonly groups: ReadonlyMap<string, CallManagerGroup>;
  /** The name of the group that unknown phones are sent to. */
  readonly defaultGroup: string;
  readonly dateTime: DateTimeSettings;
  readonly locale: LocaleSettings;
  readonly urls: PhoneUrls;
  /** Seconds until an idle phone shows the page of its idle URL; 0: never. */
  readonly idleTimeoutSeconds: number;
  /** Whether phones use the URLs beside their list of services. */
  readonly servesUrls: boolean;
  readonly srst: SrstSettings;
  /** Absent: there are no trust lists, and files say nothing of security. */
  readonly security?: FileSecuritySettings | undefined;
  /** Seconds that a better server must stay up before the phone falls back to it. */
  readonly connectionMonitorSeconds: number;
  /** What stands before a number for an intercom call; absent: there are none. */
  readonly intercom?: string | undefined;
  /** Default load per device type id. */
  readonly loads: ReadonlyMap<number, string>;
  /** Device type ids of models whose files are encrypted, unless a device says otherwise. Absent: none. */
  readonly encryptedModels?: ReadonlySet<number>;
  /** Defaults for every phone, overridden by the device's own. */
  readonly vendorConfig: Readonly<Record<string, string>>;
  /** The voicemail number of lines without one of their own; empty: none. */
  readonly voicemail: string;
  readonly commonConfig: Readonly<Record<string, string>>;
  readonly enterpriseConfig: Readonly<Record<string, string>>;
  readonly phoneServices: readonly { readonly name: string; readonly url: string; readonly type: number }[];
  /** The top-level domain that SIP phones are given. */
  readonly organizationDomain: string;
  readonly rtpPorts: { readonly first: number; readonly last: number };
  readonly sshUser: string;
  readonly sshPassword: string;
  readonly phonePassword: string;
  /**
   * Whether digest users and passwords are left out of the files, which anybody may fetch: CUCM's switch of that name.
   */
  readonly excludeDigestCredentials: boolean;
  /** The most octets of generated device files that are kept in memory. */
  readonly cacheOctets: number;
}
