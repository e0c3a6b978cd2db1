import type { DeviceName } from '../core/identifiers.js';

const PREFIX = 'node:';

/** Another node of the cluster as the device of the legs that end there: no device and no trunk can be called so. */
export const nodeDevice = (node: string): DeviceName => `${PREFIX}${node}` as DeviceName;

/** The node behind such a name; `undefined`: it is that of a device or of a trunk. */
export const nodeOfDevice = (device: string): string | undefined =>
  device.startsWith(PREFIX) ? device.slice(PREFIX.length) : undefined;
