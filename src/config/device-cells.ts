// Devices from the command line and from a file of many, as the API takes them: plain values that nobody has checked.

import type { ConfigurationProblem } from '../core/errors.js';
import { type Column, readHeader } from './csv-columns.js';
import { place } from './csv-rows.js';
import { deviceSchema } from './device-schema.js';
import { collectDevicesFile } from './devices-file.js';
import type { Mapping } from './plain-values.js';
import { nearest, topKeys } from './schema-errors.js';

/** A device of cells, or what is wrong with their keys. */
export type CellDevice = { readonly device: Mapping } | { readonly found: string; readonly wanted: string };

/**
 * Makes a device of `key=value`, with keys and values as in a CSV table: `lines=5001;5002=Lobby`, `digest.user=lab`. No
 * value at all takes the key away, if the whole device is not given.
 */
export const deviceOfCells = (settings: readonly string[], isWhole: boolean): CellDevice => {
  const device: Record<string, unknown> = {};
  const header = readHeader(settings.map((setting) => setting.split('=', 1)[0] ?? ''));
  for (const [index, setting] of settings.entries()) {
    const [key = '', ...rest] = setting.split('=');
    if (rest.length === 0) return { found: JSON.stringify(setting), wanted: 'key=value, such as description=Lobby' };
    const column = header.columns[index] ?? mappingColumn(key);
    if (column === undefined) return unknownSetting(key);
    if (!isWhole && column.path.some((step) => typeof step === 'number'))
      return { found: key, wanted: 'the list as a whole, such as lines=5001;5002=Lobby' };
    const cell = rest.join('=');
    place(device, column.path, cell === '' ? null : column.read(cell));
  }
  return { device };
};

const MAPPINGS: ReadonlySet<string> = new Set(['digest', 'vendorConfig']);

/** A mapping can only be taken away as a whole. */
const mappingColumn = (key: string): Column | undefined =>
  MAPPINGS.has(key) ? { path: [key], read: (cell) => cell } : undefined;

const unknownSetting = (key: string): CellDevice => {
  const keys = topKeys(deviceSchema);
  const near = nearest(key, keys);
  return {
    found: `the key ${JSON.stringify(key)}`,
    wanted: near === undefined ? `one of ${keys.join(', ')}` : `${near} (is that what was meant?)`,
  };
};

/** A device of a file, with its line. */
export interface DeviceRow {
  readonly value: unknown;
  readonly line: number | undefined;
}

/** Reads a file of many devices (CSV or JSON) without checking them. */
export const readDeviceRows = async (
  file: string,
): Promise<{
  readonly rows: readonly DeviceRow[];
  readonly faults: readonly ConfigurationProblem[];
  readonly warnings: readonly ConfigurationProblem[];
}> => {
  const rows: DeviceRow[] = [];
  const faults: ConfigurationProblem[] = [];
  const warnings: ConfigurationProblem[] = [];
  const sink = {
    add: (
      value: unknown,
      _path: unknown,
      source: { locate(path: readonly PropertyKey[]): { readonly line?: number } },
    ) => void rows.push({ value, line: source.locate([]).line }),
    addFault: (fault: ConfigurationProblem) => void faults.push(fault),
    addWarning: (warning: ConfigurationProblem) => void warnings.push(warning),
  };
  await collectDevicesFile(file, sink, { file });
  return { rows, faults, warnings };
};
