// What is kept of others' messages weighs what it says: a text cut out of a message would keep the whole of it in memory,
// and somebody may say very much.

const LONGEST = 255;

/** The text, cut to a line or two, in memory of its own. */
export const detachedText = (text: string): string => Buffer.from(text.slice(0, LONGEST)).toString();

/** The event with texts of its own. */
export const detached = <T>(value: T): T => copied(value) as T;

const copied = (value: unknown): unknown => {
  if (typeof value === 'string') return detachedText(value);
  if (Array.isArray(value)) return value.slice(0, MOST_ENTRIES).map(copied);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, MOST_ENTRIES)
      .map(([name, part]) => [name, copied(part)]),
  );
};

/** Events have fewer; lists in them may be long. */
const MOST_ENTRIES = 32;
