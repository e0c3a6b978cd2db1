// Arithmetic on IPv4 addresses, networks and ranges, for parsing and for checks such as “is it inside” and “do they
// overlap”.

import { type Ipv4Address, parseIpv4Address } from '../core/identifiers.js';
import type { AddressRange } from '../dhcp/settings.js';

/** An IPv4 network. `network` is its first address, `broadcast` its last. */
export interface Ipv4Network {
  readonly network: Ipv4Address;
  readonly prefix: number;
  readonly mask: Ipv4Address;
  readonly broadcast: Ipv4Address;
}

/** An address as a 32-bit number. */
export const numberOf = (address: Ipv4Address): number =>
  address.split('.').reduce((number, part) => number * 256 + Number(part), 0);

/** The other way round. */
export const addressOf = (number: number): Ipv4Address =>
  [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.') as Ipv4Address;

/** Parses `10.1.0.0/16`. `undefined` if the text is malformed, has host bits, or its prefix is not from 8 to 30. */
export const parseSubnet = (text: string): Ipv4Network | undefined => {
  const [, base = '', length] = /^([\d.]+)\/(\d{1,2})$/.exec(text) ?? [];
  const network = parseIpv4Address(base);
  const prefix = Number(length);
  if (network === undefined || !(prefix >= 8 && prefix <= 30)) return undefined;
  const count = 2 ** (32 - prefix);
  const start = numberOf(network);
  if (start % count !== 0) return undefined;
  return { network, prefix, mask: addressOf(2 ** 32 - count), broadcast: addressOf(start + count - 1) };
};

/** The placeholder for a subnet that could not be parsed: a network that has no hosts (RFC 1122 §3.2.1.3). */
export const PLACEHOLDER_SUBNET: Ipv4Network = {
  network: '0.0.0.0' as Ipv4Address,
  prefix: 8,
  mask: '255.0.0.0' as Ipv4Address,
  broadcast: '0.255.255.255' as Ipv4Address,
};

/** Whether the subnet is the placeholder for one that could not be parsed. */
export const isPlaceholder = ({ network }: Ipv4Network): boolean => network === PLACEHOLDER_SUBNET.network;

/** Parses `10.1.0.10-10.1.0.99` or a single address. */
export const parseAddressRange = (text: string): AddressRange | undefined => {
  const parts = text.split('-').map((part) => parseIpv4Address(part.trim()));
  const [first, last = first] = parts;
  if (parts.length > 2 || parts.includes(undefined) || first === undefined || last === undefined) return undefined;
  return numberOf(first) <= numberOf(last) ? { first, last } : undefined;
};

/** Whether an address is in a network. */
export const isWithin = (address: Ipv4Address, { network, broadcast }: Ipv4Network): boolean =>
  numberOf(address) >= numberOf(network) && numberOf(address) <= numberOf(broadcast);

/** Whether a host may have this address: it is in the subnet, and neither its first address nor its last. */
export const isHostOf = (address: Ipv4Address, subnet: Ipv4Network): boolean =>
  isWithin(address, subnet) && address !== subnet.network && address !== subnet.broadcast;

/** Whether two ranges have a common address. */
export const overlap = (one: AddressRange, other: AddressRange): boolean =>
  numberOf(one.first) <= numberOf(other.last) && numberOf(other.first) <= numberOf(one.last);

/** How many addresses a range has. */
export const addressesIn = ({ first, last }: AddressRange): number => numberOf(last) - numberOf(first) + 1;

/** A network as faults print it: `10.1.0.0/16`. */
export const describeSubnet = ({ network, prefix }: Ipv4Network): string => `${network}/${prefix}`;
/** A range as faults print it; a single address without `-`. */
export const describeRange = ({ first, last }: AddressRange): string => (first === last ? first : `${first}-${last}`);
