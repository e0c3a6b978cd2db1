// Patterns of a dial plan in CUCM's syntax (`docs/protocols/calls.md` §5.2): parsed once, then matched against what has been
// dialled so far, with the question whether more digits could still match.

/** One position of a pattern: the characters that it takes, and how often. */
interface Item {
  readonly characters: ReadonlySet<string>;
  readonly repeats: 'once' | 'one-or-more' | 'zero-or-more';
  /** Of all items that match, the one that takes fewer characters is more specific. */
  readonly breadth: number;
}

export interface Pattern {
  readonly text: string;
  readonly items: readonly Item[];
  /** How many items stand before the first `.`; `undefined`: there is none. */
  readonly dot: number | undefined;
}

/** How a text stands to a pattern. `canGrow`: a longer text that begins with this one would match. */
export interface PatternMatch {
  readonly matches: boolean;
  readonly canGrow: boolean;
}

const DIGITS = '0123456789';
const LITERALS = /^[0-9*#A-Da-d+]$/;
const X: ReadonlySet<string> = new Set(DIGITS);
/** Broader than any class. */
const ANY_NUMBER = 100;

/**
 * Parses a pattern of digits, `*`, `#`, `A` to `D`, `X`, classes such as `[2-9]` and `[^3]`, `!`, `?`, `+`, `\+` and the
 * separator `.`. Returns a sentence about what is wrong where it is none.
 */
export const parsePattern = (text: string): Pattern | string => {
  const items: Item[] = [];
  let dot: number | undefined;
  for (let at = 0; at < text.length; ) {
    const character = text.charAt(at);
    if (character === '.') {
      dot ??= items.length;
      at += 1;
    } else if (character === '@') return '`@` stands for a national numbering plan, of which labcm has none';
    else if (character === '!') {
      items.push({ characters: X, repeats: 'one-or-more', breadth: ANY_NUMBER });
      at += 1;
    } else if (character === '?' || character === '+') {
      const last = items.pop();
      if (last === undefined) return `\`${character}\` repeats the item before it, and there is none`;
      items.push({ ...last, repeats: character === '?' ? 'zero-or-more' : 'one-or-more', breadth: ANY_NUMBER });
      at += 1;
    } else if (character === '[') {
      const end = text.indexOf(']', at);
      const characters = end < 0 ? undefined : classOf(text.slice(at + 1, end));
      if (characters === undefined) return 'a class such as `[2-9]` needs its `]`, and digits within';
      items.push({ characters, repeats: 'once', breadth: characters.size });
      at = end + 1;
    } else if (character === 'X' || character === 'x') {
      items.push({ characters: X, repeats: 'once', breadth: X.size });
      at += 1;
    } else {
      const literal = character === '\\' ? text.charAt(at + 1) : character;
      if (!LITERALS.test(literal) || (character === '\\' && literal !== '+')) return `\`${character}\` has no meaning`;
      items.push({ characters: new Set([literal.toUpperCase()]), repeats: 'once', breadth: 1 });
      at += character === '\\' ? 2 : 1;
    }
  }
  return items.length === 0 ? 'it matches nothing' : { text, items, dot };
};

/** The digits of `[…]`; `undefined` where it is no class. */
const classOf = (text: string): ReadonlySet<string> | undefined => {
  const isNegated = text.startsWith('^');
  const listed = new Set<string>();
  const body = isNegated ? text.slice(1) : text;
  for (let at = 0; at < body.length; ) {
    const [, from = '', to] = /^([0-9*#])(?:-([0-9]))?/.exec(body.slice(at)) ?? [];
    if (from === '') return undefined;
    if (to === undefined) listed.add(from);
    else {
      if (!DIGITS.includes(from) || from > to) return undefined;
      for (let digit = Number(from); digit <= Number(to); digit += 1) listed.add(String(digit));
    }
    at += to === undefined ? 1 : 3;
  }
  const characters = isNegated ? new Set([...DIGITS].filter((digit) => !listed.has(digit))) : listed;
  return characters.size === 0 ? undefined : characters;
};

/** Matches `text` as a whole. Costs the product of both lengths at most. */
export const matchPattern = ({ items }: Pattern, text: string): PatternMatch => {
  let places = closure(new Set([0]), items);
  for (const character of text.toUpperCase()) {
    const next = new Set<number>();
    for (const place of places) {
      const item = items[place];
      if (item === undefined || !item.characters.has(character)) continue;
      if (item.repeats !== 'once') next.add(place);
      if (item.repeats !== 'zero-or-more') next.add(place + 1);
    }
    // One-or-more stays where it is once taken: the place after it is reached, too.
    places = closure(next, items);
    if (places.size === 0) return { matches: false, canGrow: false };
  }
  return { matches: places.has(items.length), canGrow: [...places].some((place) => place < items.length) };
};

/** Adds the places that are reached without a character: past items that may be absent. */
const closure = (places: Set<number>, items: readonly Item[]): Set<number> => {
  for (const place of places) if (items[place]?.repeats === 'zero-or-more') places.add(place + 1);
  return places;
};

/** Below 0: `one` is the more specific pattern. Item by item from the left; then the longer one. */
export const compareSpecificity = (one: Pattern, other: Pattern): number => {
  const shared = Math.min(one.items.length, other.items.length);
  for (let place = 0; place < shared; place += 1) {
    const difference = (one.items[place] as Item).breadth - (other.items[place] as Item).breadth;
    if (difference !== 0) return difference;
  }
  return other.items.length - one.items.length;
};

/** How much of `text`, which matches, stands before the pattern's `.`: 0 where it has none. The shortest part that does. */
export const beforeDot = ({ text: written, items, dot }: Pattern, text: string): number => {
  if (dot === undefined) return 0;
  const part = (from: number, to?: number): Pattern => ({
    text: written,
    items: items.slice(from, to),
    dot: undefined,
  });
  const [before, after] = [part(0, dot), part(dot)];
  for (let length = 0; length <= text.length; length += 1)
    if (matchPattern(before, text.slice(0, length)).matches && matchPattern(after, text.slice(length)).matches)
      return length;
  return 0;
};

/** Whether the pattern begins with one certain character: others may match nearly every number. */
export const beginsCertain = ({ items: [first] }: Pattern): boolean =>
  first !== undefined && first.repeats === 'once' && first.breadth === 1;

/** The characters that everything begins with which the pattern matches; `isWhole`: it matches nothing else. */
export const literalHead = ({ items }: Pattern): { readonly text: string; readonly isWhole: boolean } => {
  const end = items.findIndex(({ repeats, breadth }) => repeats !== 'once' || breadth !== 1);
  const head = end === -1 ? items : items.slice(0, end);
  return { text: head.map(({ characters }) => [...characters][0]).join(''), isWhole: end === -1 };
};
