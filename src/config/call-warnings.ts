// Warnings about numbers of calls that a line has, too: the line comes first (`docs/protocols/calls.md` §5.3).

import { slotsOf } from '../calls/park-range.js';
import type { Config } from './config.js';
import type { KeyProblem } from './key-problem.js';
import type { Path } from './yaml-source.js';

/** One warning for each emergency or service number, each meeting room and each page that is a directory number as well. */
export const callWarnings = ({ calls, devices }: Pick<Config, 'calls' | 'devices'>): readonly KeyProblem[] => {
  if (!calls.enabled) return [];
  const places = new Map<string, readonly [path: Path, what: string]>([
    ...Object.entries(calls.services).map(
      ([name, number]) => [number, [['calls', 'services', name], `the service ${name}`]] as const,
    ),
    ...(slotsOf(calls.conference.rooms ?? '') ?? []).map(
      (number) => [number, [['calls', 'conference', 'rooms'], 'a meeting room']] as const,
    ),
    ...calls.paging.map(({ dn }, index) => [dn, [['calls', 'paging', index, 'dn'], 'a page']] as const),
    ...calls.emergency.map(
      (number, index) => [number, [['calls', 'emergency', index], 'an emergency number']] as const,
    ),
  ]);
  return devices.flatMap(({ name, lines }) =>
    lines.flatMap(({ dn }): KeyProblem[] => {
      const place = places.get(dn);
      if (place === undefined) return [];
      places.delete(dn);
      const [path, what] = place;
      return [
        [path, `${dn}, which is ${what} and a line of ${name}: the line rings`, 'another number for one of them'],
      ];
    }),
  );
};
