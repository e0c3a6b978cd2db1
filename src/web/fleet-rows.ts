// The fleet in the page: its rows, what is searched in them, and their order. Pure: no browser is needed.

import type { FleetColumn } from '../http/api/fleet-shapes.js';

/** The columns that the page asks for, in the order of `FleetRow`'s values. */
export const COLUMNS = [
  'name',
  'status',
  'why',
  'code',
  'severity',
  'address',
  'model',
  'protocol',
  'load',
  'dn',
  'since',
  'node',
] as const satisfies readonly FleetColumn[];
/** A column that the page has. */
export type PageColumn = (typeof COLUMNS)[number];

/** A device of the fleet. */
export interface FleetDevice {
  readonly cells: readonly (string | number | null)[];
  /** What a filter looks at, in lower case. */
  readonly haystack: string;
  /** Its place in the order of configuration. */
  readonly order: number;
}

const INDEX = Object.fromEntries(COLUMNS.map((column, index) => [column, index])) as Record<PageColumn, number>;

/** A value of a device. */
export const cellOf = (device: FleetDevice, column: PageColumn): string | number | null =>
  device.cells[INDEX[column]] ?? null;

/** The same as text. */
export const textOf = (device: FleetDevice, column: PageColumn): string => String(cellOf(device, column) ?? '');

const SEARCHED: readonly PageColumn[] = [
  'name',
  'dn',
  'address',
  'model',
  'load',
  'code',
  'status',
  'protocol',
  'node',
];

/** A device of a row of `GET /api/fleet`. */
export const fleetDevice = (cells: FleetDevice['cells'], order: number): FleetDevice => ({
  cells,
  order,
  haystack: SEARCHED.map((column) => String(cells[INDEX[column]] ?? ''))
    .join('\n')
    .toLowerCase(),
});

/** The words of a filter as it is typed. Every one must occur. */
export const wordsOf = (filter: string): readonly string[] =>
  filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');

const isSearched = (column: string): column is PageColumn => SEARCHED.includes(column as PageColumn);

/** `status:registered`: that column has exactly this value. */
const hasExactly = (device: FleetDevice, word: string): boolean | undefined => {
  const colon = word.indexOf(':');
  const column = word.slice(0, colon);
  return colon > 0 && isSearched(column) ? textOf(device, column).toLowerCase() === word.slice(colon + 1) : undefined;
};

/**
 * Whether a device has all the words, in its name, numbers, address, model, load, code, status, protocol or node. A word such as
 * `status:registered` is about one of these.
 */
export const fits = (device: FleetDevice, words: readonly string[]): boolean =>
  words.every((word) => device.haystack.includes(word) || hasExactly(device, word) === true);

/** How the table is sorted. `undefined`: in the order of configuration. */
export interface FleetOrder {
  readonly column: PageColumn;
  readonly descending: boolean;
}

const compare = (one: string | number | null, other: string | number | null): number => {
  // What is not known stands behind, whatever the direction.
  if (one === other) return 0;
  return (one ?? '') < (other ?? '') ? -1 : 1;
};

const isEmpty = (value: string | number | null): boolean => value === null || value === '';

/** The devices that fit, in order. */
export const selected = (
  devices: Iterable<FleetDevice>,
  filter: string,
  order: FleetOrder | undefined,
): readonly FleetDevice[] => {
  const words = wordsOf(filter);
  const found: FleetDevice[] = [];
  for (const device of devices) if (fits(device, words)) found.push(device);
  if (order === undefined) return found;
  const { column, descending } = order;
  const index = INDEX[column];
  const sign = descending ? -1 : 1;
  return found.sort((one, other) => {
    const [left = null, right = null] = [one.cells[index], other.cells[index]];
    if (isEmpty(left) !== isEmpty(right)) return isEmpty(left) ? 1 : -1;
    return sign * compare(left, right) || one.order - other.order;
  });
};

/** The next order when a column's head is pressed: ascending, descending, none. */
export const nextOrder = (order: FleetOrder | undefined, column: PageColumn): FleetOrder | undefined => {
  if (order?.column !== column) return { column, descending: false };
  return order.descending ? undefined : { column, descending: true };
};

/** How many devices have each status, the most frequent one first. */
export const countsByStatus = (
  devices: Iterable<FleetDevice>,
): readonly (readonly [status: string, count: number])[] => {
  const counts = new Map<string, number>();
  for (const device of devices) {
    const status = textOf(device, 'status');
    counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  return [...counts].sort(([, one], [, other]) => other - one);
};
