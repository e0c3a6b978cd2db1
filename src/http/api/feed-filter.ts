// Which events a client of the feed wants.

import { macOfName, parseMacAddress } from '../../core/identifiers.js';
import type { FeedEntry } from './event-ring.js';

/** The events that a client wants. Empty: all. An event must fit each of the three. */
export interface FeedFilter {
  /** Event types, or prefixes of them with `*`: `device.*`. */
  readonly types: readonly string[];
  /** Steps of a timeline: `dhcp`, `registration`… */
  readonly steps: readonly string[];
  /** The name of a device or unknown phone in any case, or its hardware address in any spelling. */
  readonly device: string | undefined;
}

/** Makes the test whether a client wants an event. */
export const filterOf = ({ types, steps, device }: FeedFilter): ((entry: FeedEntry) => boolean) => {
  const exact = new Set(types.filter((type) => !type.endsWith('*')));
  const starts = types.filter((type) => type.endsWith('*')).map((type) => type.slice(0, -1));
  const wanted = new Set(steps);
  const names = device === undefined ? undefined : namesOf(device);
  return ({ type, owner, step }) => {
    if (types.length > 0 && !exact.has(type) && !starts.some((start) => type.startsWith(start))) return false;
    if (wanted.size > 0 && (step === undefined || !wanted.has(step))) return false;
    return names === undefined || (owner !== undefined && names.has(owner));
  };
};

/** A phone that is known by its hardware address alone is meant by the name that has it, too. */
const namesOf = (device: string): ReadonlySet<string> => {
  const names = [device.toUpperCase(), parseMacAddress(device), macOfName(device)];
  return new Set(names.filter((name) => name !== undefined));
};
