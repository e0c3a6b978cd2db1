// What a device is: as its owner configured it, and what labcm has learnt of it since. Plain values; `database.ts` owns them.

import type { DeviceName, DirectoryNumber, MacAddress } from '../core/identity.js';
import type { Instant } from '../core/time.js';
import type { Model } from './models.js';

export type Protocol = 'SCCP' | 'SIP';

/** A line button. Texts are as typed by the owner: any Unicode, escaped by whoever writes them down. */
export interface Line {
  readonly dn: DirectoryNumber;
  /** Beside the button; the directory number where the owner gave none. */
  readonly label: string;
  /** Shown to the far end; the label where the owner gave none. */
  readonly displayName: string;
  /** Digits and X; empty: none. */
  readonly externalMask: string;
  readonly voicemail: string;
  readonly maxCalls: number;
  readonly busyTrigger: number;
}

export interface SpeedDial {
  readonly number: string;
  readonly label: string;
  /** Shows the far end's state beside the button. */
  readonly busyLampField: boolean;
}

export interface ServiceUrl {
  readonly name: string;
  readonly url: string;
}

export interface DigestUser {
  readonly user: string;
  readonly password: string;
}

/** A device as configured: every value checked, every default filled in. */
export interface ConfiguredDevice {
  readonly name: DeviceName;
  /** From the name where it holds one (SEP…), else as configured. */
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
}

/** A file that a device asked for, and how that ended. */
export interface FileFact {
  readonly at: Instant;
  readonly file: string;
  readonly transport: 'TFTP' | 'HTTP';
  readonly outcome: 'served' | 'refused' | 'failed';
  readonly octets: number;
}

/** Everything known of one device. The database alone changes it; readers see it as it is now. */
export interface DeviceRecord {
  readonly configured: ConfiguredDevice;
  /** Where it was last heard from. */
  readonly address: string | undefined;
  /** The last files it asked for, newest last, at most `FILES_REMEMBERED`. */
  readonly files: readonly FileFact[];
}

export const FILES_REMEMBERED = 16;
