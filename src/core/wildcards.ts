// Patterns as in a shell, `*` for anything and `?` for one character, or as in SQL, `%` and `_`. Case does not matter.

/** Whether the text contains `*` or `?`. */
export const isWildcard = (text: string): boolean => /[*?]/.test(text);

/** Whether the whole text matches. For many texts, `wildcard` reads the pattern once. */
export const matchesWildcard = (pattern: string, text: string): boolean => wildcard(pattern)(text);

/** The test whether a whole text matches. */
export const wildcard = (pattern: string): ((text: string) => boolean) => anyWildcard([pattern]);

/** The test whether a whole text matches one of the patterns. */
export const anyWildcard = (patterns: readonly string[]): ((text: string) => boolean) => {
  const tests = patterns.map((pattern) => lowerCaseTest(pattern, /\*+/, '?'));
  return (text) => {
    const given = text.toLowerCase();
    return tests.some((matches) => matches(given));
  };
};

/** The test whether a whole text matches a pattern of SQL's LIKE. */
export const likePattern = (pattern: string): ((text: string) => boolean) => {
  const matches = lowerCaseTest(pattern, /%+/, '_');
  return (text) => matches(text.toLowerCase());
};

/**
 * The test of a text in lower case. However many signs for anything the pattern has, each of the texts between them is sought
 * once, from where the one before it was found: a place further to the right would leave less for those that follow.
 */
const lowerCaseTest = (pattern: string, anything: RegExp, one: string): ((given: string) => boolean) => {
  const [first = '', ...others] = pattern.toLowerCase().split(anything);
  const last = others.pop();
  const least = others.reduce((sum, piece) => sum + piece.length, first.length + (last?.length ?? 0));
  return (given) => {
    if (last === undefined) return given.length === least && isAt(first, given, 0, one);
    const end = given.length - last.length;
    if (given.length < least || !isAt(first, given, 0, one) || !isAt(last, given, end, one)) return false;
    let at = first.length;
    for (const piece of others) {
      const found = placeOf(piece, given, at, one);
      if (found < 0) return false;
      at = found + piece.length;
    }
    return at <= end;
  };
};

/** Whether a piece of a pattern, where `one` is any character, stands there. */
const isAt = (piece: string, given: string, at: number, one: string): boolean => {
  if (!piece.includes(one)) return given.startsWith(piece, at);
  for (let index = 0; index < piece.length; index += 1)
    if (piece[index] !== one && piece[index] !== given[at + index]) return false;
  return true;
};

/** Where a piece of a pattern stands first, not before `from`; -1: nowhere. */
const placeOf = (piece: string, given: string, from: number, one: string): number => {
  if (!piece.includes(one)) return given.indexOf(piece, from);
  for (let at = from; at + piece.length <= given.length; at += 1) if (isAt(piece, given, at, one)) return at;
  return -1;
};
