// Checks the query of a request. An unknown key or value is an error: a filter that is silently ignored would look like
// one that matched.

/** A key of a query. */
export interface QueryRule {
  /** For people who write clients. */
  readonly meaning: string;
  /** Its possible values; absent: any. */
  readonly values?: readonly string[];
  /** The most characters of its value; absent: `LONGEST_VALUE`. */
  readonly longest?: number;
  /** A request without it is refused. */
  readonly isRequired?: true;
  /** Its JSON Schema for the document, where a text or `values` say too little. The route checks it. */
  readonly schema?: { readonly type: 'string' | 'integer' | 'array' } & Readonly<Record<string, unknown>>;
}

/** A longer value is refused: a pattern costs each item of a list time that grows with its length. */
const LONGEST_VALUE = 200;

/** The schema of a key that takes some of these words, with commas between them. */
export const someOf = (words: readonly string[]) =>
  ({ type: 'array', items: { type: 'string', enum: words } }) as const satisfies QueryRule['schema'];

/** How long a text may be that has each of these words once, with commas between them. */
export const lengthOf = (words: readonly string[]): number => words.join(',').length;

/** The keys that a route takes. */
export type QueryRules = Readonly<Record<string, QueryRule>>;

/** What is wrong with a query, as a message for the client; `undefined`: nothing. Case does not matter. */
export const queryFault = (query: Readonly<Record<string, string>>, rules: QueryRules): string | undefined => {
  for (const [key, value] of Object.entries(query)) {
    if (!Object.hasOwn(rules, key)) {
      const known = Object.keys(rules).join(', ');
      return `found ${key}, wanted ${known === '' ? 'no query: this path has none' : `one of ${known}`}`;
    }
    const { values, longest = LONGEST_VALUE } = rules[key] ?? {};
    if (value.length > longest) return `${key}: found ${value.length} characters, wanted at most ${longest}`;
    if (values?.every((one) => one.toLowerCase() !== value.toLowerCase()))
      return `${key}: found ${value}, wanted one of ${values.join(', ')}`;
  }
  return undefined;
};
