// Ranges of addresses: what is left of them, and how they are written.

import type { Ipv4Address } from '../core/identifiers.js';
import { ipv4Number, ipv4Text } from '../dhcp/ipv4.js';
import type { Range } from '../dhcp/served-subnet.js';
import type { PhoneSubnet } from './content.js';

/** The parts of `whole` that no range of `taken` has, in order. */
export const gapsIn = (whole: Range, taken: readonly Range[]): readonly Range[] => {
  const gaps: Range[] = [];
  let next = whole.first;
  for (const { first, last } of taken.toSorted((one, other) => one.first - other.first)) {
    if (last < next || first > whole.last) continue;
    if (first > next) gaps.push({ first: next, last: first - 1 });
    next = last + 1;
  }
  if (next <= whole.last) gaps.push({ first: next, last: whole.last });
  return gaps;
};

/** The reserved addresses in order, as ranges of one. */
export const reservedRanges = ({ reservations }: PhoneSubnet): readonly Range[] =>
  reservations
    .map(({ address }) => ipv4Number(address))
    .sort((one, other) => one - other)
    .map((address) => ({ first: address, last: address }));

/** The ranges without reserved addresses, for servers that give such an address to anybody. */
export const unreservedRanges = (subnet: PhoneSubnet): readonly Range[] => {
  const reserved = reservedRanges(subnet);
  return subnet.ranges.flatMap((range) => gapsIn(range, reserved));
};

/** First and last address as text. */
export const ends = ({ first, last }: Range): readonly [Ipv4Address, Ipv4Address] => [ipv4Text(first), ipv4Text(last)];

/** `10.10.210.100-10.10.210.199`. */
export const dashed = (range: Range): string => ends(range).join('-');

/** The smallest range that has all of these; `undefined`: there are none. */
export const around = (ranges: readonly Range[]): Range | undefined =>
  ranges.length === 0
    ? undefined
    : {
        first: ranges.reduce((least, { first }) => Math.min(least, first), Number.POSITIVE_INFINITY),
        last: ranges.reduce((most, { last }) => Math.max(most, last), 0),
      };
