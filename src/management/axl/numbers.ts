// Directory numbers as AXL sees them: those that phones have, and those that AXL has written and no phone has yet. labcm has
// one numbering plan: a number is in one route partition, which has no effect.

import type { DirectoryNumber } from '../../core/identifiers.js';
import type { DeviceRecord, Line } from '../../devices/index.js';
import type { AxlReference } from './fields.js';
import type { AxlView, KeptRow } from './sources.js';

/** A directory number. */
export interface AxlNumber {
  readonly pattern: string;
  readonly uuid: string;
  /** What AXL has written of it. */
  readonly row: KeptRow | undefined;
  /** The devices that have it. */
  readonly devices: readonly DeviceRecord[];
}

/** The value of a row of a line that holds the UUID of its partition. */
export const PARTITION = 'routePartition';

/** The UUID of a number. */
export const lineUuidOf = (view: AxlView, pattern: string): string =>
  view.sources.kept.byName('line', pattern)?.uuid ?? view.rowUuid('line', pattern);

/** The partition of a number. */
export const partitionOf = ({ sources: { kept } }: AxlView, pattern: string): AxlReference | undefined => {
  const uuid = kept.byName('line', pattern)?.values[PARTITION];
  return uuid === undefined ? undefined : kept.byUuid(uuid);
};

/** The number of a pattern. `undefined`: no phone has it, and AXL has written nothing of it. */
export const numberOf = (view: AxlView, pattern: string): AxlNumber | undefined => {
  const row = view.sources.kept.byName('line', pattern);
  const devices = view.sources.devices.byDirectoryNumber(pattern as DirectoryNumber);
  return row === undefined && devices.length === 0
    ? undefined
    : { pattern, uuid: row?.uuid ?? view.rowUuid('line', pattern), row, devices };
};

/** The line of the first device that has the number. What it forwards is the same on all of them. */
export const lineOfNumber = ({ pattern, devices: [first] }: AxlNumber): Line | undefined =>
  first?.configured.lines.find(({ dn }) => dn === pattern);

/** A pattern as labcm has it: AXL may write the plus sign with a stroke before it. */
export const patternOf = (given: string): string => given.replace(/^\\\+/, '+');
