// Finds the devices that a request selects. Forty thousand devices are looked at in slices with turns of the event loop
// between them, so that no phone waits for a script.

import type { DeviceDatabase, DeviceRecord } from '../../devices/index.js';
import { addressOf, deviceClass, downloadOf, protocolOf } from './cm-device.js';
import type { DeviceCriteria } from './criteria.js';
import { deviceStatus, type RisDeviceStatus } from './device-status.js';

/** A device that was selected, and its status at that moment. */
export interface SelectedDevice {
  readonly record: DeviceRecord;
  readonly status: RisDeviceStatus;
}

/** Comparisons in one turn of the event loop: about a millisecond. */
const SLICE = 1_000;

/** The texts of a device by which it can be selected. `undefined`: labcm has no such text. */
const TEXTS: ReadonlyMap<string, (record: DeviceRecord) => readonly string[]> = new Map([
  ['Name', ({ configured }) => [configured.name]],
  ['IPV4Address', (record) => [addressOf(record)]],
  ['DirNumber', ({ configured }) => configured.lines.map(({ dn }) => dn)],
  ['Description', ({ configured }) => [configured.description]],
]);

/** What selects devices. */
export interface SelectionSources {
  readonly devices: Pick<DeviceDatabase, 'devices' | 'byName'>;
  /** Resolves in a later turn of the event loop. */
  pause(): Promise<void>;
  /** A device as it is told of. */
  shown(record: DeviceRecord): DeviceRecord;
  /** Whether a device is of the node that is asked about. */
  isOfNode(record: DeviceRecord): boolean;
}

/** Selects devices in the order of configuration, at most `criteria.most`. */
export const selectDevices = async (
  { devices, pause, shown, isOfNode }: SelectionSources,
  criteria: DeviceCriteria,
): Promise<readonly SelectedDevice[]> => {
  const { items, selectBy, most } = criteria;
  const selected: SelectedDevice[] = [];
  const textsOf = TEXTS.get(selectBy);
  if (textsOf === undefined && items.exact !== 'all') return selected;
  const consider = (known: DeviceRecord): void => {
    const record = shown(known);
    const status = deviceStatus(record);
    if (status === undefined || !isWanted(record, status, criteria) || !isOfNode(record)) return;
    if (items.exact === 'all' || textsOf?.(record).some((text) => items.matches(text)) === true)
      selected.push({ record, status });
  };
  if (selectBy === 'Name' && items.exact !== 'all' && items.patterns === 0) {
    for (const name of items.exact) {
      const record = devices.byName(name);
      if (record !== undefined && selected.length < most) consider(record);
    }
    return selected;
  }
  let compared = 0;
  for (const record of devices.devices()) {
    if (selected.length >= most) break;
    consider(record);
    compared += 1 + items.patterns;
    if (compared < SLICE) continue;
    compared = 0;
    await pause();
  }
  return selected;
};

const isWanted = (record: DeviceRecord, { status }: RisDeviceStatus, criteria: DeviceCriteria): boolean => {
  const { model } = record.configured;
  return (
    (criteria.status === undefined || criteria.status === status) &&
    (criteria.model === undefined || criteria.model === model.id) &&
    (criteria.deviceClass === undefined || criteria.deviceClass === deviceClass(model)) &&
    (criteria.protocol === undefined || criteria.protocol === protocolOf(record)) &&
    (criteria.download === undefined || criteria.download === downloadOf(record))
  );
};
