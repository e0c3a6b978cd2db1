// The small enumerations of `sccp.md` §9, each a table of name and number. The long ones have files of their own.

import { modelById } from '../devices/index.js';
import type { Names } from './layout.js';

/** A table that gives numbers to code and names to traces. */
export type Enumeration<T extends Readonly<Record<string, number>>> = T & Names;

/** `nameOf` is not one of the table's own entries: it is not enumerable. */
export const enumeration = <const T extends Readonly<Record<string, number>>>(table: T): Enumeration<T> => {
  const names = new Map(Object.entries(table).map(([name, value]) => [value, name] as const));
  const withNames = Object.defineProperty({ ...table }, 'nameOf', { value: (value: number) => names.get(value) });
  return Object.freeze(withNames) as Enumeration<T>;
};

/** Device types are the rows of the model table (`sccp.md` §9.1). */
export const DEVICE_TYPES: Names = { nameOf: (id) => modelById(id)?.name };

/** §9.12 */
export const ALARM_SEVERITIES = enumeration({
  Critical: 0,
  Warning: 1,
  Informational: 2,
  Unknown: 4,
  Major: 7,
  Minor: 8,
  Marginal: 10,
  TraceInfo: 20,
});

/** §9.10 */
export const RESET_TYPES = enumeration({ Reset: 1, Restart: 2, ApplyConfig: 3 });
export const UNREGISTER_STATUS = enumeration({ OK: 0, Error: 1, NAK: 2 });
export const UNREGISTER_REASONS = enumeration({ Unknown: 0, PowerSave: 1 });

/** §9.13 */
export const IP_ADDRESS_TYPES = enumeration({ IPv4: 0, IPv6: 1, IPv4AndIPv6: 2, Invalid: 3 });
