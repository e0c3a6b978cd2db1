// What may stand behind the `?` of a path, and what is wrong with what does. Nothing in it is passed over in silence: a
// filter that nobody knows would otherwise look like one that matched.

/** The keys of a route, each with the values that it may have; absent: any. */
export type QueryRules = Readonly<Record<string, readonly string[] | undefined>>;

/** `?limit=` and `?offset=`, which are checked where the page is made. */
export const PAGE_KEYS: QueryRules = { limit: undefined, offset: undefined };

/** What is wrong with it, for the client; `undefined`: nothing. Values in any case. */
export const queryFault = (query: Readonly<Record<string, string>>, rules: QueryRules): string | undefined => {
  for (const [key, value] of Object.entries(query)) {
    if (!Object.hasOwn(rules, key)) {
      const known = Object.keys(rules).join(', ');
      return `found ${key}, wanted ${known === '' ? 'no query: this path has none' : `one of ${known}`}`;
    }
    const values = rules[key];
    if (values?.every((one) => one.toLowerCase() !== value.toLowerCase()))
      return `${key}: found ${value}, wanted one of ${values.join(', ')}`;
  }
  return undefined;
};
