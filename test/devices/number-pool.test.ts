import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DirectoryNumber } from '../../src/core/identifiers.js';
import { NumberPool } from '../../src/devices/number-pool.js';

const FIRST = 95;
const LAST = 104; // two digits and three: numbers are not compared as text

const given = () => {
  const taken = new Set<string>();
  let looks = 0;
  const numbers = new NumberPool(FIRST, LAST, (dn) => {
    looks += 1;
    return taken.has(dn);
  });
  return {
    numbers,
    taken,
    looks: () => looks,
    free: (dn: string) => {
      if (taken.delete(dn)) numbers.release(dn as DirectoryNumber);
    },
  };
};

const lowestBySearch = (taken: ReadonlySet<string>): string | undefined => {
  for (let number = FIRST; number <= LAST; number += 1) if (!taken.has(String(number))) return String(number);
  return undefined;
};

describe('the lowest free number', () => {
  it('is the one that a search through the range finds, whatever was taken and freed before', () => {
    const number = fc.integer({ min: FIRST - 2, max: LAST + 2 }).map(String);
    const step = fc.oneof(
      fc.record({ act: fc.constantFrom('take', 'free'), number }),
      fc.record({ act: fc.constant('give'), number: fc.constant('') }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const { numbers, taken, free } = given();
        for (const { act, number: dn } of steps) {
          if (act === 'take') taken.add(dn);
          else if (act === 'free') free(dn);
          else {
            const lowest = numbers.lowest();
            expect(lowest).toBe(lowestBySearch(taken));
            if (lowest !== undefined) taken.add(lowest);
          }
        }
        expect(numbers.lowest()).toBe(lowestBySearch(taken));
      }),
    );
  });

  it('stays the lowest until it is taken', () => {
    const { numbers } = given();
    expect([numbers.lowest(), numbers.lowest()]).toEqual(['95', '95']);
  });

  it('heeds no number that is written otherwise', () => {
    const { numbers, taken } = given();
    taken.add('95');
    expect(numbers.lowest()).toBe('96');
    for (const dn of ['095', '95.0', '9 5', '', '+95', '0x5f']) numbers.release(dn as DirectoryNumber);
    expect(numbers.lowest()).toBe('96');
  });

  it('is found by two looks a phone, not by a search: a million numbers, a hundred thousand phones', () => {
    const taken = new Set<string>();
    let looks = 0;
    const numbers = new NumberPool(1_000_000, 1_999_999, (dn) => {
      looks += 1;
      return taken.has(dn);
    });
    for (let phone = 0; phone < 100_000; phone += 1) taken.add(String(numbers.lowest()));
    expect(taken.size).toBe(100_000);
    expect(looks).toBeLessThanOrEqual(200_000);
  });
});
