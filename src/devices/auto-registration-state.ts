// What auto-registration gave to phones that nobody configured. It is kept in a store that survives a restart, so
// that a device always has the same number.

import type { DeviceName, DirectoryNumber } from '../core/identifiers.js';
import { macOfName } from '../core/identifiers.js';
import type { ConfiguredDevice, Protocol } from './device.js';
import { NO_SECURITY } from './device-security.js';
import { NO_FORWARD } from './line-forward.js';
import type { Model } from './models.js';

/** One phone that auto-registration made a device of. Must survive a restart. */
export interface AutoRegistered {
  readonly name: DeviceName;
  readonly dn: DirectoryNumber;
  readonly typeId: number;
  readonly protocol: Protocol;
}

/** Keeps the entries over a restart. `remember` returns when the entry is safe, and throws if it cannot be written. */
export interface AutoRegisteredStore {
  all(): readonly AutoRegistered[];
  remember(entry: AutoRegistered): void;
}

/** A store without memory, for tests and labs. */
export const forgetfulStore: AutoRegisteredStore = { all: () => [], remember: () => {} };

/**
 * The device that CUCM makes for such a phone: description `Auto <dn>`, one line, the default group
 * (`provisioning.md` §4.6).
 */
export const autoRegisteredDevice = (
  { name, dn, protocol }: AutoRegistered,
  model: Model,
  group: string,
): ConfiguredDevice => ({
  name,
  mac: macOfName(name),
  model,
  protocol,
  group,
  description: `Auto ${dn}`,
  lines: [
    {
      ...{
        dn,
        label: dn,
        displayName: dn,
        externalMask: '',
        voicemail: '',
        maxCalls: 4,
        busyTrigger: 2,
        logMissed: true,
      },
      forward: NO_FORWARD,
      pickupGroup: '',
    },
  ],
  speedDials: [],
  serviceUrls: [],
  digest: undefined,
  load: undefined,
  phoneLabel: '',
  ownerUserId: '',
  vendorConfig: {},
  softKeyFile: '',
  dialTemplate: '',
  featurePolicyFile: '',
  modules: [],
  maxProtocolVersion: undefined,
  suspended: false,
  requireTls: false,
  security: NO_SECURITY,
  doNotDisturb: undefined,
});
