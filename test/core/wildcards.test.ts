// Names by a pattern.

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

  it('costs little, however many stars', () => {
    expect(matchesWildcard(`${'*a'.repeat(10_000)}b`, 'a'.repeat(10_000))).toBe(false);
  });
});
