// IPv4 addresses as unsigned 32-bit numbers, which is what ranges, masks and maps want. Text is for the edges.

import type { Ipv4Address } from '../core/identifiers.js';

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

export const ipv4Text = (address: number): Ipv4Address =>
  `${address >>> 24}.${(address >>> 16) & 0xff}.${(address >>> 8) & 0xff}.${address & 0xff}` as Ipv4Address;

export const maskOf = (prefix: number): number => (prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0);

/** Four octets each. */
export const ipv4Octets = (addresses: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(4 * addresses.length);
  addresses.forEach((address, index) => {
    bytes.writeUInt32BE(address, 4 * index);
  });
  return bytes;
};
