// Text of peers as people may see it: on a terminal, in a page, in a comment of a capture.

/** Control characters, line ends, and the marks that turn the direction of writing (Unicode UAX #9). */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;

/** The text on one line, with every character that could change how it is read as `\u{…}`. */
export const shown = (text: string): string =>
  text.replace(UNSAFE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16).toUpperCase()}}`);

const LONGEST_QUOTED = 48;

/** A value that a phone chose, quoted and cut to what fits into a sentence. */
export const quoted = (value: string): string => {
  const text = value.length <= LONGEST_QUOTED ? value : `${value.slice(0, LONGEST_QUOTED - 1)}…`;
  return `"${shown(text).replaceAll('"', "'")}"`;
};
