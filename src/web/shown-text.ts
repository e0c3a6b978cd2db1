// Text of phones as people may see it: the rule of `src/explain/verdicts/shown-text.ts`. The page imports nothing of the
// daemon, so `test/web/rules-of-the-daemon.test.ts` holds the two against each other.

/** Control characters, line ends, halves of characters, and the marks that turn the direction of writing (Unicode UAX #9). */
const UNSAFE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;
const LINE_END = '\n';

const escaped = (character: string): string => `\\u{${(character.codePointAt(0) ?? 0).toString(16).toUpperCase()}}`;

/** The text on one line, with every character that could change how it is read as `\u{…}`. */
export const shown = (text: string): string => text.replace(UNSAFE, escaped);

/** The same, but line ends stay. */
export const shownLines = (text: string): string =>
  text.replace(UNSAFE, (character) => (character === LINE_END ? character : escaped(character)));
