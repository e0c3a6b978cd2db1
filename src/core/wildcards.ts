// Patterns as in a shell: `*` for anything, `?` for one character. Case does not matter.

/** Whether the text contains `*` or `?`. */
export const isWildcard = (text: string): boolean => /[*?]/.test(text);

/** Whether the whole text matches. Takes time proportional to the product of the lengths, for any pattern. */
export const matchesWildcard = (pattern: string, text: string): boolean => wildcard(pattern)(text);

/** The same for many texts. */
export const wildcard = (pattern: string): ((text: string) => boolean) => {
  const wanted = pattern.toLowerCase();
  return (text) => matches(wanted, text.toLowerCase());
};

/** Both are in lower case. */
const matches = (wanted: string, given: string): boolean => {
  let at = 0;
  let next = 0;
  /** The position behind the last `*`, and the end of the text that it stands for so far. */
  let star = -1;
  let resume = 0;
  while (at < given.length) {
    if (wanted[next] === '*') {
      star = ++next;
      resume = at;
    } else if (next < wanted.length && (wanted[next] === '?' || wanted[next] === given[at])) {
      next += 1;
      at += 1;
    } else if (star >= 0) {
      next = star;
      at = ++resume;
    } else return false;
  }
  while (wanted[next] === '*') next += 1;
  return next === wanted.length;
};
