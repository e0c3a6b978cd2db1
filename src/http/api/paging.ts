// Cuts a page out of a long list: `?limit=` and `?offset=`.

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

const COUNT = /^\d{1,9}$/;

/** Whether `?limit=` has a value that is allowed. */
export const isLimit = (text: string): boolean => COUNT.test(text) && Number(text) >= 1 && Number(text) <= MAX_LIMIT;

/** Walks the whole list once and keeps only the page. */
export const pageOf = <T>(list: Iterable<T>, query: Readonly<Record<string, string>>): PageAnswer<T> => {
  const { limit: limitText = String(DEFAULT_LIMIT), offset: offsetText = '0' } = query;
  const limit = Number(limitText);
  const offset = Number(offsetText);
  if (!isLimit(limitText)) return { valid: false, message: `limit: found ${limitText}, wanted 1 to ${MAX_LIMIT}` };
  if (!COUNT.test(offsetText)) return { valid: false, message: `offset: found ${offsetText}, wanted 0 or more` };
  const items: T[] = [];
  let total = 0;
  for (const item of list) {
    if (total >= offset && items.length < limit) items.push(item);
    total += 1;
  }
  return { valid: true, items, total, offset, limit };
};
