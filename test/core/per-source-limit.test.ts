import { describe, expect, it } from 'vitest';
import { type Excess, PerSourceLimit } from '../../src/core/per-source-limit.js';
import { instant } from '../../src/core/time.js';

const setUp = () => {
  const reported: [Excess, number][] = [];
  return { limits: new PerSourceLimit((excess, at) => reported.push([excess, at])), reported };
};

const admitted = (limits: PerSourceLimit, source: string, limit: number, times: number, at: number): number =>
  Array.from({ length: times }, () => limits.admit(source, limit, instant(at))).filter(Boolean).length;

describe('a limit per source and second', () => {
  it('counts each source by itself, in seconds that begin with the first event after the last', () => {
    const { limits } = setUp();
    expect(admitted(limits, 'a', 3, 5, 10_400)).toBe(3);
    expect(admitted(limits, 'b', 3, 5, 10_900)).toBe(3);
    expect(admitted(limits, 'a', 3, 5, 11_399)).toBe(0);
    expect(admitted(limits, 'a', 3, 5, 11_400)).toBe(3);
  });

  it('reports each source and limit once, when the second is over', () => {
    const { limits, reported } = setUp();
    limits.advance(instant(5_000));
    expect(limits.reportAt).toBeUndefined();
    for (let count = 0; count < 3; count += 1) limits.exceeded('a', 'requests');
    limits.exceeded('a', 'connections');
    limits.exceeded(undefined, 'requests');
    expect(limits.reportAt).toBe(6_000);
    limits.advance(instant(5_999));
    expect(reported).toEqual([]);
    limits.advance(instant(6_200));
    expect(reported).toEqual([
      [{ address: 'a', limit: 'requests', count: 3 }, 6_200],
      [{ address: 'a', limit: 'connections', count: 1 }, 6_200],
      [{ address: undefined, limit: 'requests', count: 1 }, 6_200],
    ]);
    expect(limits.reportAt).toBeUndefined();
    limits.flush(instant(6_300));
    expect(reported).toHaveLength(3);
  });

  it('names so many sources in a second, and counts the rest together', () => {
    const { limits, reported } = setUp();
    for (let source = 0; source < 1_000; source += 1) limits.exceeded(`source ${source}`, 'requests');
    limits.exceeded('source 7', 'requests');
    limits.flush(instant(1));
    expect(reported).toHaveLength(257);
    expect(reported[7]?.[0]).toEqual({ address: 'source 7', limit: 'requests', count: 2 });
    expect(reported.at(-1)?.[0]).toEqual({ address: undefined, limit: 'requests', count: 744 });
  });

  it('gives the sources beyond those that it can remember one share together', () => {
    const { limits } = setUp();
    for (let source = 0; source < 16_384; source += 1) limits.admit(`source ${source}`, 2, instant(1));
    expect(['x', 'y', 'z'].map((source) => limits.admit(source, 2, instant(1)))).toEqual([true, true, false]);
    expect(limits.admit('source 1', 2, instant(1))).toBe(true);
  });
});
