// What it costs that phones of a line show each other's calls. What they are shown is told in the tests of each protocol.

import { describe, expect, it } from 'vitest';
import { CallLab, type FakePhone } from './harness.js';

/** Pairs of phones that share a line; the first of each has a call that the second shows. */
const pairs = (count: number) => {
  const lab = new CallLab();
  const far = lab.phone({ dn: '1', busyTrigger: count + 1 });
  const made = Array.from({ length: count }, (_each, index) => {
    const dn = String(1_000 + index);
    const pair = [lab.phone({ dn }), lab.phone({ dn })] as const;
    pair[0].call('1');
    return pair;
  });
  return { lab, far, pairs: made };
};

describe('a phone that registers', () => {
  it.each([2, 200])('is shown the calls of its own lines, and no other line is looked at (of %i lines)', (count) => {
    const { lab, pairs: made } = pairs(count);
    const [first, second] = made[0] as readonly [FakePhone, FakePhone];
    expect(second.take().at(-1)).toBe('remote in-use 1000>1');
    const before = lab.looks;
    lab.control.phoneRegistered(second.appearance.device, lab.now);
    expect(second.take()).toEqual(['remote end', 'remote in-use 1000>1']);
    expect(lab.looks - before).toBeLessThanOrEqual(3);
    first.hangUp();
    expect(second.take()).toEqual(['remote end']);
    lab.control.phoneRegistered(second.appearance.device, lab.now);
    expect(second.take()).toEqual([]);
  });
});
