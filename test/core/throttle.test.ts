import { describe, expect, it } from 'vitest';
import { type Excess, Throttle } from '../../src/core/throttle.js';
import { instant } from '../../src/core/time.js';

const setUp = () => {
  const reported: [Excess, number][] = [];
  return { throttle: new Throttle((excess, at) => reported.push([excess, at])), reported };
};

const admitted = (throttle: Throttle, source: string, limit: number, times: number, at: number): number =>
  Array.from({ length: times }, () => throttle.admit(source, limit, instant(at))).filter(Boolean).length;

describe('a limit per source and second', () => {
  it('counts each source by itself, in seconds that begin with the first event after the last', () => {
    const { throttle } = setUp();
    expect(admitted(throttle, 'a', 3, 5, 10_400)).toBe(3);
    expect(admitted(throttle, 'b', 3, 5, 10_900)).toBe(3);
    expect(admitted(throttle, 'a', 3, 5, 11_399)).toBe(0);
    expect(admitted(throttle, 'a', 3, 5, 11_400)).toBe(3);
  });

  it('reports each source and limit once, when the second is over', () => {
    const { throttle, reported } = setUp();
    throttle.turn(instant(5_000));
    expect(throttle.tellAt).toBeUndefined();
    for (let count = 0; count < 3; count += 1) throttle.exceeded('a', 'requests');
    throttle.exceeded('a', 'connections');
    throttle.exceeded(undefined, 'requests');
    expect(throttle.tellAt).toBe(6_000);
    throttle.turn(instant(5_999));
    expect(reported).toEqual([]);
    throttle.turn(instant(6_200));
    expect(reported).toEqual([
      [{ address: 'a', limit: 'requests', count: 3 }, 6_200],
      [{ address: 'a', limit: 'connections', count: 1 }, 6_200],
      [{ address: undefined, limit: 'requests', count: 1 }, 6_200],
    ]);
    expect(throttle.tellAt).toBeUndefined();
    throttle.flush(instant(6_300));
    expect(reported).toHaveLength(3);
  });

  it('names so many sources in a second, and counts the rest together', () => {
    const { throttle, reported } = setUp();
    for (let source = 0; source < 1_000; source += 1) throttle.exceeded(`source ${source}`, 'requests');
    throttle.exceeded('source 7', 'requests');
    throttle.flush(instant(1));
    expect(reported).toHaveLength(257);
    expect(reported[7]?.[0]).toEqual({ address: 'source 7', limit: 'requests', count: 2 });
    expect(reported.at(-1)?.[0]).toEqual({ address: undefined, limit: 'requests', count: 744 });
  });

  it('gives the sources beyond those that it can remember one share together', () => {
    const { throttle } = setUp();
    for (let source = 0; source < 16_384; source += 1) throttle.admit(`source ${source}`, 2, instant(1));
    expect(['x', 'y', 'z'].map((source) => throttle.admit(source, 2, instant(1)))).toEqual([true, true, false]);
    expect(throttle.admit('source 1', 2, instant(1))).toBe(true);
  });
});
