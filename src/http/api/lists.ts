// Filters, order, fields and pages of the API's lists. Each list says in one table what may be asked of it (`list-keys.ts`).

import { wildcard } from '../../core/wildcards.js';
import type { ErrorCode } from './errors.js';
import { PAGE_KEYS, pageBounds, pageOf } from './paging.js';
import { lengthOf, type QueryRule, type QueryRules, someOf } from './query.js';

/** By what an item is sorted; `undefined` stands behind all others, whichever way the order goes. */
export type SortValue = string | number | undefined;

/** A filter. `keep` reads the value of the query once and answers for each item. */
export interface ListFilter<T, S> extends QueryRule {
  readonly keep: (wanted: string, sources: S) => (item: T) => boolean;
}

/** What may be asked of a list. `S` is what filters and orders look up besides the item. */
export interface ListKeys<T, S> {
  readonly filters: Readonly<Record<string, ListFilter<T, S>>>;
  readonly sorts: Readonly<Record<string, (item: T, sources: S) => SortValue>>;
  /** The keys of an item in the answer. */
  readonly fields: readonly string[];
}

/** A page of a list, or why there is none. */
export type ListAnswer<T> =
  | {
      readonly valid: true;
      readonly items: readonly T[];
      readonly about: { readonly total: number; readonly offset: number; readonly limit: number };
      /** Leaves an item the keys that `?fields=` names. Its type stays, as that of a body that is sent. */
      readonly only: <J extends object>(json: J) => J;
    }
  | { readonly valid: false; readonly code: ErrorCode; readonly message: string };

/** The query of a route that answers with the list. */
export const listQuery = <T, S>({ filters, sorts, fields }: ListKeys<T, S>): QueryRules => ({
  ...filters,
  sort: {
    meaning: `the order: ${Object.keys(sorts).join(', ')}; with \`-\` before it, the other way round`,
    schema: { type: 'string', enum: Object.keys(sorts).flatMap((key) => [key, `-${key}`]) },
  },
  fields: {
    meaning: `the keys of an item that are wanted, and no others: some of ${fields.join(',')}`,
    schema: someOf(fields),
    longest: lengthOf(fields),
  },
  ...PAGE_KEYS,
});

/** Whether a query filters or sorts, so that the whole list must be looked at. */
export const isNarrowed = <T, S>({ filters }: ListKeys<T, S>, query: Readonly<Record<string, string>>): boolean =>
  Object.keys(query).some((key) => key === 'sort' || Object.hasOwn(filters, key));

/** The page of `items` that a query asks for. `size`: how many there are, where that is known. */
export const listPage = <T, S>(
  keys: ListKeys<T, S>,
  items: Iterable<T>,
  query: Readonly<Record<string, string>>,
  sources: S,
  size?: number,
): ListAnswer<T> => {
  const fault = (code: ErrorCode, message: string): ListAnswer<T> => ({ valid: false, code, message });
  const { sort, fields } = query;
  const key = sort?.replace(/^-/, '');
  if (key !== undefined && !Object.hasOwn(keys.sorts, key))
    return fault(
      'query',
      `sort: found ${sort}, wanted one of ${Object.keys(keys.sorts).join(', ')}, or - and one of them`,
    );
  const wanted = fields === undefined ? undefined : new Set(fields.split(','));
  const stranger = [...(wanted ?? [])].find((field) => !keys.fields.includes(field));
  if (stranger !== undefined)
    return fault('query', `fields: found ${stranger}, wanted some of ${keys.fields.join(', ')}`);
  const bounds = pageBounds(query);
  if (typeof bounds === 'string') return fault('page', bounds);
  const isWhole = !isNarrowed(keys, query);
  const fitting = isWhole ? items : kept(keys, items, query, sources);
  const orderOf = key === undefined ? undefined : keys.sorts[key];
  const sorted =
    orderOf === undefined
      ? fitting
      : sortedBy(fitting, (item) => orderOf(item, sources), sort?.startsWith('-') === true);
  const page = pageOf(sorted, query, isWhole ? size : undefined);
  if (!page.valid) return fault('page', page.message);
  const { items: found, total, offset, limit } = page;
  return {
    valid: true,
    items: found,
    about: { total, offset, limit },
    only: (json) =>
      wanted === undefined
        ? json
        : (Object.fromEntries(Object.entries(json).filter(([name]) => wanted.has(name))) as typeof json),
  };
};

/** The items that the filters of a query leave. Keys that are no filter are ignored. */
export function* kept<T, S>(
  { filters }: ListKeys<T, S>,
  items: Iterable<T>,
  query: Readonly<Record<string, string>>,
  sources: S,
): Iterable<T> {
  const tests = Object.entries(filters).flatMap(([key, { keep }]) => {
    const wanted = query[key];
    return wanted === undefined ? [] : [keep(wanted, sources)];
  });
  for (const item of items) if (tests.every((isKept) => isKept(item))) yield item;
}

/** Sorts by values that are worked out once for each item. Items with the same value keep their order either way. */
const sortedBy = <T>(items: Iterable<T>, orderOf: (item: T) => SortValue, isDescending: boolean): readonly T[] => {
  const sign = isDescending ? -1 : 1;
  return Array.from(items, (item) => ({ item, value: orderOf(item) }))
    .sort(({ value: one }, { value: other }) => {
      if (one === other) return 0;
      if (one === undefined || other === undefined) return one === undefined ? 1 : -1;
      return one < other ? -sign : sign;
    })
    .map(({ item }) => item);
};

/** A filter by a pattern such as `SEP0050*`, in any case. An item with several texts is kept if one of them matches. */
export const like = <T, S>(
  meaning: string,
  textOf: (item: T, sources: S) => string | undefined | readonly string[],
): ListFilter<T, S> => ({
  meaning: `${meaning}; \`*\` and \`?\` as in a shell`,
  keep: (wanted, sources) => {
    const matches = wildcard(wanted);
    return (item) => {
      const text = textOf(item, sources);
      if (text === undefined) return false;
      return typeof text === 'string' ? matches(text) : text.some(matches);
    };
  },
});

/** A filter by one of a few values, in any case. */
export const oneOf = <T, S>(
  meaning: string,
  values: readonly string[],
  wordOf: (item: T, sources: S) => string | undefined,
): ListFilter<T, S> => ({
  meaning,
  values,
  keep: (wanted, sources) => {
    const exact = values.find((value) => value.toLowerCase() === wanted.toLowerCase());
    return (item) => wordOf(item, sources) === exact;
  },
});

/** Sorts texts of any case among each other. */
export const inAnyCase = (text: string | undefined): SortValue => text?.toLowerCase();

/** Sorts directory numbers by length first, as people count: 5001 comes before 10001. */
export const numberOrder = (dn: string | undefined): SortValue =>
  dn === undefined ? undefined : String.fromCharCode(dn.length) + dn;

/** Sorts IPv4 addresses by their octets: 10.0.0.9 comes before 10.0.0.10. */
export const addressOrder = (address: string | undefined): SortValue =>
  address?.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
