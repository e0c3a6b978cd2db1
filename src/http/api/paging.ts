// Cuts a page out of a long list: `?limit=` and `?offset=`.

import type { QueryRules } from './query.js';

/** A page, or what is wrong with the query. */
export type PageAnswer<T> =
  | {
      readonly valid: true;
      readonly items: readonly T[];
      readonly total: number;
      readonly offset: number;
      readonly limit: number;
    }
  | { readonly valid: false; readonly message: string };

/** The length of a page without `?limit=`. */
export const DEFAULT_LIMIT = 100;
/** The longest page. */
export const MAX_LIMIT = 1_000;

/** The keys that `pageBounds` reads. */
export const PAGE_KEYS = {
  limit: {
    meaning: `how many at most: 1 to ${MAX_LIMIT}, else ${DEFAULT_LIMIT}`,
    schema: { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT },
  },
  offset: {
    meaning: 'how many to leave out before them, else 0',
    schema: { type: 'integer', minimum: 0, default: 0 },
  },
} as const satisfies QueryRules;

const COUNT = /^\d{1,9}$/;

const isLimit = (text: string): boolean => COUNT.test(text) && Number(text) >= 1 && Number(text) <= MAX_LIMIT;

/** Where a page begins and how long it is; a text is what is wrong with the query. */
export const pageBounds = (
  query: Readonly<Record<string, string>>,
): { readonly limit: number; readonly offset: number } | string => {
  const { limit = String(DEFAULT_LIMIT), offset = '0' } = query;
  if (!isLimit(limit)) return `limit: found ${limit}, wanted 1 to ${MAX_LIMIT}`;
  if (!COUNT.test(offset)) return `offset: found ${offset}, wanted 0 or more`;
  return { limit: Number(limit), offset: Number(offset) };
};

/** Keeps only the page. `size`: the length of the list; without it, the whole list is walked to count it. */
export const pageOf = <T>(list: Iterable<T>, query: Readonly<Record<string, string>>, size?: number): PageAnswer<T> => {
  const bounds = pageBounds(query);
  if (typeof bounds === 'string') return { valid: false, message: bounds };
  const { limit, offset } = bounds;
  const items: T[] = [];
  let total = 0;
  for (const item of list) {
    if (size !== undefined && (offset >= size || items.length === limit)) break;
    if (total >= offset && items.length < limit) items.push(item);
    total += 1;
  }
  return { valid: true, items, total: size ?? total, offset, limit };
};
