// The kinds of values that options have: how people write them, and how they look on the wire. Knows no option.

import { isUtf8 } from 'node:buffer';
import { type Ipv4Address, parseIpv4Address } from '../core/identifiers.js';
import { ipv4Number, ipv4Octets, ipv4Text } from './ipv4.js';

/** Any JSON value, as the configuration gives it and as a decoded message shows it. */
export type OptionValue = string | number | boolean | readonly OptionValue[] | { readonly [name: string]: OptionValue };

/** A kind of value: its text form and its octets. */
export interface OptionKind {
  /** What people must write, for the text of a configuration problem. */
  readonly wanted: string;
  /** `undefined`: the value is not of this kind. */
  encode(value: unknown): Buffer | undefined;
  /** `undefined`: the octets are not of this kind. */
  decode(bytes: Buffer): OptionValue | undefined;
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as readonly unknown[]) : [value]);

/** Parses every item; `undefined` if there is none, or one cannot be parsed. */
const each = <T>(value: unknown, parse: (item: unknown) => T | undefined): readonly T[] | undefined => {
  const parsed = listOf(value).map(parse);
  return parsed.length > 0 && parsed.every((item) => item !== undefined) ? (parsed as readonly T[]) : undefined;
};

const address = (value: unknown): number | undefined => {
  const text = typeof value === 'string' ? parseIpv4Address(value) : undefined;
  return text === undefined ? undefined : ipv4Number(text);
};

const addressesOf = (bytes: Buffer): readonly Ipv4Address[] =>
  Array.from({ length: bytes.length / 4 }, (_, index) => ipv4Text(bytes.readUInt32BE(4 * index)));

const integer = (value: unknown, low: number, high: number): number | undefined =>
  typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high ? value : undefined;

/** Big-endian whole numbers of `width` octets. */
const whole = (width: 1 | 2 | 4, signed = false): OptionKind => {
  const low = signed ? -(2 ** (8 * width - 1)) : 0;
  const high = signed ? -low - 1 : 2 ** (8 * width) - 1;
  return {
    wanted: `a whole number from ${low} to ${high}`,
    encode: (value) => {
      const number = integer(value, low, high);
      if (number === undefined) return undefined;
      const bytes = Buffer.alloc(width);
      bytes.writeUIntBE(number < 0 ? number + 2 ** (8 * width) : number, 0, width);
      return bytes;
    },
    decode: (bytes) =>
      bytes.length !== width ? undefined : signed ? bytes.readIntBE(0, width) : bytes.readUIntBE(0, width),
  };
};

const wholes = (width: 1 | 2): OptionKind => {
  const one = whole(width);
  return {
    wanted: `${one.wanted}, or a list of such`,
    encode: (value) => {
      const parts = each(value, one.encode);
      return parts === undefined ? undefined : Buffer.concat(parts);
    },
    decode: (bytes) =>
      bytes.length === 0 || bytes.length % width !== 0
        ? undefined
        : Array.from({ length: bytes.length / width }, (_, index) => bytes.readUIntBE(width * index, width)),
  };
};

export const u8 = whole(1);
export const u16 = whole(2);
export const u32 = whole(4);
export const i32 = whole(4, true);
export const u8s = wholes(1);
export const u16s = wholes(2);

export const flag: OptionKind = {
  wanted: 'true or false',
  encode: (value) => (typeof value === 'boolean' ? Buffer.from([value ? 1 : 0]) : undefined),
  decode: (bytes) => (bytes.length === 1 ? bytes[0] !== 0 : undefined),
};

/** An option without a value, whose presence is its meaning. */
export const empty: OptionKind = {
  wanted: 'true',
  encode: (value) => (value === true ? Buffer.alloc(0) : undefined),
  decode: (bytes) => (bytes.length === 0 ? true : undefined),
};

export const text: OptionKind = {
  wanted: 'text without NUL',
  encode: (value) =>
    typeof value === 'string' && value !== '' && !value.includes('\0') ? Buffer.from(value, 'utf8') : undefined,
  decode: (bytes) => bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1'),
};

const HEXADECIMAL = /^(?:[0-9a-f]{2}(?:[:.-]?[0-9a-f]{2})*)$/i;

export const octets: OptionKind = {
  wanted: 'hexadecimal octets such as 0a1b2c or 0a:1b:2c',
  encode: (value) =>
    typeof value === 'string' && HEXADECIMAL.test(value) ? Buffer.from(value.replace(/[:.-]/g, ''), 'hex') : undefined,
  decode: (bytes) => bytes.toString('hex'),
};

export const ipv4: OptionKind = {
  wanted: 'an IPv4 address',
  encode: (value) => {
    const number = address(value);
    return number === undefined ? undefined : ipv4Octets([number]);
  },
  decode: (bytes) => (bytes.length === 4 ? ipv4Text(bytes.readUInt32BE(0)) : undefined),
};

export const ipv4s: OptionKind = {
  wanted: 'an IPv4 address, or a list of such',
  encode: (value) => {
    const numbers = each(value, address);
    return numbers === undefined ? undefined : ipv4Octets(numbers);
  },
  decode: (bytes) => (bytes.length === 0 || bytes.length % 4 !== 0 ? undefined : addressesOf(bytes)),
};

/** Pairs of addresses: a policy filter's or a static route's. */
export const ipv4Pairs: OptionKind = {
  wanted: 'a list of IPv4 addresses, two by two',
  encode: (value) => (listOf(value).length % 2 === 0 ? ipv4s.encode(value) : undefined),
  decode: (bytes) => (bytes.length % 8 === 0 ? ipv4s.decode(bytes) : undefined),
};

const LABEL = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62})$/;

/** Domain names (RFC 1035), written without compression and read with it (RFC 3397). */
export const domains: OptionKind = {
  wanted: 'a domain name, or a list of such',
  encode: (value) => {
    const names = each(value, (item) => {
      const labels = typeof item === 'string' ? item.replace(/\.$/, '').split('.') : [];
      if (labels.length === 0 || !labels.every((label) => LABEL.test(label))) return undefined;
      return Buffer.concat([
        ...labels.map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'latin1')])),
        Buffer.from([0]),
      ]);
    });
    return names === undefined ? undefined : Buffer.concat(names);
  },
  decode: (bytes) => {
    const names: string[] = [];
    for (let at = 0; at < bytes.length; ) {
      const name = nameAt(bytes, at);
      if (name === undefined) return undefined;
      names.push(name.labels.join('.'));
      at = name.end;
    }
    return names.length === 0 ? undefined : names;
  },
};

const nameAt = (bytes: Buffer, start: number): { labels: readonly string[]; end: number } | undefined => {
  const labels: string[] = [];
  let end: number | undefined;
  for (let at = start; labels.length < 128; ) {
    const length = bytes[at];
    if (length === undefined) return undefined;
    if (length === 0) return { labels, end: end ?? at + 1 };
    if (length >= 0xc0) {
      const low = bytes[at + 1];
      const target = ((length & 0x3f) << 8) | (low ?? 0);
      if (low === undefined || target >= at) return undefined; // a pointer must lead back, so that there is no loop
      end ??= at + 2;
      at = target;
      continue;
    }
    if (length > 63 || at + 1 + length > bytes.length) return undefined;
    labels.push(bytes.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return undefined;
};

const ROUTE = /^(\S+)\/(\d{1,2})\s+via\s+(\S+)$/;

/** RFC 3442: a prefix length, as many octets of the destination as it needs, and the router. */
export const routes: OptionKind = {
  wanted: 'a route such as `10.0.0.0/8 via 10.1.1.1`, or a list of such',
  encode: (value) => {
    const parts = each(value, (item) => {
      const [, network, prefix, router] = (typeof item === 'string' ? ROUTE.exec(item) : null) ?? [];
      const bits = integer(Number(prefix), 0, 32);
      const destination = ipv4.encode(network);
      const via = ipv4.encode(router);
      if (bits === undefined || destination === undefined || via === undefined) return undefined;
      return Buffer.concat([Buffer.from([bits]), destination.subarray(0, Math.ceil(bits / 8)), via]);
    });
    return parts === undefined ? undefined : Buffer.concat(parts);
  },
  decode: (bytes) => {
    const found: string[] = [];
    for (let at = 0; at < bytes.length; ) {
      const bits = bytes[at] ?? 0;
      const significant = Math.ceil(bits / 8);
      if (bits > 32 || at + 5 + significant > bytes.length) return undefined;
      const network = Buffer.alloc(4);
      bytes.copy(network, 0, at + 1, at + 1 + significant);
      const router = bytes.readUInt32BE(at + 1 + significant);
      found.push(`${ipv4Text(network.readUInt32BE(0))}/${bits} via ${ipv4Text(router)}`);
      at += 5 + significant;
    }
    return found.length === 0 ? undefined : found;
  },
};

/** Numbered sub-options of one octet of length each: option 82 (RFC 3046 §2.0), option 43 by custom. */
export const subOptions: OptionKind = {
  wanted: 'sub-options by number, each hexadecimal octets',
  encode: (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const parts = Object.entries(value).map(([code, inner]) => {
      const number = integer(Number(code), 0, 255);
      const bytes = octets.encode(inner);
      if (number === undefined || bytes === undefined || bytes.length > 255) return undefined;
      return Buffer.concat([Buffer.from([number, bytes.length]), bytes]);
    });
    return parts.length > 0 && parts.every((part) => part !== undefined) ? Buffer.concat(parts as Buffer[]) : undefined;
  },
  decode: (bytes) => {
    const found: Record<string, string> = {};
    for (let at = 0; at < bytes.length; ) {
      const length = bytes[at + 1];
      if (length === undefined || at + 2 + length > bytes.length) return undefined;
      found[String(bytes[at])] = bytes.toString('hex', at + 2, at + 2 + length);
      at += 2 + length;
    }
    return found;
  },
};
