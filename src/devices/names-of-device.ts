// Which names in a certificate stand for which device.

import { type DeviceName, deviceKey } from '../core/identifiers.js';

const PREFIX = 'CP-';
const MODEL = /^[0-9A-Z]+(-EX)?$/;

/**
 * Whether a common name, or another name of a certificate, stands for `device`: it is the device name, or `CP-<model>-` and
 * the device name, as phones of the factory and of CUCM's CAPF have it, whatever the case (`secure.md` §1.3). Nothing else
 * does, and no ending of a name, since device names may hold hyphens themselves.
 */
export const certificateNamesDevice = (name: string, device: DeviceName | string): boolean => {
  const given = name.toUpperCase();
  const wanted = String(deviceKey(device)).toUpperCase();
  if (given === wanted) return true;
  if (!given.startsWith(PREFIX) || !given.endsWith(`-${wanted}`)) return false;
  return MODEL.test(given.slice(PREFIX.length, -(wanted.length + 1)));
};
