// The events of devices.

import type { DeviceName, DirectoryNumber } from '../core/identifiers.js';
import type { Duration, Instant } from '../core/time.js';
import type { DoNotDisturb, FileFact, Protocol, Transport } from './device.js';
import type { DeviceSecurityMode } from './device-security.js';
import type { ForwardName } from './line-forward.js';
import type { LineMessages, MessagesSetter } from './messages-waiting.js';
import type { OutOfServiceReport } from './out-of-service.js';
import type { LoadReport } from './phone-alarms.js';
import type { EndReason, RefusalDetails, RefusalReason } from './reasons.js';

/** The events of a device's configuration. */
export const DEVICE_CONFIGURED = ['device.added', 'device.changed', 'device.removed'] as const;

/** A reload, or somebody while the daemon runs, added, changed or removed the device. */
export interface DeviceConfigured {
  readonly type: (typeof DEVICE_CONFIGURED)[number];
  readonly at: Instant;
  readonly device: DeviceName;
}

/**
 * The security mode that is in force for a device is another from now on, and its phone is registered: it is reset, so that it reads its
 * file again. It stays registered until then.
 */
export interface DeviceSecurityChanged {
  readonly type: 'device.security-changed';
  readonly at: Instant;
  readonly device: DeviceName;
  readonly before: DeviceSecurityMode;
  readonly mode: DeviceSecurityMode;
}

/** An unknown phone was given a directory number. */
export interface DeviceAutoRegistered {
  readonly type: 'device.auto-registered';
  readonly at: Instant;
  readonly device: DeviceName;
  readonly dn: DirectoryNumber;
  readonly typeId: number;
  readonly protocol: Protocol;
}

interface AboutRegistration {
  readonly at: Instant;
  readonly device: DeviceName;
  readonly protocol: Protocol;
  readonly transport: Transport;
  readonly address: string;
  readonly port: number;
  readonly link: number;
  readonly generation: number;
  readonly typeId: number;
}

/** An attempt was admitted. */
export interface DeviceRegistering extends AboutRegistration {
  readonly type: 'device.registering';
  readonly protocolVersion: number | undefined;
  /** Its lines, in button order. */
  readonly lines: readonly DirectoryNumber[];
}

/** Its registration is complete, or complete for some of its lines. */
export interface DeviceRegistered extends AboutRegistration {
  readonly type: 'device.registered' | 'device.partially-registered';
  readonly load: string;
  /** The address that the phone says it has, where that is another: a NAT is between. */
  readonly ownAddress?: string;
  readonly lines: readonly DirectoryNumber[];
  /** How many are registered now, this one included. */
  readonly registeredSccp: number;
  readonly registeredSip: number;
}

/** Its registration ended. */
export interface DeviceUnregistered extends AboutRegistration {
  readonly type: 'device.unregistered';
  readonly reason: EndReason;
  /** Milliseconds from its Register. */
  readonly lasted: number;
  readonly keepAlives: number;
}

/** An attempt was refused. `device` is the name that the phone gave, which may be unknown. */
export interface DeviceRejected extends RefusalDetails {
  readonly type: 'device.rejected';
  readonly at: Instant;
  readonly device: string;
  readonly protocol: Protocol;
  readonly transport: Transport;
  readonly address: string;
  readonly port: number;
  readonly link: number;
  readonly typeId: number | undefined;
  readonly reason: RefusalReason;
}

/**
 * Two phones use one name. Published at the fourth change within minutes, and again every ten minutes while it goes
 * on.
 */
export interface DeviceNameShared {
  readonly type: 'device.name-shared';
  readonly at: Instant;
  readonly device: DeviceName;
  /** `address:port` of the last two that had it, the present one second. */
  readonly first: string;
  readonly second: string;
  readonly changes: number;
  /** Milliseconds since the first of them. */
  readonly lasted: Duration;
  /** Two addresses, or an end that came back; otherwise it may be one phone that begins again and again. */
  readonly isCertain: boolean;
}

/** A phone was let in that gives a device type of no model: it stands for the one that is configured. */
export interface DeviceTypeUnknown {
  readonly type: 'device.type-unknown';
  readonly at: Instant;
  readonly device: DeviceName;
  readonly typeId: number;
  /** The model's. */
  readonly configured: number;
}

/** A phone reported something about itself: an alarm, its location, its headset. */
export interface DeviceReported {
  readonly type: 'device.reported';
  readonly at: Instant;
  readonly device: DeviceName;
  readonly facts: Readonly<Record<string, string | number | boolean>>;
}

/** A phone said why it was out of service: in the text or Reason of its registration, or in an XML alarm. */
export interface DeviceOutOfService extends OutOfServiceReport {
  readonly type: 'device.out-of-service';
  readonly at: Instant;
  readonly device: DeviceName;
}

/** A phone reported that it begins to download a load, has downloaded it, or could not. */
export interface DeviceLoad extends LoadReport {
  readonly type: 'device.load';
  readonly at: Instant;
  readonly device: DeviceName;
}

/** The device received its configuration file, as it was made then. */
export interface DeviceGiven {
  readonly type: 'device.given';
  readonly at: Instant;
  readonly device: DeviceName;
  readonly file: string;
  /** The version stamp in the file. */
  readonly stamp: string;
  readonly transport: FileFact['transport'];
}

/** Somebody sent the phone its protocol's own command. */
export interface DeviceCommanded {
  readonly type: 'device.commanded';
  readonly at: Instant;
  readonly device: DeviceName;
  readonly command: DeviceCommand;
  /** Absent: its owner wished it. */
  readonly because?: CommandReason;
}

/** `auto-registered`: it is to fetch the file that it has now. */
export type CommandReason = 'auto-registered';

/** A command that both protocols have. */
export type DeviceCommand = 'reset' | 'restart' | 'apply';

/** The messages of one of its lines are others: its lamp is told. Of a shared line each device has such an event. */
export interface DeviceMessages extends LineMessages {
  readonly type: 'device.messages';
  readonly at: Instant;
  readonly device: DeviceName;
  readonly dn: DirectoryNumber;
  readonly by: MessagesSetter;
}

/** Who has set a feature. */
interface FeatureSetter {
  /** `phone`: a key of a phone. `cli`: a command of labcm. `api`: any other client of the API. */
  readonly by: string;
  /** The phone whose key it was. */
  readonly byDevice?: string;
}

/** A line of the device forwards otherwise than before. A number that stands on several devices is told of each. */
export interface DeviceForwardSet extends FeatureSetter {
  readonly type: 'device.forward-set';
  readonly at: Instant;
  readonly device: DeviceName;
  readonly dn: DirectoryNumber;
  readonly kind: ForwardName;
  /** Absent: not any more. */
  readonly to?: string;
}

/** The user of the device does not want to be disturbed, or does again. */
export interface DeviceDoNotDisturbSet extends FeatureSetter {
  readonly type: 'device.do-not-disturb-set';
  readonly at: Instant;
  readonly device: DeviceName;
  readonly doNotDisturb: DoNotDisturb | 'off';
}

/** DHCP gave the device an address, or its lease ended. */
export interface DeviceLeased {
  readonly type: 'device.leased' | 'device.lease-ended';
  readonly at: Instant;
  readonly device: DeviceName;
  readonly address: string;
}

/** The events of devices. */
export type DeviceEvent =
  | DeviceConfigured
  | DeviceAutoRegistered
  | DeviceRegistering
  | DeviceRegistered
  | DeviceUnregistered
  | DeviceRejected
  | DeviceSecurityChanged
  | DeviceNameShared
  | DeviceTypeUnknown
  | DeviceReported
  | DeviceOutOfService
  | DeviceLoad
  | DeviceGiven
  | DeviceCommanded
  | DeviceMessages
  | DeviceForwardSet
  | DeviceDoNotDisturbSet
  | DeviceLeased;

/** The events that may change whether a device is there, or the state of its registration. */
export const DEVICE_STATE_EVENTS = [
  ...DEVICE_CONFIGURED,
  'device.auto-registered',
  'device.registering',
  'device.registered',
  'device.partially-registered',
  'device.unregistered',
  'device.rejected',
] as const satisfies readonly DeviceEvent['type'][];
