// The configured subnets of DHCP, as rows of the table of causes ask for them, and as lines to paste.

import type { Config } from '../../config/index.js';
import { type Ipv4Address, parseIpv4Address } from '../../core/identifiers.js';
import { ipv4Number, ipv4Text, maskOf } from '../../dhcp/ipv4.js';
import { yaml } from './pasted-text.js';

/** A configured subnet. */
export type Subnet = Config['dhcp']['subnets'][number];

const numberOf = (address: string): number | undefined => {
  const parsed = parseIpv4Address(address);
  return parsed === undefined ? undefined : ipv4Number(parsed);
};

/** Whether two addresses are in one network of this prefix length. */
const sameNetwork = (one: number, other: number, prefix: number): boolean => ((one ^ other) & maskOf(prefix)) === 0;

/** Whether the address is in the subnet. */
export const contains = ({ network, prefix }: Subnet, address: string): boolean => {
  const number = numberOf(address);
  return number !== undefined && sameNetwork(number, ipv4Number(network), prefix);
};

/** The subnet that the address is in. */
export const subnetOf = ({ dhcp }: Config, address: string): Subnet | undefined =>
  dhcp.subnets.find((subnet) => contains(subnet, address));

/** `10.2.0.0/24`. */
export const nameOf = ({ network, prefix }: Pick<Subnet, 'network' | 'prefix'>): string => `${network}/${prefix}`;

/** The network of the usual size that the address is in: `10.2.0.0/24`. */
export const usualNetworkOf = (address: string): string =>
  nameOf({ network: ipv4Text(((numberOf(address) ?? 0) & maskOf(24)) >>> 0), prefix: 24 });

/** Whether the subnet may give the address to anybody who asks. */
export const isPooled = (subnet: Subnet, address: string): boolean => {
  const number = numberOf(address);
  const isIn = ({ first, last }: Subnet['pools'][number]): boolean =>
    number !== undefined && number >= ipv4Number(first) && number <= ipv4Number(last);
  return (
    subnet.pools.some(isIn) &&
    !subnet.exclusions.some(isIn) &&
    !subnet.reservations.some((reservation) => reservation.address === address)
  );
};

/** How many addresses the pools have, exclusions and reservations included. */
export const addressesOf = ({ pools }: Subnet): number =>
  pools.reduce((count, { first, last }) => count + ipv4Number(last) - ipv4Number(first) + 1, 0);

/** Whether clients of the subnet are told a router. */
export const hasRouter = ({ routers, options }: Subnet): boolean =>
  routers.length > 0 || options.some(({ code }) => code === ROUTER);

/** Option 3 (RFC 2132 §3.5). */
const ROUTER = 3;

const written = ({ first, last }: Subnet['pools'][number]): string => (first === last ? first : `${first}-${last}`);

/** The subnet with one more key, as the configuration has it. `pools` and the rest of its keys stay. */
export const withKeys = (subnet: Subnet, keys: Readonly<Record<string, string>>): string => {
  const { pools, exclusions } = subnet;
  const all = {
    subnet: nameOf(subnet),
    ...(pools.length === 0 ? {} : { pools: `[${pools.map(written).join(', ')}]` }),
    ...(exclusions.length === 0 ? {} : { exclusions: `[${exclusions.map(written).join(', ')}]` }),
    ...keys,
  };
  return yamlOf(all);
};

/** The subnet with this address among those that are not given. */
export const withExclusion = (subnet: Subnet, address: string): string =>
  withKeys(subnet, { exclusions: `[${[...subnet.exclusions.map(written), address].join(', ')}]` });

/** Pools of a subnet with more addresses than before are not proposed: a pool has a limit. */
const LARGEST = 16;

/**
 * The subnet with all its addresses but those of routers and of `others` in one pool, or with short leases if they are
 * in its pools already.
 */
export const withMoreAddresses = (subnet: Subnet, others: readonly string[]): string => {
  const first = ((ipv4Number(subnet.network) & maskOf(subnet.prefix)) >>> 0) + 1;
  const last = first + 2 ** (32 - subnet.prefix) - 3;
  if (subnet.prefix < LARGEST || addressesOf(subnet) > last - first) return withKeys(subnet, { leaseTime: '1h' });
  const kept = [...subnet.routers, ...others.filter((address) => contains(subnet, address))];
  const exclusions = [...new Set([...subnet.exclusions.map(written), ...kept])];
  return withKeys(subnet, {
    pools: `[${ipv4Text(first)}-${ipv4Text(last)}]`,
    ...(exclusions.length === 0 ? {} : { exclusions: `[${exclusions.join(', ')}]` }),
  });
};

/** An address for a router: the first or the last of the subnet, as routers usually have, that is in no pool. */
export const gatewayOf = (subnet: Subnet): string => {
  const first = ((ipv4Number(subnet.network) & maskOf(subnet.prefix)) >>> 0) + 1;
  return isPooled(subnet, ipv4Text(first)) ? ipv4Text(first + 2 ** (32 - subnet.prefix) - 3) : ipv4Text(first);
};

/** A subnet for clients of a relay, whose own address is their router. */
export const newSubnet = (relay: string): string => {
  const network = ipv4Number(usualNetworkOf(relay).split('/')[0] as Ipv4Address);
  const isLow = (numberOf(relay) ?? 0) - network < 128;
  const [first, last] = isLow ? [128, 250] : [10, 120];
  return yamlOf({
    subnet: usualNetworkOf(relay),
    pools: `[${ipv4Text(network + first)}-${ipv4Text(network + last)}]`,
    routers: yaml`[${relay}]`.text,
  });
};

const yamlOf = ({ subnet, ...keys }: Readonly<Record<string, string>> & { readonly subnet: string }): string =>
  [
    'dhcp:',
    '  subnets:',
    `    - subnet: ${subnet}`,
    ...Object.entries(keys).map(([key, value]) => `      ${key}: ${value}`),
  ].join('\n');
