// How the DHCP service is declared. What options there are is the service's to know: it gives a reader for them.

import * as z from 'zod';
import { type Duration, milliseconds } from '../core/time.js';
import { addressesIn } from './addresses.js';
import type { Complaint } from './complaint.js';
import {
  address,
  addressRange,
  deviceName,
  duration,
  flag,
  hexadecimal,
  integer,
  listOf,
  mac,
  oneOf,
  port,
  share,
  subnet,
  text,
} from './fields.js';

/** What becomes of an option, by its code or name: its octets, or what is wrong with its key or its value. */
export type DhcpOptionReader = (
  key: string,
  value: unknown,
) =>
  | { readonly code: number; readonly bytes: Uint8Array }
  | { readonly fault: 'key' | 'value'; readonly wanted: string };

const options = z.record(z.string(), z.unknown()).default({});
const option150 = listOf(address(), 16).optional();

const reservation = z.strictObject({
  mac: mac().optional(),
  clientId: hexadecimal(1, 255).optional(),
  device: deviceName().optional(),
  address: address(),
  option150,
  options,
});

const servedSubnet = z.strictObject({
  subnet: subnet(),
  pools: listOf(addressRange()).default([]),
  exclusions: listOf(addressRange()).default([]),
  routers: listOf(address(), 8).default([]),
  option150,
  dns: listOf(address(), 8).default([]),
  domain: text(253).default(''),
  ntp: listOf(address(), 8).default([]),
  leaseTime: duration('1m', '366d').prefault('1d'),
  maxLeaseTime: duration('1m', '366d').optional(),
  renewAfter: share().default(0.5),
  rebindAfter: share().default(0.875),
  options,
  reservations: z.array(reservation).max(65_536, 'at most 65536 reservations').default([]),
});

export const dhcpSchema = z.strictObject({
  enabled: flag().default(false),
  interface: listOf(text(15, 1), 16).default([]),
  port: port().default(67),
  clientPort: integer(1, 65_535).default(68),
  answer: oneOf('phones', 'known', 'all').default('phones'),
  authoritative: flag().default(false),
  relays: z
    .array(
      z.strictObject({
        relay: address(),
        circuitId: hexadecimal(1, 255).optional(),
        remoteId: hexadecimal(1, 255).optional(),
      }),
    )
    .max(1000)
    .default([]),
  directRelayInformation: oneOf('serve', 'drop').default('serve'),
  serverIdOverride: flag().default(true),
  offerTime: duration('1s', '10m').prefault('60s'),
  quarantine: duration('1s', '1d').prefault('30m'),
  offerDelay: duration('0s', '5s').prefault('0s'),
  tracedPerSecond: integer(0, 1_000_000).default(5_000),
  subnets: z.array(servedSubnet).max(256, 'at most 256 subnets').default([]),
  limits: z
    .strictObject({
      newClients: integer(1, 1_000_000).default(2000),
      newClientsPerLink: integer(1, 1_000_000).default(1000),
      openOffers: share().default(0.5),
    })
    .prefault({}),
});

export type DeclaredDhcp = z.output<typeof dhcpSchema>;
export type DeclaredSubnet = DeclaredDhcp['subnets'][number];

/** Of one subnet. */
export const MAX_POOL_ADDRESSES = 1_048_576;

export const pooled = ({ pools }: Pick<DeclaredSubnet, 'pools'>): number =>
  pools.reduce((sum, pool) => sum + addressesIn(pool), 0);

/** Every option of every subnet and reservation that the service cannot read. */
export const optionComplaints = (dhcp: DeclaredDhcp, read: DhcpOptionReader): readonly Complaint[] =>
  dhcp.subnets.flatMap(({ options: own, reservations }, index) => {
    const path = ['dhcp', 'subnets', index];
    return [
      ...complaintsOf(own, [...path, 'options'], read),
      ...reservations.flatMap((one, at) => complaintsOf(one.options, [...path, 'reservations', at, 'options'], read)),
    ];
  });

const complaintsOf = (
  given: Readonly<Record<string, unknown>>,
  path: readonly PropertyKey[],
  read: DhcpOptionReader,
): readonly Complaint[] =>
  Object.entries(given).flatMap(([key, value]): Complaint[] => {
    const option = read(key, value);
    if (!('fault' in option)) return [];
    return [[[...path, key], option.fault === 'key' ? 'no option to set' : shortly(value), option.wanted]];
  });

const shortly = (value: unknown): string => JSON.stringify(value)?.slice(0, 80) ?? 'nothing';

/** The service's own settings, but for whether it is wanted at all. Options that cannot be read are left out. */
export const dhcpSettings = (declared: DeclaredDhcp, read: DhcpOptionReader) => {
  const { enabled, interface: interfaces, relays, subnets, ...rest } = declared;
  return {
    ...rest,
    interfaces,
    relayRules: relays.map(({ relay, circuitId, remoteId }) => ({
      relay,
      ...(circuitId === undefined ? {} : { circuitId }),
      ...(remoteId === undefined ? {} : { remoteId }),
    })),
    subnets: subnets.map(({ subnet: { network, prefix }, option150: servers, maxLeaseTime, ...one }) => ({
      ...one,
      network,
      prefix,
      option150: servers ?? [],
      maxLeaseTime: longer(maxLeaseTime, one.leaseTime),
      options: readAll(one.options, read),
      reservations: one.reservations.map((reserved) => ({
        client: clientOf(reserved),
        address: reserved.address,
        ...(reserved.option150 === undefined ? {} : { option150: reserved.option150 }),
        options: readAll(reserved.options, read),
      })),
    })),
  };
};

const longer = (most: Duration | undefined, usual: Duration): Duration => milliseconds(Math.max(most ?? 0, usual));

const readAll = (given: Readonly<Record<string, unknown>>, read: DhcpOptionReader) =>
  Object.entries(given).flatMap(([key, value]) => {
    const option = read(key, value);
    return 'fault' in option ? [] : [option];
  });

const clientOf = ({ mac: hardware, clientId, device }: DeclaredSubnet['reservations'][number]) => {
  if (hardware !== undefined) return { mac: hardware };
  if (clientId !== undefined) return { clientId };
  if (device !== undefined) return { device };
  throw new Error('a reservation is for somebody: the checks saw to it');
};
