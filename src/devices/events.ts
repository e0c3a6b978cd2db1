// What may happen to a device.

import type { DeviceName } from '../core/identity.js';
import type { Instant } from '../core/time.js';

export interface DeviceConfigured {
  readonly type: 'device.added' | 'device.changed' | 'device.removed';
  readonly at: Instant;
  readonly device: DeviceName;
}

export type DeviceEvent = DeviceConfigured;
