// How the DHCP service is declared. Option names are the DHCP service's to know; here a value only has a form.

import * as z from 'zod';
import {
  address,
  addressRange,
  deviceName,
  duration,
  field,
  flag,
  hexadecimal,
  integer,
  listOf,
  mac,
  oneOf,
  port,
  subnet,
  text,
} from './fields.js';

/** A value as its owner wrote it. `plain`: of the type that the option has by its table. */
export type DhcpOptionValue =
  | { readonly type: 'plain'; readonly values: readonly (string | number | boolean)[] }
  | { readonly type: 'addresses'; readonly addresses: readonly string[] }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'octets'; readonly hex: string }
  | { readonly type: 'u8' | 'u16' | 'u32'; readonly number: number }
  | { readonly type: 'flag'; readonly on: boolean };

const TYPED: Readonly<Record<string, (value: unknown) => DhcpOptionValue | undefined>> = {
  addresses: (value) => read(listOf(address()), value, (addresses) => ({ type: 'addresses', addresses })),
  text: (value) => read(text(4096), value, (found) => ({ type: 'text', text: found })),
  hex: (value) => read(hexadecimal(0, 4096), value, (hex) => ({ type: 'octets', hex })),
  u8: (value) => read(integer(0, 0xff), value, (number) => ({ type: 'u8', number })),
  u16: (value) => read(integer(0, 0xffff), value, (number) => ({ type: 'u16', number })),
  u32: (value) => read(integer(0, 0xffffffff), value, (number) => ({ type: 'u32', number })),
  flag: (value) => read(flag(), value, (on) => ({ type: 'flag', on })),
};

const read = <T, U>(schema: z.ZodType<T>, value: unknown, make: (found: T) => U): U | undefined => {
  const result = schema.safeParse(value);
  return result.success ? make(result.data) : undefined;
};

const isPlain = (value: unknown): value is string | number | boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

const optionValue = field(
  `a value, a list of values, or one with its type: { ${Object.keys(TYPED).join(' | ')}: … }`,
  (value): DhcpOptionValue | undefined => {
    if (isPlain(value)) return { type: 'plain', values: [value] };
    if (Array.isArray(value)) return value.every(isPlain) ? { type: 'plain', values: value } : undefined;
    const entries = Object.entries(value ?? {});
    const [[type, content] = ['', undefined]] = entries;
    return entries.length === 1 && Object.hasOwn(TYPED, type) ? TYPED[type]?.(content) : undefined;
  },
);

/** By code (`42`) or by name (`ntp-servers`). */
const options = z
  .record(z.string().regex(/^(?:[1-9]\d{0,2}|[a-z][a-z0-9-]*)$/, 'an option by its code or its name'), optionValue)
  .default({});

const reservation = z.strictObject({
  mac: mac().optional(),
  clientId: hexadecimal(1, 255).optional(),
  device: deviceName().optional(),
  address: address(),
  hostName: text(63, 1).optional(),
  options,
});

const servedSubnet = z.strictObject({
  subnet: subnet(),
  pools: listOf(addressRange()).default([]),
  exclude: listOf(addressRange()).default([]),
  routers: listOf(address(), 8).default([]),
  dns: listOf(address(), 8).default([]),
  domain: text(253).optional(),
  ntp: listOf(address(), 8).default([]),
  option150: listOf(address(), 16).optional(),
  leaseTime: duration('1m', '366d').prefault('1d'),
  renewTime: duration('1s', '366d').optional(),
  rebindTime: duration('1s', '366d').optional(),
  maxLeaseTime: duration('1m', '366d').optional(),
  options,
  reservations: z.array(reservation).max(65_536).default([]),
});

export const dhcpSchema = z.strictObject({
  enabled: flag().default(false),
  interface: text(15, 1).optional(),
  port: port().default(67),
  clientPort: integer(1, 65_535).default(68),
  answer: oneOf('phones', 'known', 'all').default('phones'),
  authoritative: flag().default(false),
  offerTime: duration('1s', '10m').prefault('60s'),
  declinedRest: duration('1s', '1d').prefault('10m'),
  delay: duration('0s', '5s').prefault('0s'),
  relays: listOf(address()).default([]),
  subnets: z.array(servedSubnet).max(256).default([]),
  limits: z
    .strictObject({
      newClientsPerSecond: integer(1, 1_000_000).default(2000),
      newClientsPerRelay: integer(1, 1_000_000).default(1000),
      leases: integer(1, 1_000_000).default(65_536),
    })
    .prefault({}),
});

export type DhcpSettings = z.output<typeof dhcpSchema>;
export type DhcpSubnet = DhcpSettings['subnets'][number];
