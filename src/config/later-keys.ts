// Keys that the specification of calls has and this release does not serve yet (`docs/protocols/calls.md` §5.7). Whoever
// writes one is to hear that, and not that labcm knows no such key.

import type { Path } from './yaml-source.js';

/** By the place of their mapping, without the indexes of lists. */
const LATER_KEYS: Readonly<Record<string, readonly string[]>> = {
  calls: ['announce', 'nat', 'g722', 'maxCallDuration'],
  'devices.lines': ['urgent'],
  // A row of a file of devices is a device by itself.
  lines: ['urgent'],
};

/** Whether the key at `path` is one of them. */
export const isServedLater = (path: Path): boolean => {
  const place = path.slice(0, -1).filter((step) => !/^\d+$/.test(String(step)));
  const keys = Object.hasOwn(LATER_KEYS, place.join('.')) ? LATER_KEYS[place.join('.')] : undefined;
  return keys?.includes(String(path.at(-1))) === true;
};
