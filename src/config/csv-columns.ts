// Reads the header of a table of devices: columns are keys of the YAML in any case, or columns of Cisco's Bulk
// Administration Tool (BAT).

import { parseMacAddress } from '../core/identifiers.js';
import { deviceSchema } from './device-schema.js';
import { knowsPath, spelledPath } from './schema-errors.js';
import type { Path } from './yaml-source.js';

/** Where a column's values go in a device, and how a cell is read. */
export interface Column {
  readonly path: Path;
  readonly read: (cell: string) => unknown;
}

/** The columns of a table. */
export interface Header {
  /** By position; `undefined`: a column that is not read. */
  readonly columns: readonly (Column | undefined)[];
  /** Whether some columns have names of the Bulk Administration Tool. */
  readonly bulk: boolean;
  /** The names of columns that are not read; columns without a name are left out. */
  readonly unknown: readonly string[];
}

/** Reads the names of a header. */
export const readHeader = (names: readonly string[]): Header => {
  const named = names.some((name) => foldColumn(name) === 'devicename');
  const columns = names.map((name) => columnOf(name) ?? bulkColumnOf(name, named));
  return {
    columns,
    bulk: names.some((name) => columnOf(name) === undefined && bulkColumnOf(name, named) !== undefined),
    unknown: names.filter((name, index) => columns[index] === undefined && name !== ''),
  };
};

/** Letters and digits only, in lower case: `Speed Dials` equals `speedDials`. */
const foldColumn = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

const columnOf = (name: string): Column | undefined => {
  const steps = name.split('.').map((step) => (/^\d{1,3}$/.test(step) ? Number(step) : step));
  const path = knowsPath(deviceSchema, steps) ? steps : spelledPath(deviceSchema, steps, foldColumn);
  return path === undefined ? undefined : { path, read: READERS.get(path.join('.')) ?? String };
};

/** Reads `a;b` or `a|b`; an item `x=y` becomes an object with the keys `first` and `second`. */
const list =
  (first: string, second: string) =>
  (cell: string): unknown =>
    cell.split(/[;|]/).map((item) => {
      const [one = '', other] = item.split(/=([\s\S]*)/);
      return other === undefined ? one.trim() : { [first]: one.trim(), [second]: other.trim() };
    });

const READERS: ReadonlyMap<string, Column['read']> = new Map([
  ['lines', list('dn', 'label')],
  ['speedDials', list('number', 'label')],
  ['serviceUrls', list('name', 'url')],
  ['modules', (cell: string) => cell.split(/[;|]/)],
]);

/** The tool writes the hardware address without `SEP`. */
const nameOfMac = (cell: string): string => {
  const mac = parseMacAddress(cell);
  return mac === undefined ? cell : `SEP${mac}`;
};

/** The tool's columns by their folded names; those of lines and speed dials without their number. */
const BULK: Readonly<Record<string, Path>> = {
  devicename: ['name'],
  devicetype: ['model'],
  deviceprotocol: ['protocol'],
  phoneloadname: ['load'],
  owneruserid: ['ownerUserId'],
  directorynumber: ['lines', 0, 'dn'],
  linetextlabel: ['lines', 0, 'label'],
  display: ['lines', 0, 'displayName'],
  externalphonenumbermask: ['lines', 0, 'externalMask'],
  maximumnumberofcalls: ['lines', 0, 'maxCalls'],
  busytrigger: ['lines', 0, 'busyTrigger'],
  speeddialnumber: ['speedDials', 0, 'number'],
  speeddiallabel: ['speedDials', 0, 'label'],
};

/** `named`: another column has the device name, so the hardware address is only that. */
const bulkColumnOf = (name: string, named: boolean): Column | undefined => {
  const folded = foldColumn(name);
  if (folded === 'macaddress') return named ? { path: ['mac'], read: String } : { path: ['name'], read: nameOfMac };
  const [, stem = '', number] = /^([a-z]+?)(\d{1,3})?$/.exec(folded) ?? [];
  const path = Object.hasOwn(BULK, stem) ? BULK[stem] : undefined;
  if (path === undefined || (number !== undefined && path.length === 1)) return undefined;
  const index = Number(number ?? 1) - 1;
  return index < 0 ? undefined : { path: path.map((step) => (typeof step === 'number' ? index : step)), read: String };
};
