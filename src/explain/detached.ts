// Copies of peers' texts. A substring would keep the whole received message in memory, and a peer may send long
// texts.

import { ownText } from '../core/string-pool.js';

const LONGEST = 255;

/** A copy of the text, cut to a line or two. */
export const detachedText = (text: string): string => ownText(text, LONGEST);

/** A copy of an event, with copies of its texts. */
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

/** Events have fewer fields, but lists in them may be long. */
const MOST_ENTRIES = 32;
