import { expect, test } from 'vitest';
import { RecentKeys } from '../../src/core/recent-keys.js';
import { instant, milliseconds } from '../../src/core/time.js';

test('a key is recent for the span after it was added last', () => {
  const keys = new RecentKeys(milliseconds(100), 10);
  expect(keys.has('a', instant(0))).toBe(false);
  keys.add('a', instant(0));
  expect(keys.has('a', instant(99))).toBe(true);
  expect(keys.has('b', instant(99))).toBe(false);
  expect(keys.has('a', instant(100))).toBe(false);
  keys.add('a', instant(100));
  expect(keys.has('a', instant(199))).toBe(true);
  expect(keys.size).toBe(1);
});

test('of too many keys the one that was added first goes', () => {
  const keys = new RecentKeys(milliseconds(100), 3);
  for (const key of ['a', 'b', 'c', 'a', 'd']) keys.add(key, instant(0));
  expect(['a', 'b', 'c', 'd'].filter((key) => keys.has(key, instant(1)))).toEqual(['a', 'c', 'd']);
  expect(keys.size).toBe(3);
});
