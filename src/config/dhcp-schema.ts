// The `dhcp` section of the configuration: its keys, their kinds, bounds and defaults. Only the service knows the DHCP
// options, so it provides the reader for them.

import * as z from 'zod';
import { type Duration, milliseconds } from '../core/time.js';
import { DEFAULT_DHCP, DEFAULT_SUBNET } from '../dhcp/settings.js';
import { addressesIn } from './addresses.js';
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
  writtenDuration,
} from './fields.js';
import type { KeyProblem } from './key-problem.js';
import { tracedPerSecond } from './shared-keys.js';

/**
 * Reads an option by its code or name. Returns its octets, or whether its key or its value is wrong and what is
 * wanted.
 */
export type DhcpOptionReader = (
  key: string,
  value: unknown,
) =>
  | { readonly code: number; readonly bytes: Uint8Array }
  | { readonly fault: 'key' | 'value'; readonly wanted: string };

const options = z
  .record(z.string(), z.unknown())
  .default({})
  .describe('Any other options, by code or name. See below.');
const option150 = listOf(address(), 16)
  .optional()
  .describe('Option 150: the TFTP servers, also given as option 66 and next server. Without any: this node.');

const reservation = z.strictObject({
  mac: mac()
    .optional()
    .describe('The hardware address that it is for. One of `mac`, `clientId` and `device` is needed.'),
  clientId: hexadecimal(1, 255).optional().describe('The client identifier (option 61) that it is for.'),
  device: deviceName().optional().describe('The configured device that it is for.'),
  address: address().describe('The address to give, in a pool or beside the pools.'),
  option150: option150.describe('Option 150 for this client. Without any: that of the subnet.'),
  options,
});

const servedSubnet = z.strictObject({
  subnet: subnet().describe(
    'The network. Clients behind a relay are in the subnet of the relay’s address, others in that of the interface.',
  ),
  pools: listOf(addressRange()).default([]).describe('The addresses to give, in ranges.'),
  exclusions: listOf(addressRange())
    .default([])
    .describe('Addresses of the pools that are not given, such as those of phones with fixed addresses.'),
  routers: listOf(address(), 8).default([]).describe('Option 3: the routers, the preferred one first.'),
  option150,
  dns: listOf(address(), 8).default([]).describe('Option 6: the DNS servers.'),
  domain: text(253).default(DEFAULT_SUBNET.domain).describe('Option 15: the domain.'),
  ntp: listOf(address(), 8).default([]).describe('Option 42: the time servers.'),
  leaseTime: duration('1m', '366d')
    .prefault(writtenDuration(DEFAULT_SUBNET.leaseTime))
    .describe('The time for which an address is leased, if the client asks for none.'),
  maxLeaseTime: duration('1m', '366d')
    .optional()
    .describe('The longest time that a client can ask for. Without one: `leaseTime`.'),
  renewAfter: share()
    .default(DEFAULT_SUBNET.renewAfter)
    .describe('The share of the lease time after which clients renew (T1).'),
  rebindAfter: share()
    .default(DEFAULT_SUBNET.rebindAfter)
    .describe('The share of the lease time after which clients ask any server (T2).'),
  options,
  reservations: z
    .array(reservation)
    .max(65_536, 'at most 65536 reservations')
    .default([])
    .describe('Addresses for one client each.'),
});

/** The schema of the section. */
export const dhcpSchema = z.strictObject({
  enabled: flag()
    .default(false)
    .describe('Whether labcm serves DHCP. Off by default: two DHCP servers on one network quarrel.'),
  interface: listOf(text(15, 1), 16)
    .default([])
    .describe('The interfaces to answer on, and no other. Needed when DHCP is enabled.'),
  port: port().default(DEFAULT_DHCP.port).describe('The port of servers and relays.'),
  clientPort: integer(1, 65_535).default(DEFAULT_DHCP.clientPort).describe('The port of clients.'),
  answer: oneOf('phones', 'known', 'all')
    .default(DEFAULT_DHCP.answer)
    .describe(
      'Who is answered. `phones`: a known vendor class, a device or a reservation. `known`: devices and reservations. `all`: anybody.',
    ),
  authoritative: flag()
    .default(DEFAULT_DHCP.authoritative)
    .describe('Whether a client that asks for an address of a subnet outside the pools is told NAK.'),
  relays: z
    .array(
      z.strictObject({
        relay: address().describe('The address of the relay.'),
        circuitId: hexadecimal(1, 255).optional().describe('Option 82, sub-option 1, if only that port is meant.'),
        remoteId: hexadecimal(1, 255).optional().describe('Option 82, sub-option 2, if only that switch is meant.'),
      }),
    )
    .max(1000)
    .default([])
    .describe(
      'Relays whose clients are answered whoever they are, such as the switch ports that only phones are plugged into.',
    ),
  directRelayInformation: oneOf('serve', 'drop')
    .default(DEFAULT_DHCP.directRelayInformation)
    .describe(
      'What happens to a message with option 82 that came without a relay, as DHCP snooping makes it. `serve`: it is answered. `drop`: it is not.',
    ),
  serverIdOverride: flag()
    .default(DEFAULT_DHCP.serverIdOverride)
    .describe('Whether a relay may put its own address in place of the server’s (RFC 5107).'),
  offerTime: duration('1s', '10m')
    .prefault(writtenDuration(DEFAULT_DHCP.offerTime))
    .describe('The time for which an offered address is kept for its client.'),
  quarantine: duration('1s', '1d')
    .prefault(writtenDuration(DEFAULT_DHCP.quarantine))
    .describe('The time for which an address rests that a client found in use.'),
  offerDelay: duration('0s', '5s')
    .prefault(writtenDuration(DEFAULT_DHCP.offerDelay))
    .describe('The time for which an offer waits, so that another server can be faster.'),
  tracedPerSecond: tracedPerSecond(DEFAULT_DHCP.tracedPerSecond, 'messages', 'served'),
  subnets: z.array(servedSubnet).max(256, 'at most 256 subnets').default([]).describe('The subnets to serve.'),
  limits: z
    .strictObject({
      newClients: integer(1, 1_000_000)
        .default(DEFAULT_DHCP.limits.newClients)
        .describe('The number of new clients that are answered in one second.'),
      newClientsPerLink: integer(1, 1_000_000)
        .default(DEFAULT_DHCP.limits.newClientsPerLink)
        .describe('The same for one relay or interface.'),
      openOffers: share()
        .default(DEFAULT_DHCP.limits.openOffers)
        .describe('The share of a pool that may be on offer to unknown clients.'),
    })
    .prefault({})
    .describe('Bounds on clients that have no lease yet.'),
});

/** The section as it was parsed, before `dhcpSettings` fills it in. */
export type DeclaredDhcp = z.output<typeof dhcpSchema>;
/** One subnet of it. */
export type DeclaredSubnet = DeclaredDhcp['subnets'][number];

/** The most addresses in the pools of one subnet. */
export const MAX_POOL_ADDRESSES = 1_048_576;

/** How many addresses the pools of a subnet have. */
export const pooled = ({ pools }: Pick<DeclaredSubnet, 'pools'>): number =>
  pools.reduce((sum, pool) => sum + addressesIn(pool), 0);

/** All options of all subnets and reservations that the service cannot read. */
export const optionProblems = (dhcp: DeclaredDhcp, read: DhcpOptionReader): readonly KeyProblem[] =>
  dhcp.subnets.flatMap(({ options: given, reservations }, index) => {
    const path = ['dhcp', 'subnets', index];
    return [
      ...problemsOf(given, [...path, 'options'], read),
      ...reservations.flatMap((one, at) => problemsOf(one.options, [...path, 'reservations', at, 'options'], read)),
    ];
  });

const problemsOf = (
  given: Readonly<Record<string, unknown>>,
  path: readonly PropertyKey[],
  read: DhcpOptionReader,
): readonly KeyProblem[] =>
  Object.entries(given).flatMap(([key, value]): KeyProblem[] => {
    const option = read(key, value);
    if (!('fault' in option)) return [];
    return [[[...path, key], option.fault === 'key' ? 'no option to set' : shortly(value), option.wanted]];
  });

const shortly = (value: unknown): string => JSON.stringify(value)?.slice(0, 80) ?? 'nothing';

/** The settings of the service, without `enabled`. Options that cannot be read are left out. */
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
