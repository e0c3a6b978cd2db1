// Lining sequences up: each item comes once, in its order, and no shorter way is missed.

import { describe, expect, it } from 'vitest';
import { type AlignedPair, align } from '../../src/tapes/alignment.js';

const shown = (left: string, right: string): string =>
  align([...left], [...right])
    .map(({ left: one, right: other }) =>
      one !== undefined && other !== undefined
        ? left[one]
        : one !== undefined
          ? `-${left[one]}`
          : `+${right[other ?? 0]}`,
    )
    .join('');

describe('two sequences', () => {
  it.each([
    ['', '', ''],
    ['abc', 'abc', 'abc'],
    ['abc', '', '-a-b-c'],
    ['', 'abc', '+a+b+c'],
    ['abc', 'axc', 'a-b+xc'],
    ['abcd', 'bcde', '-abcd+e'],
    ['abcabc', 'abc', 'abc-a-b-c'],
    ['xaby', 'xbay', 'x-ab+ay'],
  ])('%j and %j are %j', (left, right, result) => expect(shown(left, right)).toBe(result));

  const check = (left: readonly string[], right: readonly string[], pairs: readonly AlignedPair[]): void => {
    expect(pairs.flatMap((pair) => pair.left ?? []).sort((a, b) => a - b)).toEqual(left.map((_, index) => index));
    expect(pairs.flatMap((pair) => pair.right ?? []).sort((a, b) => a - b)).toEqual(right.map((_, index) => index));
    for (const pair of pairs)
      if (pair.left !== undefined && pair.right !== undefined) expect(left[pair.left]).toBe(right[pair.right]);
  };

  it('of any letters have each item once', () => {
    let seed = 7;
    const draw = (limit: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed % limit;
    };
    for (let round = 0; round < 200; round += 1) {
      const word = (): string[] => Array.from({ length: draw(12) }, () => 'abc'[draw(3)] ?? 'a');
      const [left, right] = [word(), word()];
      check(left, right, align(left, right));
    }
  });

  it('that are very long are lined up by their counts', () => {
    const left = Array.from({ length: 5_000 }, (_, index) => `a${index % 7}`);
    const right = ['first', ...Array.from({ length: 5_000 }, (_, index) => `a${(index + 3) % 7}`), 'last'];
    const pairs = align(['x', ...left, 'y'], right);
    check(['x', ...left, 'y'], right, pairs);
    expect(pairs.filter((pair) => pair.left === undefined).map((pair) => right[pair.right ?? 0])).toEqual([
      'first',
      'a3',
      'a4',
      'last',
    ]);
  });

  it('as long as two tapes are lined up', () => {
    const length = 200_000;
    const left = Array.from({ length }, (_, index) => `left ${index}`);
    const right = Array.from({ length }, () => 'right');
    const pairs = align([...left, 'right', 'right'], [...right, 'x']);
    expect(pairs).toHaveLength(2 * length + 1);
    expect(pairs.filter((pair) => pair.left !== undefined && pair.right !== undefined)).toEqual([
      { left: length, right: 0 },
      { left: length + 1, right: 1 },
    ]);
  });
});
