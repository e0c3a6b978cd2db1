// CUCM's numbers for what a device is, and the names that every phone has.

import type { Protocol } from '../../devices/index.js';
import type { DeviceClass } from '../ris/cm-device.js';
import type { RisDeviceStatus } from '../ris/device-status.js';

/** The classes that labcm's devices have, by their name in RIS. */
export const CLASSES: Readonly<Record<DeviceClass, { readonly number: number; readonly name: string }>> = {
  Phone: { number: 1, name: 'Phone' },
  Gateway: { number: 2, name: 'Gateway' },
  MediaResources: { number: 4, name: 'Conference Bridge' },
  VoiceMail: { number: 8, name: 'Voice Mail' },
};
/** The numbers of the protocols. */
export const PROTOCOLS: Readonly<Record<Protocol, number>> = { SCCP: 0, SIP: 11 };

/** The numbers of the states of a registration. */
export const RIS_STATUSES: Readonly<Record<RisDeviceStatus['status'] | 'Unknown', number>> = {
  Unknown: 0,
  Registered: 1,
  UnRegistered: 2,
  Rejected: 3,
  PartiallyRegistered: 4,
};

export const COMMON_PHONE_PROFILE = 'Standard Common Phone Profile';
export const ONLY_LOCATION = 'Hub_None';

/** As Informix stores what is true. */
export const TRUE = 't';
