// Which firmware loads a device runs, holds, is configured to have and asked for, from everything that is known of it.

import type { DeviceName } from '../core/identifiers.js';
import type { DeviceRecord } from './device.js';

/** The names of a device's loads, as far as they are known, without `.loads`. */
export interface LoadNames {
  readonly device: DeviceName;
  /** What it runs, by its present registration or its last report. */
  readonly running: string | undefined;
  /** The other one that it holds. */
  readonly inactive: string | undefined;
  /** `undefined`: its configuration names none. */
  readonly configured: string | undefined;
  /** The last one that it asked for, by its files or its reports. */
  readonly asked: string | undefined;
  /** The last one whose download it reported as failed, and why. */
  readonly failed: string | undefined;
  readonly failureReason: string | undefined;
  /** Where it downloaded from, as it says. */
  readonly server: string | undefined;
}

const LOADS = /^(?:.*\/)?(.+)\.loads$/i;
/** What a phone without firmware asks for: the name of no load. */
const FACTORY_LOADS = /^term\d+\.default$/i;

/** The loads of a device, from what it registered with, asked for and reported. */
export const loadsOf = (record: DeviceRecord): LoadNames => {
  const { configured, registration, outOfService, loadDownload: download, files } = record;
  const askedFile = files
    .flatMap(({ file }) => LOADS.exec(file)?.[1] ?? [])
    .findLast((name) => !FACTORY_LOADS.test(name));
  const running = registration?.load;
  return {
    device: configured.name,
    running: running === undefined || running === '' ? (outOfService?.load ?? download?.running) : running,
    inactive: outOfService?.inactiveLoad,
    configured: configured.load,
    asked: askedFile ?? download?.asked,
    failed: download?.failed,
    failureReason: download?.failureReason,
    server: download?.server,
  };
};
