// Finds the name that was meant by a misspelled one. It tries all possible slips, so that it takes no longer among
// forty thousand names than among two.

const LETTERS = [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ._-'];
const LONGEST = 16;

/**
 * A name that `exists` and differs from `name`, in upper case, by one character (added, missing or another), or by two
 * neighbours that are swapped. `undefined`: there is none.
 */
export const nearestName = (name: string, exists: (candidate: string) => boolean): string | undefined => {
  if (name.length > LONGEST) return undefined;
  for (const candidate of slips(name)) if (candidate !== name && exists(candidate)) return candidate;
  return undefined;
};

/** More names than these, all of them equally near, help nobody. */
export const MOST_NEAR = 3;

/** All of these names: each is as near as the others. None if there are more than `MOST_NEAR`. */
export const nearestNames = (name: string, exists: (candidate: string) => boolean): readonly string[] => {
  const found = new Set<string>();
  if (name.length > LONGEST) return [];
  for (const candidate of slips(name)) {
    if (candidate === name || found.has(candidate) || !exists(candidate)) continue;
    if (found.size === MOST_NEAR) return [];
    found.add(candidate);
  }
  return [...found].sort();
};

function* slips(name: string): Iterable<string> {
  for (let at = 0; at <= name.length; at += 1) {
    const [head, tail] = [name.slice(0, at), name.slice(at)];
    const rest = tail.slice(1);
    if (tail.length > 1) yield `${head}${tail[1]}${tail[0]}${tail.slice(2)}`;
    if (tail !== '') yield head + rest;
    for (const letter of LETTERS) {
      if (tail !== '') yield head + letter + rest;
      yield head + letter + tail;
    }
  }
}
