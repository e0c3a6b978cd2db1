import { describe, expect, it } from 'vitest';
import { PerSecondBudget } from '../../src/core/rate-limit.js';
import { instant } from '../../src/core/time.js';

const ration = (perSecond: () => number) => {
  const refused: [number, number][] = [];
  return { ration: new PerSecondBudget(perSecond, (count, at) => refused.push([count, at])), refused };
};

const taken = (of: PerSecondBudget, times: number, at: number): number =>
  Array.from({ length: times }, () => of.take(instant(at))).filter(Boolean).length;

describe('a ration', () => {
  it('gives so many a second, and tells of the rest when the second has passed', () => {
    const { ration: ten, refused } = ration(() => 10);
    expect(taken(ten, 25, 5_000)).toBe(10);
    expect(taken(ten, 5, 5_999)).toBe(0);
    expect(refused).toEqual([]);
    expect(taken(ten, 3, 6_000)).toBe(3);
    expect(refused).toEqual([[20, 6_000]]);
    expect(taken(ten, 3, 9_000)).toBe(3);
    expect(refused).toHaveLength(1);
  });

  it('follows its owner at once', () => {
    let most = 1;
    const { ration: some } = ration(() => most);
    expect(taken(some, 2, 0)).toBe(1);
    most = 3;
    expect(taken(some, 5, 0)).toBe(2);
    most = 0;
    expect(taken(some, 5, 1_000)).toBe(0);
  });
});
