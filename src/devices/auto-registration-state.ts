// Numbers for phones that nobody configured: the lowest free one of the range, and the same one for the same device for
// ever, since what was given is kept in a store that survives a restart.

import type { DeviceName, DirectoryNumber } from '../core/identifiers.js';
import { macOfName } from '../core/identifiers.js';
import type { ConfiguredDevice, Protocol } from './device.js';
import type { Model } from './models.js';

/** What must survive a restart. */
export interface AutoRegistered {
  readonly name: DeviceName;
  readonly dn: DirectoryNumber;
  readonly typeId: number;
  readonly protocol: Protocol;
}

/** Where it survives. `remember` returns when the entry is safe. */
export interface AutoRegisteredStore {
  all(): readonly AutoRegistered[];
  remember(entry: AutoRegistered): void;
}

export const forgetfulStore: AutoRegisteredStore = { all: () => [], remember: () => {} };

/** The device that CUCM makes for such a phone: description `Auto <dn>`, one line, the default group (`provisioning.md` §4.6). */
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
    { dn, label: dn, displayName: dn, externalMask: '', voicemail: '', maxCalls: 4, busyTrigger: 2, logMissed: true },
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
});
