// Where each device is configured: file and line, in a few octets each. The places of all keys, which a
// `LocatedConfig` has, would keep the text of the whole configuration in memory.

import { deviceKey } from '../core/identifiers.js';
import type { LocatedConfig } from './load.js';

/** A place in the configuration. */
export interface DevicePlace {
  readonly file: string;
  readonly line?: number | undefined;
  /** The device was added or changed while the daemon ran: a command changes it, no key of the file. */
  readonly isRuntime?: boolean;
}

/** Finds the place of a device by its name in any case. */
export type DevicePlaces = (name: string) => DevicePlace | undefined;

/** Places of no device. */
export const NO_PLACES: DevicePlaces = () => undefined;

/** The configuration file and at most one file of devices. */
const MOST_FILES = 8;

/** Reads the places of all devices once. */
export const devicePlaces = ({ config, locateDevice }: LocatedConfig): DevicePlaces => {
  const files: string[] = [];
  const places = new Map<string, number>();
  for (const { name } of config.devices) {
    const { file, line = 0 } = locateDevice(name, []);
    let index = files.indexOf(file);
    if (index < 0) index = files.push(file) - 1;
    if (index < MOST_FILES) places.set(deviceKey(name), line * MOST_FILES + index);
  }
  return (name) => {
    const place = places.get(deviceKey(name));
    if (place === undefined) return undefined;
    const line = Math.floor(place / MOST_FILES);
    return { file: files[place % MOST_FILES] as string, line: line === 0 ? undefined : line };
  };
};
