// Rules over several keys of the DHCP service. A mistake here would disturb other networks, so all are reported before
// a socket opens.

import type { Ipv4Address, MacAddress } from '../core/identifiers.js';
import type { AddressRange } from '../dhcp/settings.js';
import {
  describeRange,
  describeSubnet,
  type Ipv4Network,
  isHostOf,
  isPlaceholder,
  isWithin,
  overlap,
} from './addresses.js';
import { type DeclaredDhcp, type DeclaredSubnet, MAX_POOL_ADDRESSES, pooled } from './dhcp-schema.js';
import type { Check, KeyProblem } from './key-problem.js';

type SubnetCheck = (served: DeclaredSubnet, path: readonly PropertyKey[]) => readonly KeyProblem[];

const hosts = ({ network, broadcast, prefix }: Ipv4Network): string =>
  `addresses within ${network}/${prefix}, not ${network} or ${broadcast} themselves`;

/** If the subnet could not be parsed, no address is reported as outside. */
const isInside = (address: Ipv4Address, subnet: Ipv4Network): boolean =>
  isPlaceholder(subnet) || isHostOf(address, subnet);

const outside = (ranges: readonly AddressRange[], subnet: Ipv4Network, path: readonly PropertyKey[]): KeyProblem[] =>
  ranges.flatMap((range, index): KeyProblem[] =>
    isInside(range.first, subnet) && isInside(range.last, subnet)
      ? []
      : [[[...path, index], describeRange(range), hosts(subnet)]],
  );

const SUBNET_CHECKS: readonly SubnetCheck[] = [
  ({ subnet }, path) =>
    isPlaceholder(subnet) ? [[[...path, 'subnet'], describeSubnet(subnet), 'a subnet that hosts may be in']] : [],
  ({ pools, subnet }, path) => outside(pools, subnet, [...path, 'pools']),
  ({ exclusions, subnet }, path) => outside(exclusions, subnet, [...path, 'exclusions']),
  ({ pools }, path) =>
    pools.flatMap((pool, index): KeyProblem[] => {
      const other = pools.slice(0, index).find((earlier) => overlap(earlier, pool));
      return other === undefined
        ? []
        : [[[...path, 'pools', index], describeRange(pool), `no address of ${describeRange(other)} again`]];
    }),
  ({ routers, subnet }, path) =>
    outside(
      routers.map((first) => ({ first, last: first })),
      subnet,
      [...path, 'routers'],
    ),
  ({ option150 }, path) =>
    option150 !== undefined && option150.length === 0
      ? [[[...path, 'option150'], 'an empty list', 'at least one address, or no such key for this node alone']]
      : [],
  ({ reservations, subnet }, path) =>
    reservations.flatMap(({ address }, index): KeyProblem[] =>
      isInside(address, subnet) ? [] : [[[...path, 'reservations', index, 'address'], address, hosts(subnet)]],
    ),
  ({ reservations }, path) =>
    reservations.flatMap(({ mac, clientId, device }, index): KeyProblem[] => {
      const given = [mac, clientId, device].filter((key) => key !== undefined).length;
      return given === 1
        ? []
        : [[[...path, 'reservations', index], `${given} of mac, clientId and device`, 'one of them: for whom it is']];
    }),
  ({ pools, reservations }, path) =>
    pools.length === 0 && reservations.length === 0
      ? [[[...path, 'pools'], 'neither pools nor reservations', 'addresses to give']]
      : [],
  ({ renewAfter, rebindAfter }, path) =>
    renewAfter < rebindAfter && rebindAfter < 1
      ? []
      : [[[...path, 'renewAfter'], `${renewAfter}`, `less than rebindAfter, ${rebindAfter}, and that less than 1`]],
  (served, path) =>
    pooled(served) <= MAX_POOL_ADDRESSES
      ? []
      : [[[...path, 'pools'], `${pooled(served)} addresses`, `at most ${MAX_POOL_ADDRESSES} in one subnet`]],
  ({ maxLeaseTime, leaseTime }, path) =>
    maxLeaseTime === undefined || maxLeaseTime >= leaseTime
      ? []
      : [[[...path, 'maxLeaseTime'], 'less than leaseTime', 'leaseTime or more']],
];

interface Reserved {
  readonly path: readonly PropertyKey[];
  readonly address: string;
  readonly owner: string | undefined;
}

const reservedIn = ({ subnets }: DeclaredDhcp): readonly Reserved[] =>
  subnets.flatMap(({ reservations }, at) =>
    reservations.map(({ address, mac, clientId, device }, index) => ({
      path: ['dhcp', 'subnets', at, 'reservations', index],
      address,
      owner: mac ?? clientId ?? device?.toUpperCase(),
    })),
  );

/** All rules about the DHCP service. */
export const DHCP_CHECKS: readonly Check[] = [
  ({ dhcp }) =>
    (dhcp?.subnets ?? []).flatMap((served, index) =>
      SUBNET_CHECKS.flatMap((check) => check(served, ['dhcp', 'subnets', index])),
    ),
  ({ dhcp }) => {
    if (dhcp === undefined || !dhcp.enabled) return [];
    const problems: KeyProblem[] = [];
    if (dhcp.interface.length === 0)
      problems.push([['dhcp', 'interface'], 'nothing', 'the interface to answer on, such as eth1']);
    if (dhcp.port === 0 && dhcp.interface.some((name) => name !== 'lo'))
      problems.push([['dhcp', 'port'], '0', 'a port that clients know; any free one will do on lo alone']);
    if (dhcp.subnets.length === 0)
      problems.push([['dhcp', 'subnets'], 'no subnets', 'at least one subnet with a pool or reservations']);
    return problems;
  },
  ({ dhcp }) =>
    (dhcp?.subnets ?? []).flatMap(({ subnet }, index, all): KeyProblem[] => {
      const other = all
        .slice(0, index)
        .find(
          (earlier) =>
            !isPlaceholder(subnet) &&
            !isPlaceholder(earlier.subnet) &&
            (isWithin(subnet.network, earlier.subnet) || isWithin(earlier.subnet.network, subnet)),
        );
      return other === undefined
        ? []
        : [
            [
              ['dhcp', 'subnets', index, 'subnet'],
              describeSubnet(subnet),
              `a subnet apart from ${describeSubnet(other.subnet)}`,
            ],
          ];
    }),
  ({ dhcp }) => {
    if (dhcp === undefined) return [];
    const addresses = new Set<string>();
    const owners = new Set<string>();
    return reservedIn(dhcp).flatMap(({ path, address, owner }): KeyProblem[] => {
      const problems: KeyProblem[] = [];
      if (addresses.has(address)) problems.push([[...path, 'address'], address, 'an address that is reserved once']);
      addresses.add(address);
      const subnetOwner = `${String(path[2])} ${owner}`;
      if (owner !== undefined && owners.has(subnetOwner))
        problems.push([path, `a second reservation for ${owner}`, 'one for each in a subnet']);
      owners.add(subnetOwner);
      return problems;
    });
  },
];

/** Reservations by device whose device does not exist or has no known hardware address. */
export const unknownReservations = (
  { subnets }: DeclaredDhcp,
  macOf: (device: string) => MacAddress | 'unknown' | undefined,
): readonly KeyProblem[] =>
  subnets.flatMap(({ reservations }, at) =>
    reservations.flatMap(({ device }, index): KeyProblem[] => {
      const mac = device === undefined ? '' : macOf(device);
      const path = ['dhcp', 'subnets', at, 'reservations', index, 'device'];
      if (mac === 'unknown') return [[path, `${device}`, 'a device of the configuration']];
      return mac === undefined ? [[path, `${device}, without a hardware address`, 'a device with `mac`']] : [];
    }),
  );
