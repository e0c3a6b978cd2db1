// IPv4 addresses as unsigned 32-bit numbers, for ranges, masks and maps. Text is used where they come in and go out.

import type { Ipv4Address } from '../core/identifiers.js';

/** The number of an address: `10.0.0.1` is 0x0a000001. */
export const ipv4Number = (text: Ipv4Address): number => {
  let value = 0;
  let part = 0;
  for (let at = 0; at < text.length; at += 1) {
    const digit = text.charCodeAt(at) - ZERO;
    if (digit >= 0) part = part * 10 + digit;
    else {
      value = value * 256 + part; // a dot
      part = 0;
    }
  }
  return value * 256 + part;
};

const ZERO = 0x30;

/** The address of an unsigned 32-bit number. */
export const ipv4Text = (address: number): Ipv4Address =>
  `${address >>> 24}.${(address >>> 16) & 0xff}.${(address >>> 8) & 0xff}.${address & 0xff}` as Ipv4Address;

/** The subnet mask of a prefix length of 0 to 32. */
export const maskOf = (prefix: number): number => (prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0);

/** The octets of addresses, four for each, most significant first. */
export const ipv4Octets = (addresses: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(4 * addresses.length);
  addresses.forEach((address, index) => {
    bytes.writeUInt32BE(address, 4 * index);
  });
  return bytes;
};
