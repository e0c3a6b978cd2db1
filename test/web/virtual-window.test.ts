import { describe, expect, it } from 'vitest';
import { scrollTo, virtualWindow } from '../../src/web/virtual-window.js';

const SEEN = { rows: 40_000, rowHeight: 32, scrolled: 0, height: 640 };

describe('the rows that are drawn', () => {
  it.each([
    ['at the top', 0, 0],
    ['in the middle', 20_000 * 32, 19_994],
    ['at the end', 40_000 * 32 - 640, 39_967],
    ['pulled beyond the top', -50, 0],
    ['scrolled beyond the end', 50_000 * 32, 39_967],
  ])('%s are those that are seen and some around them', (_, scrolled, first) =>
    expect(virtualWindow({ ...SEEN, scrolled })).toEqual({ first, count: 33 }),
  );

  it('cover what is seen, wherever it is scrolled to', () => {
    for (let scrolled = 0; scrolled <= 40_000 * 32 - 640; scrolled += 9_973) {
      const { first, count } = virtualWindow({ ...SEEN, scrolled });
      expect(first * 32).toBeLessThanOrEqual(scrolled);
      expect((first + count) * 32).toBeGreaterThanOrEqual(scrolled + 640);
    }
  });

  it.each([0, 1, 12])('are all where there are %i', (rows) => {
    expect(virtualWindow({ ...SEEN, rows })).toEqual({ first: 0, count: rows });
  });

  it('are as many as before when the table becomes shorter than what was scrolled', () => {
    expect(virtualWindow({ ...SEEN, rows: 100, scrolled: 30_000 })).toEqual({ first: 67, count: 33 });
  });
});

describe('a row that is gone to', () => {
  it.each([
    [0, 0, 0],
    [10, 0, 0],
    [19, 0, 32],
    [30, 0, 384],
    [5, 320, 160],
  ])('%i is scrolled to from %i only if it is not seen', (row, scrolled, expected) =>
    expect(scrollTo(row, { ...SEEN, scrolled }, 32)).toBe(expected),
  );
});
