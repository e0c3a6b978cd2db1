// Comments of a capture file: what is in them may come from a phone.

/** Octets of the longest comment (`docs/protocols/explain.md` §5). */
export const MOST_COMMENT_OCTETS = 500;

const ELLIPSIS = '…';

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/gu;

const escaped = (character: string): string => {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xff ? `\\u${code.toString(16).padStart(4, '0')}` : `\\x${code.toString(16).padStart(2, '0')}`;
};

/**
 * The octets of a comment: UTF-8, at most `most`. Control characters, those that turn the direction of writing, and lone
 * surrogates become escapes such as `\x1b`. A line feed stays. A longer text is cut between two characters and ends in
 * `…`.
 */
export const commentOctets = (text: string, most = MOST_COMMENT_OCTETS): Buffer => {
  const octets = Buffer.from(text.replace(CONTROLS, escaped), 'utf8');
  if (octets.length <= most) return octets;
  let end = most - Buffer.byteLength(ELLIPSIS);
  while (end > 0 && ((octets[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return Buffer.concat([octets.subarray(0, end), Buffer.from(ELLIPSIS)]);
};
