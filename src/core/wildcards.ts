// Names by a pattern, as a shell has it: `*` for anything, `?` for one character, in any case.

/** Whether there is anything in the text that makes it a pattern. */
export const isWildcard = (text: string): boolean => /[*?]/.test(text);

/** In time proportional to both lengths multiplied, whatever the pattern. */
export const matchesWildcard = (pattern: string, text: string): boolean => {
  const wanted = pattern.toLowerCase();
  const given = text.toLowerCase();
  let at = 0;
  let next = 0;
  /** Behind the last `*`, and where what it stands for ends for now. */
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
