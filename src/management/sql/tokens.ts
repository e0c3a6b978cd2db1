// Divides a statement of Informix into tokens.

/** A token. Comments and white space are none. */
export interface SqlToken {
  readonly kind: 'word' | 'number' | 'string' | 'quoted' | 'sign';
  /** As it was written. */
  readonly text: string;
  /** Of words in lower case, so that they can be compared. */
  readonly word: string;
}

const SPACE = /\s+/y;
const WORD = /[A-Za-z_][A-Za-z0-9_$]*/y;
const NUMBER = /\d+(?:\.\d+)?/y;
const SIGN = /==|<>|!=|<=|>=|\|\||[-+*/%=<>(),.;]/y;

/** What begins a comment, and what ends it. */
const COMMENTS = [
  ['--', '\n'],
  ['/*', '*/'],
  ['{', '}'],
] as const;
const QUOTES = { "'": 'string', '"': 'quoted' } as const;

/** The tokens in their order. `undefined`: something in it is no SQL, or has no end. */
export const tokensOf = (statement: string): readonly SqlToken[] | undefined => {
  const tokens: SqlToken[] = [];
  let at = 0;
  const matched = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(statement)?.[0];
  };
  while (at < statement.length) {
    const space = matched(SPACE);
    if (space !== undefined) {
      at += space.length;
      continue;
    }
    const comment = COMMENTS.find(([begin]) => statement.startsWith(begin, at));
    if (comment !== undefined) {
      const [begin, end] = comment;
      const closed = statement.indexOf(end, at + begin.length);
      if (closed === -1 && end !== '\n') return undefined;
      at = closed === -1 ? statement.length : closed + end.length;
      continue;
    }
    const quote = statement.charAt(at);
    if (quote === "'" || quote === '"') {
      const end = endOfQuoted(statement, at, quote);
      if (end === undefined) return undefined;
      tokens.push({ kind: QUOTES[quote], text: statement.slice(at, end), word: '' });
      at = end;
      continue;
    }
    const word = matched(WORD);
    const number = word === undefined ? matched(NUMBER) : undefined;
    const text = word ?? number ?? matched(SIGN);
    if (text === undefined) return undefined;
    const kind = word !== undefined ? 'word' : number !== undefined ? 'number' : 'sign';
    tokens.push({ kind, text, word: text.toLowerCase() });
    at += text.length;
  }
  return tokens;
};

/** The place after the closing quote. A quote within is written twice. */
const endOfQuoted = (statement: string, begin: number, quote: string): number | undefined => {
  for (let at = begin + 1; ; at += 2) {
    at = statement.indexOf(quote, at);
    if (at === -1) return undefined;
    if (statement.charAt(at + 1) !== quote) return at + 1;
  }
};
