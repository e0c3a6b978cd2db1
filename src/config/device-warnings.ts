// What a device's configuration says and its phone may not take as it was meant. Told by `check` and at the start.

import type { ConfiguredDevice } from '../devices/index.js';
import type { Complaint } from './complaint.js';

export const DEVICE_WARNINGS: readonly ((device: ConfiguredDevice) => readonly Complaint[])[] = [];
