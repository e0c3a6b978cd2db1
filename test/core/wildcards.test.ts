// Names by a pattern.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isWildcard, matchesWildcard } from '../../src/core/wildcards.js';

describe('a pattern of names', () => {
  it.each([
    ['SEP0050*', 'SEP005056A1033D', true],
    ['sep0050*', 'SEP005056A1033D', true],
    ['*033d', 'SEP005056A1033D', true],
    ['*50*10*D', 'SEP005056A1033D', true],
    ['SEP00505?A1033D', 'SEP005056A1033D', true],
    ['*', '', true],
    ['**', 'anything', true],
    ['a*b', 'aXbXb', true],
    ['SEP0050', 'SEP005056A1033D', false],
    ['?', '', false],
    ['a*b', 'aXc', false],
    ['.*', 'SEP', false],
    ['', 'SEP', false],
  ])('%j and %j: %s', (pattern, name, matches) => {
    expect(matchesWildcard(pattern, name)).toBe(matches);
  });

  it('is known by its stars and question marks', () => {
    expect(['SEP*', 'SEP?', 'SEP'].map(isWildcard)).toEqual([true, true, false]);
  });

  it('costs little, however many stars, and however long what stands between them', () => {
    expect(matchesWildcard(`${'*a'.repeat(10_000)}b`, 'a'.repeat(10_000))).toBe(false);
    expect(matchesWildcard(`*${'a'.repeat(100_000)}c*`, 'a'.repeat(200_000))).toBe(false);
    expect(matchesWildcard('*'.repeat(1_000_000), 'a'.repeat(200_000))).toBe(true);
  });

  it('means what the same regular expression means', () => {
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', 'A', '*', '?'), maxLength: 12 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'B'), maxLength: 12 });
    fc.assert(
      fc.property(pattern, text, (wanted, given) => {
        const expression = wanted.replaceAll('?', '.').replaceAll(/\*+/g, '.*');
        expect(matchesWildcard(wanted, given)).toBe(new RegExp(`^(?:${expression})$`, 'i').test(given));
      }),
      { numRuns: 2_000 },
    );
  });
});
