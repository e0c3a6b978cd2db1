// What a request selects: words, numbers and lists as clients write them, made into one filter with bounds
// (`docs/protocols/apis.md` §4.2).

import { anyWildcard, isWildcard } from '../../core/wildcards.js';
import { SoapFault } from '../soap/fault.js';
import type { ReadCriteria } from './declaration.js';

/** `Any` and nothing at all are not here: they are `undefined`. A word that nobody knows stays, and matches nothing. */
export interface DeviceCriteria {
  readonly most: number;
  readonly deviceClass: string | undefined;
  /** The device type id. */
  readonly model: number | undefined;
  readonly status: string | undefined;
  /** Lower case. `undefined`: all nodes. */
  readonly node: string | undefined;
  readonly selectBy: string;
  readonly items: ItemFilter;
  readonly protocol: string | undefined;
  readonly download: string | undefined;
}

/** Which texts are selected. */
export interface ItemFilter {
  /** Texts that are wanted as they are, in lower case. `all`: every device is. */
  readonly exact: ReadonlySet<string> | 'all';
  /** How many texts with `*` or `?` are compared besides. */
  readonly patterns: number;
  matches(text: string): boolean;
}

/** The two operations for devices. */
export interface SelectKind {
  readonly most: number;
  readonly wildcards: boolean;
}

/** `selectCmDevice`. */
export const PLAIN: SelectKind = { most: 1_000, wildcards: true };
/** `selectCmDeviceExt`: names are exact. */
export const EXTENDED: SelectKind = { most: 2_000, wildcards: false };

/** Items of one request. CUCM takes 1,000. */
const MOST_ITEMS = 2_000;
/** Characters of an item: no name of CUCM is longer (`docs/protocols/apis.md` §5.3). */
const LONGEST_ITEM = 128;
/** Items with a wildcard of one request: each is compared with every device. */
const MOST_PATTERNS = 100;
const ANY_MODEL = 255;

/** Reads the criteria of a request. Throws a `SoapFault` where there are too many items, or a longer one than names are. */
export const readCriteria = (read: Partial<ReadCriteria>, kind: SelectKind): DeviceCriteria => {
  const model = numberIn(read.Model);
  const most = numberIn(read.MaxReturnedDevices) || kind.most;
  return {
    most: Math.min(Number.isNaN(most) ? kind.most : most, kind.most),
    deviceClass: wordIn(read.DeviceClass),
    model: model === ANY_MODEL ? undefined : model,
    status: wordIn(read.Status),
    node: read.NodeName?.toLowerCase(),
    selectBy: read.SelectBy ?? 'Name',
    items: itemFilter(read.SelectItems?.item.flatMap(({ Item = '' }) => Item.split(',')) ?? [], kind),
    protocol: wordIn(read.Protocol),
    download: wordIn(read.DownloadStatus),
  };
};

const wordIn = (word: string | undefined): string | undefined => (word === 'Any' ? undefined : word);

/** `undefined`: nothing was written. What is no number is `NaN`, which no device has. */
const numberIn = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;

/** A script may write each item by itself, or all of them in one with commas. */
const itemFilter = (written: readonly string[], { wildcards }: SelectKind): ItemFilter => {
  const items = written.map((item) => item.trim().toLowerCase()).filter((item) => item !== '');
  if (items.length > MOST_ITEMS) throw new SoapFault('Client', `More than ${MOST_ITEMS} items are selected`);
  if (items.some(({ length }) => length > LONGEST_ITEM))
    throw new SoapFault('Client', `An item has more than ${LONGEST_ITEM} characters`);
  if (wildcards && (items.length === 0 || items.includes('*')))
    return { exact: 'all', patterns: 0, matches: () => true };
  const exact = new Set(items.filter((item) => !wildcards || !isWildcard(item)));
  const patterns = wildcards ? [...new Set(items.filter(isWildcard))] : [];
  if (patterns.length > MOST_PATTERNS)
    throw new SoapFault('Client', `More than ${MOST_PATTERNS} items with * or ? are selected`);
  const matchesOne = anyWildcard(patterns);
  return {
    exact,
    patterns: patterns.length,
    matches: (text) => exact.has(text.toLowerCase()) || matchesOne(text),
  };
};
