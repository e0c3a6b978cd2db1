import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LowestFree, rangesOf, reserveSize, SortedNumbers } from '../../src/cluster/reserve.js';

describe('the size of a reserve', () => {
  it.each([
    [-5, 1],
    [0, 1],
    [9, 1],
    [19, 1],
    [20, 2],
    [1000, 100],
    [2560, 256],
    [1_000_000, 256],
  ])('of %i that are free is %i', (free, size) => {
    expect(reserveSize(free)).toBe(size);
  });
});

describe('sorted numbers', () => {
  it('are what a set of them sorted is', () => {
    const step = fc.record({ adds: fc.boolean(), number: fc.integer({ min: 0, max: 30 }) });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const numbers = new SortedNumbers();
        const set = new Set<number>();
        for (const { adds, number } of steps) {
          if (adds) {
            numbers.add(number);
            set.add(number);
          } else expect(numbers.delete(number)).toBe(set.delete(number));
          const sorted = [...set].sort((a, b) => a - b);
          expect([...numbers]).toEqual(sorted);
          expect([numbers.size, numbers.lowest, numbers.highest]).toEqual([set.size, sorted[0], sorted.at(-1)]);
          expect(numbers.has(number)).toBe(set.has(number));
        }
      }),
    );
  });

  it('are ranges for people', () => {
    expect(rangesOf([1000, 1001, 1002, 1004, 1006, 1007])).toEqual(['1000-1002', '1004', '1006-1007']);
    expect(rangesOf([])).toEqual([]);
  });
});

describe('the lowest free number', () => {
  const RANGES = [
    { first: 5, last: 9 },
    { first: 20, last: 22 },
  ];

  it('is what a search from the beginning finds', () => {
    const step = fc.record({ takes: fc.boolean(), number: fc.integer({ min: 3, max: 24 }) });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const taken = new Set<number>();
        const free = new LowestFree(RANGES, (number) => taken.has(number));
        for (const { takes, number } of steps) {
          if (takes) taken.add(free.lowest() ?? number);
          else if (taken.delete(number)) free.release(number);
          const expected = [5, 6, 7, 8, 9, 20, 21, 22].find((one) => !taken.has(one));
          expect(free.lowest()).toBe(expected);
        }
      }),
    );
  });

  it('is none of no range', () => {
    const free = new LowestFree([], () => false);
    free.release(3);
    expect(free.lowest()).toBeUndefined();
  });
});
