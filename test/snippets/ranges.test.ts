// Which addresses each kind of server gives to anybody: never an excluded one, and never a reserved one.

import { describe, expect, it } from 'vitest';
import { phoneSubnets } from '../../src/snippets/content.js';
import { dashed, gapsIn, unreservedRanges } from '../../src/snippets/ranges.js';
import { aRange, reservedFor } from '../dhcp/harness.js';
import { aRequest, BARE_SUBNET, FULL_SUBNET } from './harness.js';

const range = (first: number, last = first) => ({ first, last });

describe('the gaps in a range', () => {
  it.each([
    ['nothing is taken', [], [range(10, 20)]],
    ['all is taken', [range(10, 20)], []],
    ['more than all is taken', [range(1, 90)], []],
    ['the ends are taken', [range(20), range(10)], [range(11, 19)]],
    ['parts overlap and are in no order', [range(14, 16), range(12, 15)], [range(10, 11), range(17, 20)]],
    ['others are taken', [range(1, 9), range(21, 30)], [range(10, 20)]],
    ['one lies within another', [range(11, 18), range(12, 13)], [range(10), range(19, 20)]],
  ])('%s', (_, taken, gaps) => {
    expect(gapsIn(range(10, 20), taken)).toEqual(gaps);
  });
});

describe('the ranges of a subnet', () => {
  it('leave out exclusions and, where the server needs that, reservations', () => {
    const [subnet] = phoneSubnets(aRequest([FULL_SUBNET]));
    expect(subnet?.ranges.map(dashed)).toEqual(['10.10.210.100-10.10.210.149', '10.10.210.151-10.10.210.199']);
    expect(unreservedRanges(subnet!).map(dashed)).toEqual([
      '10.10.210.100-10.10.210.119',
      '10.10.210.121-10.10.210.149',
      '10.10.210.151-10.10.210.199',
    ]);
  });

  it('may be several pools, in any order', () => {
    const pools = [aRange('10.10.210.200', '10.10.210.209'), aRange('10.10.210.100', '10.10.210.109')];
    const reservations = [reservedFor({ mac: '0000000000AA' }, '10.10.210.209')];
    const [subnet] = phoneSubnets(aRequest([{ ...BARE_SUBNET, pools, reservations }]));
    expect(unreservedRanges(subnet!).map(dashed)).toEqual([
      '10.10.210.100-10.10.210.109',
      '10.10.210.200-10.10.210.208',
    ]);
  });
});
