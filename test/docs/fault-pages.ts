// The table of faults for `docs/faults.md`.

import { FAULT_NAMES, faultRow, WIRE_PLACES } from '../../src/injection/settings.js';
import { markdownTable } from './markdown.js';

/** One row for each fault. */
export const faultTable = (): string =>
  markdownTable(
    ['fault', 'where', 'meets', 'needs', 'takes', 'does'],
    FAULT_NAMES.map((name) => {
      const { where, directions, needs = [], takes = [], about } = faultRow(name);
      const isOnWire = where.length === WIRE_PLACES.length && WIRE_PLACES.every((place) => where.includes(place));
      const coded = (keys: readonly string[]): string => keys.map((key) => `\`${key}\``).join(', ') || '-';
      return [
        `\`${name}\``,
        isOnWire ? '`all`' : coded(where),
        directions.join(', '),
        coded(needs),
        coded(takes),
        about,
      ];
    }),
  );
